/** The viewer where something goes wrong under it: each time in words, with a way on. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { pcap } from '../support/captures.ts'
import { launch } from '../support/chromium.ts'
import { needs } from '../support/needs.ts'
import { serveViewer, type ViewerServer } from '../support/viewer.ts'

const PATIENCE = 40_000
const MANY = pcap(Array.from({ length: 600 }, (_, i) => ({ seconds: 1_700_000_000 + i, data: new Uint8Array(60) })))

describe.skipIf(!needs.chromium.met)('the viewer, when something fails', () => {
  let server: ViewerServer
  let browser: Browser
  let page: Page
  /** What is broken off in the middle: paths that match. */
  let broken: RegExp | null = null
  /** What the engine's files wait for. */
  let held: Promise<void> | undefined
  /** Captures are gone. */
  let isGone = false

  beforeAll(async () => {
    server = await serveViewer({
      capture: async () => MANY,
      view: (name) => (name === 'large' ? { slices: '/captures/large/slice', packets: 600, content: 300_000_000 } : {}),
      async answer(path, response) {
        if (path.pathname.endsWith('.data.gz')) await held
        if (broken?.test(path.pathname)) {
          response.writeHead(200, { 'Content-Length': 100_000, 'Content-Type': 'application/gzip' })
          response.write(Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3))
          setTimeout(() => response.destroy(), 100)
        } else if (isGone && /\/(slice|download)$/.test(path.pathname)) response.writeHead(404).end()
        else if (path.pathname.endsWith('/slice')) response.writeHead(200).end(MANY)
        else return false
        return true
      },
    })
    browser = await launch()
  })
  afterAll(async () => {
    await browser?.close()
    server?.close()
  })
  beforeEach(async () => {
    broken = null
    isGone = false
    held = undefined
    page = await browser.newPage({ viewport: { width: 1366, height: 768 } })
  })
  afterEach(() => page.close())

  const open = async (name: string, more = '') => {
    await page.goto(`${server.url}/captures/${name}/packets${more}`)
    await isOpen()
  }
  const isOpen = () => page.locator('#packets [role=row]:not(.head):not(.empty)').nth(3).waitFor({ timeout: PATIENCE })
  const says = (words: RegExp) => page.getByRole('alert').getByText(words).waitFor({ timeout: PATIENCE })
  const again = () => page.getByRole('button', { name: 'Try again' }).click()

  it.each([
    ['code', /\.wasm\.gz$/],
    ['files', /\.data\.gz$/],
  ] as const)('says that the download of the engine (its %s) broke off, and tries again', async (_, path) => {
    broken = path
    await page.goto(`${server.url}/captures/many/packets`)
    await says(/engine did not come whole: the connection broke off/)
    broken = null
    await again()
    await isOpen()
  })

  it('says that a capture is gone when its next window is asked for, and opens it when it is back', async () => {
    await open('large', '?from=1&to=100')
    isGone = true
    await page.getByRole('button', { name: 'Next', exact: true }).click()
    await says(/not there any more, or not for you/)
    isGone = false
    await again()
    await isOpen()
    expect(page.url()).toContain('from=')
  })

  it('says that the connection is lost when the next window is asked for', async () => {
    await open('large', '?from=1&to=100')
    await page.context().setOffline(true)
    await page.getByRole('button', { name: 'Next', exact: true }).click()
    await says(/could not be fetched|did not come whole/)
    await page.context().setOffline(false)
    await again()
    await isOpen()
  })

  it('refuses a filter that would end the engine, and goes on with the packet that was looked at', async () => {
    await open('many', '#packet=3')
    const filter = page.getByRole('combobox', { name: 'Display filter' })
    await filter.fill(Array(2000).fill('frame').join(' && '))
    await page
      .getByText(/has more than 150 operators/)
      .first()
      .waitFor()
    await filter.press('Enter')
    await page
      .locator('.notices')
      .getByText(/has more than 150 operators/)
      .waitFor()
    await filter.fill('frame.number < 5')
    await filter.press('Enter')
    await page.locator('.status-line', { hasText: '4 shown' }).waitFor({ timeout: PATIENCE })
    expect(await page.locator('#selected-packet [role=gridcell]').first().textContent()).toBe('3')
    expect(await page.locator('.notices').getByText('started again').count()).toBe(0)
  })

  it('asks no second engine about a filter at which one ended', async () => {
    await open('many', '#packet=3')
    await page
      .workers()
      .at(-1)
      ?.evaluate(`{
      const answer = self.onmessage
      self.onmessage = (event) => {
        if (event.data.name === 'checkFilter' && event.data.args[0] === 'frame.number == 7') throw new Error('unreachable')
        return answer(event)
      }
    }`)
    const filter = page.getByRole('combobox', { name: 'Display filter' })
    await filter.fill('frame.number == 7')
    await page
      .locator('.notices')
      .getByText(/engine stopped.*ended at: checking the filter frame.number == 7.*started again/)
      .waitFor({ timeout: PATIENCE })
    await isOpen()
    await page.locator('#filter-said', { hasText: 'The dissection engine ended at this filter.' }).waitFor()
    expect(await page.locator('#selected-packet [role=gridcell]').first().textContent()).toBe('3')
    await filter.fill('frame.number < 5')
    await filter.press('Enter')
    await page.locator('.status-line', { hasText: '4 shown' }).waitFor({ timeout: PATIENCE })
  })

  it('says why no engine stays, where each ends at the first packet', async () => {
    page.on('worker', (worker) => {
      worker
        .evaluate(`{
          const soon = setInterval(() => {
            const answer = self.onmessage
            if (answer === null) return
            clearInterval(soon)
            self.onmessage = (event) => {
              if (event.data.name === 'frame') throw new Error('unreachable')
              return answer(event)
            }
          }, 1)
        }`)
        .catch(() => undefined) // it has ended already
    })
    await page.goto(`${server.url}/captures/many/packets`)
    await says(/The dissection engine stopped/)
    expect(await page.locator('.notices').getByText('started again').count()).toBe(1)
    await page.getByRole('button', { name: 'Try again' }).waitFor()
  })

  it('keeps the filter and the packet of a link when a key log comes while the engine is loading', async () => {
    let release = () => {}
    held = new Promise((resolve) => {
      release = resolve
    })
    await page.goto(`${server.url}/captures/many/packets?filter=${encodeURIComponent('frame.number < 5')}#packet=3`)
    await page.getByRole('button', { name: 'Cancel' }).waitFor()
    const log = `CLIENT_RANDOM ${'ab'.repeat(32)} ${'cd'.repeat(48)}\n`
    await page
      .getByLabel('TLS key log')
      .setInputFiles({ name: 'keys.log', mimeType: 'text/plain', buffer: Buffer.from(log) })
    release()
    await page
      .locator('.notices')
      .getByText(/^keys.log: /)
      .waitFor({ timeout: PATIENCE })
    await page.locator('.status-line', { hasText: '4 shown' }).waitFor()
    await expect.poll(() => page.locator('#selected-packet [role=gridcell]').first().textContent()).toBe('3')
  })
})
