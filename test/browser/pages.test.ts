/**
 * The pages in Chromium: reachable for everybody, at every width, without one complaint of the browser's.
 * `SHOTS=<folder>` keeps pictures of them; `SHOTS_OF=ok,error` of some only.
 */
import { mkdir, readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PAGE_HEADERS } from '../../src/web/pages/headers.ts'
import { FONTS } from '../../src/web/ui/fonts.ts'
import { AXE, hear, RUN_AXE } from '../support/chromium.ts'
import { CHROMIUM, needs } from '../support/needs.ts'
import { SAMPLES } from '../web/samples.ts'

const FLAGS =
  '--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync'
const ROOT = join(import.meta.dirname, '../..')
/** What stands out of the window at the right, unless it can be scrolled to. */
const CUT_OFF = `[...document.querySelectorAll('main *')].filter((one) => !one.closest('.scroll') && one.getBoundingClientRect().right > innerWidth).map((one) => one.outerHTML.slice(0, 100))`
const WIDE = { width: 1366, height: 768 }
const NARROW = { width: 360, height: 740 }
const TYPES: Record<string, string> = { svg: 'image/svg+xml', woff2: 'font/woff2' }

/** Serves the samples by name with the headers of pages, and the static assets. */
function serve(): Promise<Server> {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    const sample = SAMPLES[pathname.slice(1)]
    if (sample !== undefined) return response.writeHead(200, PAGE_HEADERS).end(sample('https://captures.example.net'))
    const font = FONTS.find(({ path }) => path === pathname)
    const file = font ? join(ROOT, 'node_modules', font.from) : join(ROOT, 'src/web/assets', pathname)
    const body = await readFile(file).catch(() => null)
    if (body === null) return response.writeHead(404).end()
    response.writeHead(200, { 'Content-Type': TYPES[pathname.split('.').at(-1) ?? ''] ?? 'text/plain' }).end(body)
  })
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)))
}

