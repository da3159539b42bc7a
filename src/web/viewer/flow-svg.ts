// SPDX-License-Identifier: GPL-2.0-or-later
/** A ladder diagram as a picture, black on white, for documents. */
import { type Arrow, addressesOf, stepOf } from './flow.ts'

const ROW = 36
const HEAD = 48
const LEFT = 100

export function flowSvg(arrows: readonly Arrow[]): string {
  const addresses = addressesOf(arrows)
  const step = stepOf(addresses)
  const x = (address: string) => LEFT + addresses.indexOf(address) * step + step / 2
  const right = LEFT + addresses.length * step
  const longest = arrows.reduce((most, { comment }) => Math.max(most, comment.length), 0)
  const width = right + 16 + Math.min(160, longest) * 7
  const height = HEAD + arrows.length * ROW + 8
  const text = (at: number, y: number, words: string, more = '') =>
    `<text x="${at}" y="${y}"${more}>${escaped(words)}</text>`
  const middle = ' text-anchor="middle"'
  const parts = addresses.map(
    (address) =>
      `${text(x(address), 28, address, `${middle} font-weight="600"`)}<path class="life" d="M${x(address)} ${HEAD - 8}V${height}"/>`,
  )
  arrows.forEach(({ time, from, to, fromPort, toPort, label, comment }, i) => {
    const y = HEAD + i * ROW + 24
    const start = x(from)
    const end = from === to ? start + step : x(to)
    const way = Math.sign(end - start)
    const most = Math.floor(Math.abs(end - start) / 7.5)
    const short = label.length > most ? `${label.slice(0, most - 1)}…` : label
    const anchor = (side: number) => ` font-size="10"${side > 0 ? '' : ' text-anchor="end"'}`
    parts.push(
      text(8, y, time),
      text((start + end) / 2, y - 6, short, middle),
      `<path d="M${start} ${y}H${end}m${-7 * way} -4l${7 * way} 4l${-7 * way} 4"/>`,
      fromPort && text(start - 4 * way, y + 4, fromPort, anchor(-way)),
      toPort && text(end + 4 * way, y + 4, toPort, anchor(way)),
      text(right + 8, y, comment),
    )
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12"><style>path{fill:none;stroke:#000}.life{stroke:#bbb}</style><rect width="100%" height="100%" fill="#fff"/>
${parts.filter(Boolean).join('\n')}
</svg>
`
}

/** As text of XML, in which not every letter may stand. */
const escaped = (text: string): string =>
  text
    .replace(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`)
