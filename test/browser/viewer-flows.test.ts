/** What the viewer draws of who sent what to whom, beside tshark. `SHOTS=<folder>` keeps pictures of it. */
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, Download, Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ethernet, ipv4, tcp } from '../summary/frames.ts'
import { pcap, pcapng, writer } from '../support/captures.ts'
import { AXE, NARROW, RUN_AXE, WIDE } from '../support/chromium.ts'
import { needs } from '../support/needs.ts'
import { numbersOf, tshark } from '../support/tshark.ts'
import { launch, serveViewer, type ViewerServer } from '../support/viewer.ts'
import { httpCapture } from '../support/web-traffic.ts'

/** Packets of a slice, as the capture counts. */
const PART = [501n, 502n, 504n]

describe.skipIf(!needs.chromium.met || !needs.tshark.met)('flows in the viewer', () => {
  let server: ViewerServer
  let browser: Browser
  let page: Page
  let complaints: string[]
  let web: Awaited<ReturnType<typeof httpCapture>>

  beforeAll(async () => {
    web = await httpCapture()
    const { section, interface: interface_, packet } = pcapng()
    const captures: Record<string, Uint8Array> = {
      web: web.bytes,
      part: Buffer.concat([
        section(),
        interface_(),
        ...PART.map((id) =>
          packet(ethernet(0x0800, ipv4(6, tcp(new Uint8Array(0)))), {}, [[5, writer('little').u64(id)]]),
        ),
      ]),
      many: pcap(Array.from({ length: 3000 }, (_, i) => ({ seconds: 1_700_000_000 + i, data: new Uint8Array(60) }))),
    }
    server = await serveViewer({
      capture: async (name) => captures[name] ?? new Uint8Array(0),
      view: (name) => ({ isSlice: name === 'part' }),
    })
    browser = await launch()
  })
  afterAll(async () => {
    await browser?.close()
    server?.close()
  })
  beforeEach(async () => {
    complaints = []
    page = await browser.newPage({ viewport: WIDE })
    page.on('console', (message) => complaints.push(message.text()))
    page.on('pageerror', (error) => complaints.push(String(error)))
  })
  afterEach(async () => {
    await page.close()
    expect(complaints).toEqual([])
  })

  const open = async (name: string, more = '') => {
    await page.goto(`${server.url}/captures/${name}/packets${more}`)
    await page.locator('.status-line', { hasText: / packets/ }).waitFor({ timeout: 30_000 })
  }
  const opened = async (tool: string) => {
    await page.getByRole('button', { name: tool, exact: true }).click()
    return page.getByRole('dialog', { name: tool })
  }
  const selected = () => page.locator('#selected-packet [role=gridcell]').first().textContent()
  const saved = async (dialog: Locator, what: string) => {
    const [download] = (await Promise.all([
      page.waitForEvent('download'),
      dialog.getByText(what, { exact: true }).click(),
    ])) as [Download, undefined]
    return readFile(await download.path(), 'utf8')
  }
  /** No violation, light and dark, wide and narrow, where what can be scrolled does not push the page. */
  const inspect = async (name: string) => {
    await page.evaluate(AXE)
    for (const colorScheme of ['light', 'dark'] as const)
      for (const viewport of [NARROW, WIDE]) {
        await page.emulateMedia({ colorScheme })
        await page.setViewportSize(viewport)
        if (process.env.SHOTS !== undefined) {
          await mkdir(process.env.SHOTS, { recursive: true })
          await page.screenshot({ path: join(process.env.SHOTS, `${name}.${colorScheme}.${viewport.width}.png`) })
        }
        expect(await page.evaluate('document.documentElement.scrollWidth'), name).toBeLessThanOrEqual(viewport.width)
        expect(await page.evaluate(RUN_AXE), `${name} ${colorScheme} ${viewport.width}`).toEqual([])
      }
  }

  it('draws what is shown as tshark does: all packets, and TCP alone, as text and as SVG', async () => {
    await open('web')
    const flow = await opened('Flow graph')
    await flow.getByText(/^\d+ packets, between 2 addresses$/).waitFor()
    // which packets are parts of one larger is said otherwise since 4.0
    const alike = (text: string) => text.replace(/\[TCP (segment of a reassembled PDU|PDU reassembled in \d+)\]/g, '')
    const any = await tshark('-2', '-q', '-r', web.path, '-z', 'flow,any,network')
    expect(alike(await saved(flow, 'Save text'))).toBe(alike(any))
    await flow.getByLabel('Of').selectOption('tcp')
    await flow.getByText(/^\d+ TCP packets, between 2 addresses$/).waitFor({ timeout: 30_000 })
    const tcp = await tshark('-2', '-q', '-r', web.path, '-z', 'flow,tcp,network')
    expect(await saved(flow, 'Save text')).toBe(tcp)
    expect(await saved(flow, 'Save SVG')).toContain('>SYN, ACK</text>')
    const row = flow.getByRole('row').nth(2)
    expect(await row.getByRole('gridcell').nth(1).locator('.hidden').textContent()).toBe(
      '198.51.100.7 port 80 to 192.0.2.10 port 50000: SYN, ACK',
    )
    await inspect('flow')
  })

  it('goes to the packet of an arrow, by mouse and by keys, among those that the filter shows', async () => {
    const http = await numbersOf(web.path, 'http')
    await open('web', '?filter=http')
    const flow = await opened('Flow graph')
    await flow.getByText(`${http.length} packets that the filter shows, between 2 addresses`).waitFor()
    await flow.getByRole('row').nth(2).click()
    await expect.poll(selected).toBe(String(http[1]))
    await flow.getByRole('grid').focus()
    await page.keyboard.press('End')
    await page.keyboard.press('Enter')
    await flow.waitFor({ state: 'detached' })
    await expect.poll(selected).toBe(String(http.at(-1)))
  })

  it.each(['any', 'tcp'])('calls packets of a part as the whole capture does: %s', async (kind) => {
    await open('part')
    await opened('Flow graph')
    const flow = page.getByRole('dialog', { name: 'Flow graph of this window' })
    await flow.getByRole('combobox').selectOption(kind)
    await flow.getByText(kind === 'tcp' ? '3 TCP packets' : '3 packets').waitFor({ timeout: 30_000 })
    await flow.getByRole('row').nth(3).click()
    expect(await flow.locator('#chosen-line').getAttribute('title')).toBe('Packet 504')
    await expect.poll(selected).toBe('504')
  })

  it('draws the first 2,000 of many, says so, and has in the page those alone that are in sight', async () => {
    await open('many')
    const flow = await opened('Flow graph')
    await flow.getByText('The first 2,000 of 3,000 packets, between 1 address: a filter shows others').waitFor()
    await flow.getByRole('grid').focus()
    await page.keyboard.press('End')
    await flow.locator('#chosen-line[aria-rowindex="2001"]').waitFor()
    expect(await flow.getByRole('row').count()).toBeLessThan(40)
    await page.keyboard.press('PageUp')
    const index = await flow.locator('#chosen-line').getAttribute('aria-rowindex')
    expect(Number(index)).toBeGreaterThan(1950)
    expect(Number(index)).toBeLessThan(2000)
  })
})