describe.skipIf(!needs.chromium.met)('pages in a browser', () => {
  let browser: Browser
  let server: Server
  let base = ''

  beforeAll(async () => {
    server = await serve()
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS.split(' ') })
  })
  afterAll(async () => {
    await browser?.close()
    server?.close()
  })

  /** A page with what the browser complained about. */
  async function open(
    name: string,
    options: Parameters<Browser['newPage']>[0],
  ): Promise<{ page: Page; complaints: string[] }> {
    const page = await browser.newPage({ timezoneId: 'Europe/Berlin', ...options })
    const complaints: string[] = []
    hear(page, complaints)
    page.on('requestfailed', (request) => {
      const why = request.failure()?.errorText // a reload ends what was still on its way
      if (why !== 'net::ERR_ABORTED') complaints.push(`failed: ${request.url()}: ${why}`)
    })
    await page.goto(`${base}/${name}`, { waitUntil: 'load' })
    await page.evaluate('document.fonts.ready.then(() => null)')
    return { page, complaints }
  }

  async function shot(page: Page, name: string): Promise<void> {
    if (process.env.SHOTS === undefined) return
    if (process.env.SHOTS_OF !== undefined && !process.env.SHOTS_OF.split(',').includes(name.split('.')[0] ?? ''))
      return
    await mkdir(process.env.SHOTS, { recursive: true })
    await page.screenshot({ path: join(process.env.SHOTS, `${name}.png`), fullPage: true })
  }

  it.each(Object.keys(SAMPLES))('%s: no violation, no complaint, no sideways scroll', async (name) => {
    const { page, complaints } = await open(name, { colorScheme: 'light', viewport: WIDE })
    await page.evaluate(AXE)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      for (const viewport of [WIDE, NARROW]) {
        await page.setViewportSize(viewport)
        await shot(page, `${name}.${colorScheme}.${viewport.width}`)
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(viewport.width)
        expect(await page.evaluate(CUT_OFF)).toEqual([])
      }
      expect(await page.evaluate(RUN_AXE), colorScheme).toEqual([])
    }
    expect(complaints).toEqual([])
    await page.close()
  })

  it('shows name, state, packets, duration and size above the fold at 1366 × 768', async () => {
    for (const name of ['ok', 'small', 'many', 'truncated']) {
      const { page } = await open(name, { viewport: WIDE })
      const bottom = await page.evaluate(`document.querySelector('.figures').getBoundingClientRect().bottom`)
      expect(bottom, name).toBeLessThan(500)
      await page.close()
    }
  })

  it('runs nothing that a capture says', async () => {
    const { page, complaints } = await open('hostile', { viewport: WIDE })
    expect(
      await page.evaluate(
        `document.scripts.length + ' ' + document.querySelectorAll('main img, main script, main b').length`,
      ),
    ).toBe('1 0')
    expect(complaints).toEqual([])
    await page.close()
  })

  it('says everything with scripts off, and then renews itself by the page alone', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false, viewport: WIDE })
    const page = await context.newPage()
    await page.goto(`${base}/ok`)
    expect(await page.locator('#link').inputValue()).toMatch(/^https:.*\/captures\/[0-9a-f-]{36}$/)
    expect(await page.locator('.copy').count()).toBe(0)
    expect(await page.locator('main').textContent()).toContain('1 h 02 m 03.4 s')
    await page.goto(`${base}/processing`)
    expect(await page.locator('meta[http-equiv=refresh]').count()).toBe(1)
    await context.close()
  })

  it('shows times in the own zone where asked to, and remembers that', async () => {
    const { page, complaints } = await open('ok', { viewport: WIDE })
    const first = page.locator('.figures time')
    expect(await first.textContent()).toBe('2026-10-01 21:00:05.104237915')
    await page.getByRole('button', { name: 'Show in Europe/Berlin' }).click()
    expect(await first.textContent()).toBe('2026-10-01 23:00:05.104237915')
    await page.reload()
    expect(await first.textContent()).toBe('2026-10-01 23:00:05.104237915')
    await page.getByRole('button', { name: 'Show in UTC' }).click()
    expect(await first.textContent()).toBe('2026-10-01 21:00:05.104237915')
    expect(complaints).toEqual([])
    await page.close()
  })

  it('copies the link and the lines', async () => {
    const context = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'] })
    const page = await context.newPage()
    await page.goto(`${base}/landing`)
    await page.getByRole('button', { name: 'Copy the PUT line' }).click()
    await expect
      .poll(() => page.evaluate('navigator.clipboard.readText()'))
      .toBe('curl -T traffic.pcapng https://captures.example.net/api/v1/$TOKEN/upload')
    await page.goto(`${base}/ok`)
    await page.getByRole('button', { name: 'Copy the link' }).click()
    await expect.poll(() => page.evaluate('navigator.clipboard.readText()')).toContain('/captures/0b9c4d1e')
    await context.close()
  })

  it('shows the facts as soon as they are there, without being asked', async () => {
    const { page } = await open('uploading', { viewport: WIDE })
    await page.route('**/uploading', async (route) =>
      route.fulfill({ headers: PAGE_HEADERS, body: SAMPLES.ok?.('https://captures.example.net') ?? '' }),
    )
    await page.locator('.figures').waitFor({ timeout: 20_000 })
    await page.close()
  })

  it('prints the facts on two sheets', async () => {
    const { page } = await open('ok', { viewport: WIDE })
    const pdf = await page.pdf({ format: 'A4', path: process.env.SHOTS && join(process.env.SHOTS, 'ok.pdf') })
    const sheets = pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)?.length
    expect(sheets).toBeLessThanOrEqual(2)
    if (process.env.SHOTS !== undefined) {
      await page.emulateMedia({ media: 'print' })
      await page.setViewportSize({ width: 688, height: 1000 })
      await shot(page, 'print')
    }
    await page.close()
  })
})
