/** Dialogs, bars and menus of the viewer by keys alone: Escape closes each, and the focus is where it was. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launch } from '../support/chromium.ts'
import { needs } from '../support/needs.ts'
import { serveViewer, type ViewerServer } from '../support/viewer.ts'
import { httpCapture } from '../support/web-traffic.ts'

const FOCUSED = `document.activeElement?.id || document.activeElement?.textContent`

describe.skipIf(!needs.chromium.met || !needs.tshark.met)('the viewer by keys', () => {
  let server: ViewerServer
  let browser: Browser
  let page: Page

  beforeAll(async () => {
    const { bytes } = await httpCapture()
    server = await serveViewer({ capture: async () => bytes })
    browser = await launch()
    page = await browser.newPage({ viewport: { width: 1366, height: 768 } })
    await page.goto(`${server.url}/captures/web/packets#packet=4`)
    await page.locator('#details [role=treeitem]', { hasText: 'Transmission Control Protocol' }).waitFor()
  }, 60_000)
  afterAll(async () => {
    await browser?.close()
    server?.close()
  })

  it.each(['Follow', 'Conversations', 'Endpoints', 'I/O graph', 'Export objects', 'Columns', 'Keys'])(
    'opens %s by Enter, closes it by Escape, and stands on its button again',
    async (name) => {
      await page.getByRole('button', { name, exact: true }).focus()
      await page.keyboard.press('Enter')
      await page.getByRole('dialog').waitFor()
      await page.keyboard.press('Escape')
      await page.getByRole('dialog').waitFor({ state: 'detached' })
      await expect.poll(() => page.evaluate(FOCUSED)).toBe(name)
    },
  )

  it.each([
    ['Control+g', 'Go to packet'],
    ['Control+f', 'What to find'],
  ] as const)('%s opens a bar, which Escape closes, and the list has the focus again', async (keys, label) => {
    await page.locator('#packets').focus()
    await page.keyboard.press(keys)
    await page.getByLabel(label).and(page.locator(':focus')).waitFor()
    await page.keyboard.press('Escape')
    await page.getByLabel(label).waitFor({ state: 'detached' })
    await expect.poll(() => page.evaluate(FOCUSED)).toBe('packets')
  })

  it('opens the menu of a packet by Shift+F10, and goes back to the list', async () => {
    await page.locator('#packets').focus()
    await page.keyboard.press('Shift+F10')
    await page.getByRole('menu').waitFor()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Escape')
    await page.getByRole('menu').waitFor({ state: 'detached' })
    await expect.poll(() => page.evaluate(FOCUSED)).toBe('packets')
  })
})
