// SPDX-License-Identifier: GPL-2.0-or-later
/** A ladder diagram as text, in the form in which Wireshark writes it. */
import { type Arrow, addressesOf } from './flow.ts'

/** Letters from one address to the next. */
const STEP = 20

export function flowText(arrows: readonly Arrow[]): string {
  const addresses = addressesOf(arrows)
  const hasConversations = new Set(arrows.map(({ conversation }) => conversation)).size > 1
  const head = hasConversations ? 'Conv.| Time    ' : '|Time     '
  const margin = hasConversations ? '     |         ' : '|         '
  const gap = `|${' '.repeat(STEP - 1)}`
  const lifelines = `${gap.repeat(addresses.length)}|`
  const upper = addresses.filter((_, i) => i % 2 === 0).map((address) => `| ${address}`.padEnd(2 * STEP))
  const lower = addresses
    .filter((_, i) => i % 2 === 1)
    .map((address) => {
      const text = `| ${address}`
      return (text.length < STEP ? `${text.padEnd(STEP)}| ` : text).padEnd(2 * STEP)
    })
  const lines = [`${head}${upper.join('')}|`, `${margin}${gap}${lower.join('')}`]
  const places = new Map(addresses.map((address, i) => [address, i * STEP + STEP / 2]))
  let last = arrows[0]?.conversation
  for (const { time, from, to, fromPort, toPort, label, comment, conversation } of arrows) {
    if (conversation !== last) lines.push('-'.repeat(lifelines.length + margin.length + (hasConversations ? 1 : 0)))
    last = conversation
    const start = places.get(from) ?? 0
    const end = from === to ? start + STEP : (places.get(to) ?? 0)
    const left = Math.min(start, end)
    const wide = Math.abs(end - start)
    const [leftPort, rightPort] = (start < end ? [fromPort, toPort] : [toPort, fromPort]).map(
      (port) => `(${port || 0})`,
    ) as [string, string]
    const shaft = '-'.repeat(wide - 2)
    const drawn = written(lifelines, left, start < end ? `${shaft}>` : `<${shaft}`)
    const conv = hasConversations ? `${conversation}`.padEnd(5) : ''
    lines.push(
      `${conv}${`|${time}`.padEnd(10)}${written(lifelines, left, label, wide)}${comment}`,
      `${margin}${written(written(drawn, left - 9, leftPort), left + wide + 1, rightPort)}`,
    )
  }
  return lines.map((line) => `${line}\n`).join('')
}

/** A line with a text written over it, or as much as may be; where a packet goes to where it came from, the last line grows. */
function written(line: string, at: number, text: string, most = Number.POSITIVE_INFINITY): string {
  const letters = [...text].slice(0, most)
  const end = at + letters.length
  return line.slice(0, at) + letters.join('') + line.slice(end > line.length ? at : end)
}
