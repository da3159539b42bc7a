/**
 * How smoothly a list of a million packets is scrolled, in Chromium through the gateway: frames that the compositor drew, out of a trace, while the wheel
 * turns and while the scroll bar is dragged from end to end; and how long such a capture takes to open. `npm run bench:viewer-scroll`; `--small` shows
 * that it works.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { launch } from '../test/support/chromium.ts'
import { CHROMIUM } from '../test/support/needs.ts'
import { startServer } from '../test/support/server.ts'
import { writeCapture } from './captures.ts'
import { against, printTable } from './measure.ts'
import { readBy } from './read-by.ts'

const isSmall = process.argv.includes('--small')
const PACKETS = isSmall ? 10_000 : 1_000_000
/** Average packet. Bytes. */
const PACKET = 80
const SECONDS = isSmall ? 1 : 6
/** Of the wheel. Pixels a second: some 140 rows. */
const SPEED = 3000
const VIEWPORT = { width: 1366, height: 768 }

if (CHROMIUM === undefined) {
  console.log('chromium was not found: nothing is measured.')
  process.exit(0)
}
const folder = mkdtempSync(join(tmpdir(), 'pcaport-bench-'))
const gateway = await startServer()
const browser = await launch()
try {
  const path = join(folder, 'packets.pcap')
  writeCapture(path, { format: 'pcap', size: PACKETS * (PACKET + 16), packet: PACKET })
  const id = await readBy(gateway, path)
  const page = await browser.newPage({ viewport: VIEWPORT })
  const from = performance.now()
  await page.goto(`${gateway.url}/captures/${id}/packets`)
  await page.locator('#selected-packet').waitFor({ timeout: 120_000 })
  const opened = (performance.now() - from) / 1000
  const { x, y } = await middleOf(page)
  const devtools = await page.context().newCDPSession(page)
  const wheel = await traced(page, () =>
    devtools.send('Input.synthesizeScrollGesture', {
      x,
      y,
      yDistance: -SPEED * SECONDS,
      speed: SPEED,
      gestureSourceType: 'mouse',
      preventFling: true,
    }),
  )
  const bar = await traced(page, () => page.evaluate(dragged(SECONDS * 1000)))
  printTable([
    [
      `scrolling ${PACKETS.toLocaleString('en')} packets for ${SECONDS} s`,
      'frames a second',
      'longest frame, ms',
      'dropped',
    ],
    ...Object.entries({ 'by the wheel': wheel, 'by the scroll bar': bar }).map(([what, { rate, longest, dropped }]) => [
      what,
      against(rate, 50, '≥', 1),
      longest.toFixed(0),
      String(dropped),
    ]),
  ])
  console.log(`opened, with the engine to load, in ${opened.toFixed(1)} s`)
} finally {
  await browser.close()
  await gateway.stop()
  rmSync(folder, { recursive: true, force: true })
}
process.exit()

async function middleOf(page: Page) {
  const box = await page.locator('#packets').boundingBox()
  if (!box) throw new Error('there is no list')
  return { x: Math.round(box.x + box.width / 2), y: Math.round(box.y + box.height / 2) }
}

/** From the first packet to the last, in as many steps as there are frames: what dragging the scroll bar does. */
function dragged(milliseconds: number): string {
  return `new Promise((done) => {
  const list = document.getElementById('packets')
  const range = list.scrollHeight - list.clientHeight
  const from = performance.now()
  const step = (now) => {
    const share = Math.min(1, Math.max(0, now - from) / ${milliseconds})
    list.scrollTop = share * range
    if (share < 1) requestAnimationFrame(step)
    else done()
  }
  requestAnimationFrame(step)
})`
}

/** Frames that were drawn while something is done, by Chromium's own trace. */
async function traced(page: Page, deed: () => Promise<unknown>) {
  await browser.startTracing(page, { categories: ['disabled-by-default-devtools.timeline.frame'] })
  await deed()
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as {
    traceEvents: { name: string; ts: number }[]
  }
  const drawn = traceEvents
    .filter(({ name }) => name === 'DrawFrame')
    .map(({ ts }) => ts / 1000)
    .sort((a, b) => a - b)
  const gaps = drawn.slice(1).map((at, i) => at - (drawn[i] as number))
  const [first = 0, last = 0] = [drawn[0], drawn.at(-1)]
  return {
    rate: (1000 * gaps.length) / (last - first),
    longest: Math.max(...gaps),
    dropped: traceEvents.filter(({ name }) => name === 'DroppedFrame').length,
  }
}
