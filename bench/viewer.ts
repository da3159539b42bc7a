/**
 * How long a person waits for the first 100 packets, the engine being loaded: of a capture that is opened whole, and of a large one through a window,
 * each through the gateway; beside them the engine alone with the whole file. `npm run bench:viewer`; `--small` shows that it works.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { launch } from '../test/support/chromium.ts'
import { CHROMIUM } from '../test/support/needs.ts'
import { startServer } from '../test/support/server.ts'
import { serveViewer } from '../test/support/viewer.ts'
import { writeCapture } from './captures.ts'
import { against, median, printTable } from './measure.ts'
import { readBy } from './read-by.ts'

const isSmall = process.argv.includes('--small')
const RUNS = isSmall ? 1 : 5
const WHOLE = isSmall ? 1_000_000 : 10_000_000
const LARGE = isSmall ? 4_000_000 : 1024 ** 3
/** Average packet. Bytes. */
const PACKET = 700
/** As src/web/viewer/window.ts has it for such packets. */
const WINDOW = (isSmall ? 1_000_000 : 10_000_000) / (PACKET + 16)

if (CHROMIUM === undefined) {
  console.log('chromium was not found: nothing is measured.')
  process.exit(0)
}
const folder = mkdtempSync(join(tmpdir(), 'pcaport-bench-'))
const gateway = await startServer()
const files: Record<string, string> = {}
const server = await serveViewer({
  capture: async (name) => readFileSync(files[name] ?? ''),
  async answer(path, response) {
    if (!path.pathname.startsWith('/gateway/')) return false
    const answer = await fetch(`${gateway.url}${path.pathname.slice('/gateway'.length)}${path.search}`)
    response.writeHead(answer.status, { 'Content-Type': 'application/octet-stream' })
    for await (const chunk of answer.body ?? [])
      if (!response.write(chunk)) await new Promise((go) => response.once('drain', go))
    response.end()
    return true
  },
})
const browser = await launch()
try {
  const small = await uploaded('small', WHOLE)
  const large = await uploaded('large', LARGE)
  const page = await browser.newPage()
  await page.goto(`${server.url}/test/`)
  /** Milliseconds from asking for a capture to its first 100 rows. */
  const first = async (url: string) =>
    (await page.evaluate(`(async () => {
      const { startEngine } = await import('/test/engine.js')
      const columns = ['%m', '%Rt', '%s', '%d', '%p', '%L', '%i'].map((format) => ({ title: format, format }))
      const engine = startEngine(${JSON.stringify(server.assets)}, columns, () => {})
      try {
        await engine.ready()
        const from = performance.now()
        await engine.open({ url: ${JSON.stringify(url)}, keylog: '' })
        const { rows } = await engine.frames('', 0, 100)
        if (rows.length !== 100) throw new Error('no 100 rows')
        return performance.now() - from
      } finally {
        engine.end()
      }
    })()`)) as number
  const times = { whole: [] as number[], window: [] as number[], alone: [] as number[] }
  for (let run = 0; run < RUNS; run++) {
    times.whole.push(await first(`/gateway/captures/${small}/download`))
    times.window.push(await first(`/gateway/captures/${large}/slice?from=1&to=${Math.round(WINDOW)}`))
    times.alone.push(await first('/captures/small/download'))
  }
  const largeAlone = await first('/captures/large/download').catch((error) => String(error).slice(0, 80))
  const seconds = (values: number[], target: number) => against(median(values) / 1000, target, '≤', 2)
  printTable([
    ['the first 100 packets, engine loaded', `median of ${RUNS}, s`],
    [`${WHOLE / 1e6} MB, whole`, seconds(times.whole, 1.5)],
    [`${(LARGE / 1024 ** 2).toFixed(0)} MiB, through a window`, seconds(times.window, 3)],
    [`the engine alone, ${WHOLE / 1e6} MB`, (median(times.alone) / 1000).toFixed(2)],
    [
      `the engine alone, ${(LARGE / 1024 ** 2).toFixed(0)} MiB, once`,
      typeof largeAlone === 'string' ? largeAlone : (largeAlone / 1000).toFixed(2),
    ],
  ])
} finally {
  await browser.close()
  server.close()
  await gateway.stop()
  rmSync(folder, { recursive: true, force: true })
}
process.exit()

/** Write a capture, give it to the gateway, and wait until it is read. */
async function uploaded(name: string, size: number): Promise<string> {
  const path = join(folder, `${name}.pcap`)
  files[name] = path
  writeCapture(path, { format: 'pcap', size, packet: PACKET })
  return readBy(gateway, path)
}
