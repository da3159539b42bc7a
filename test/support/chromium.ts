/** Chromium for tests of pages: a person who is signed in, what the browser complains about, axe, pictures (`SHOTS=<folder>`). */
import { mkdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { expect } from 'vitest'
import { CHROMIUM } from './needs.ts'
import type { Server } from './server.ts'

const FLAGS =
  '--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync'
/** axe-core, to be put into a page. */
export const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
/** Asks it: what it has found, in words. */
export const RUN_AXE = `axe.run({ rules: { 'color-contrast-enhanced': { enabled: true } } }).then((found) =>
  found.violations.map((one) => one.id + ': ' + one.nodes.map((node) => node.html.slice(0, 160) + ' ' + node.failureSummary).join(' | ')))`
/** What stands out of the window at the right, unless it can be scrolled to. */
const CUT_OFF = `[...document.querySelectorAll('main *')].filter((one) => !one.closest('.scroll') && one.getBoundingClientRect().right > innerWidth + 1).map((one) => one.outerHTML.slice(0, 100))`

export const WIDE = { width: 1366, height: 768 }
export const NARROW = { width: 360, height: 740 }

export const launch = (): Promise<Browser> => chromium.launch({ executablePath: CHROMIUM, args: FLAGS.split(' ') })

/** The cookies of the server's first account, an admin. A server has one such link: to be asked once. */
export async function signIn(browser: Browser, server: Server) {
  const page = await browser.newPage()
  await page.goto(server.signInLink)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL('**/account/passkey')
  const cookies = await page.context().cookies()
  await page.context().close()
  return cookies
}

/** Give a page's browser a device that has passkeys. */
export async function withPasskeys(page: Page): Promise<void> {
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('WebAuthn.enable')
  await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
}

/** Asked until it is so, on a machine that may be busy. */
export const poll = <T>(read: () => T, { timeout = 15_000 } = {}) => expect.poll(read, { timeout })

/** All that a page says on its console, and what it throws, from now on. */
export function hear(page: Page, complaints: string[]): void {
  page.on('console', (message) => complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(String(error)))
}

/** A page, with what its browser complains about. */
export async function watched(context: BrowserContext): Promise<{ page: Page; complaints: string[] }> {
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  return { page, complaints }
}

/**
 * The scripts that a page asks for from now on, and how large all of it, with what stands in the page, is gzipped. The files are asked
 * for once more: a browser may have let go of the body of an answer.
 */
export function scriptsOf(page: Page) {
  const asked = new Set<string>()
  page.on('request', (request) => {
    if (new URL(request.url()).pathname.endsWith('.js')) asked.add(request.url())
  })
  const paths = () => [...asked].map((url) => new URL(url).pathname)
  async function gzipped(isCounted: (path: string) => boolean = () => true): Promise<number> {
    const inline = String(await page.evaluate(`[...document.scripts].map((one) => one.textContent).join('')`))
    const files = [...asked].filter((url) => isCounted(new URL(url).pathname))
    const texts = await Promise.all(
      files.map(async (url) => {
        const answer = await fetch(url)
        expect(answer.status, url).toBe(200)
        return Buffer.from(await answer.arrayBuffer())
      }),
    )
    return [...texts, Buffer.from(inline)].map((text) => gzipSync(text).length).reduce((sum, size) => sum + size)
  }
  return { paths, gzipped }
}

/** No violation, nothing cut off, no sideways scroll, light and dark, wide and narrow; and a picture of each. */
export async function inspect(page: Page, name: string): Promise<void> {
  await page.evaluate(AXE)
  await page.evaluate('document.fonts.ready.then(() => null)')
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    for (const viewport of [NARROW, WIDE]) {
      await page.setViewportSize(viewport)
      if (process.env.SHOTS !== undefined) {
        await mkdir(process.env.SHOTS, { recursive: true })
        await page.screenshot({ path: join(process.env.SHOTS, `${name}.${colorScheme}.${viewport.width}.png`) })
      }
      expect(await page.evaluate('document.documentElement.scrollWidth'), name).toBeLessThanOrEqual(viewport.width)
      expect(await page.evaluate(CUT_OFF), name).toEqual([])
      expect(await page.evaluate(RUN_AXE), `${name} ${colorScheme} ${viewport.width}`).toEqual([])
    }
  }
  await page.emulateMedia({ colorScheme: 'light' })
}
