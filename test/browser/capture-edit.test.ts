/**
 * The page of one's own capture in Chromium, through a real server: each edit by mouse and by keyboard alone, with script and without,
 * a link from its making to its end, delete and undo. `SHOTS=<folder>` keeps pictures.
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pcap } from '../support/captures.ts'
import { AXE, hear, RUN_AXE } from '../support/chromium.ts'
import { CHROMIUM, needs } from '../support/needs.ts'
import { type Server, startServer } from '../support/server.ts'

const FLAGS =
  '--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync'
const WIDE = { width: 1366, height: 768 }
const NARROW = { width: 360, height: 740 }
const KEYLOG = `CLIENT_RANDOM ${'a1'.repeat(32)} ${'b2'.repeat(48)}\n`
const COMMENTS = `Choppy audio **since Monday**, see [the ticket](https://tickets.example/48213).

- taken at \`sw-07\`, both directions
- <img src=x onerror=alert(1)> stays text`

describe.skipIf(!needs.chromium.met)('the page of one’s own capture', () => {
  let browser: Browser
  let server: Server
  let cookies: Awaited<ReturnType<BrowserContext['cookies']>>
  let base = ''

  beforeAll(async () => {
    server = await startServer()
    browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS.split(' ') })
    const context = await browser.newContext()
    const page = await context.newPage()
    await page.goto(server.signInLink)
    base = new URL(server.signInLink).origin
    await page.getByRole('button', { name: 'Sign in' }).click()
    cookies = await context.cookies()
    await context.close()
  }, 120_000)
  afterAll(async () => {
    await browser?.close()
    await server?.stop()
  })

  async function signedIn(options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> {
    const context = await browser.newContext({ viewport: WIDE, ...options })
    await context.addCookies(cookies)
    const page = await context.newPage()
    page.setDefaultTimeout(10_000)
    return page
  }

  /** A capture of ten packets that is read. @returns its address */
  async function uploaded(name: string): Promise<string> {
    const packets = Array.from({ length: 10 }, (_, at) => ({ seconds: 1_790_000_000 + at, fraction: 0, data: new Uint8Array(60).fill(at) })) // biome-ignore format: one thought
    const body = new Blob([pcap(packets)])
    const answer = await fetch(`${server.url}/api/v1/${server.token}/upload?filename=${name}`, { method: 'PUT', body })
    const { id } = (await answer.json()) as { id: string }
    await expect
      .poll(async () => (await fetch(`${server.url}/api/v1/${server.token}/info/${id}`)).text(), { timeout: 20_000 })
      .toContain('"num_packets":10')
    return `${base}/captures/${id}`
  }

  async function shot(page: Page, name: string): Promise<void> {
    if (process.env.SHOTS === undefined) return
    await mkdir(process.env.SHOTS, { recursive: true })
    await page.screenshot({ path: join(process.env.SHOTS, `${name}.png`), fullPage: true })
  }

  /** No violation in light and dark, wide and narrow, and nothing that scrolls sideways. */
  async function lookedAt(page: Page, name: string): Promise<void> {
    await page.evaluate(AXE)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      for (const viewport of [WIDE, NARROW]) {
        await page.setViewportSize(viewport)
        await shot(page, `${name}.${colorScheme}.${viewport.width}`)
        expect(await page.evaluate('document.documentElement.scrollWidth'), name).toBe(viewport.width)
      }
      expect(await page.evaluate(RUN_AXE), `${name}, ${colorScheme}`).toEqual([])
    }
    await page.emulateMedia({ colorScheme: 'light' })
    await page.setViewportSize(WIDE)
  }

  const main = (page: Page) => page.locator('main')

  describe.each([
    ['with script', true],
    ['without script', false],
  ])('%s', (_, javaScriptEnabled) => {
    it('is edited, noted on, given a key log, shared and deleted by mouse', async () => {
      const page = await signedIn({ javaScriptEnabled })
      const at = await uploaded('traffic.pcap')
      await page.goto(at)
      await page.getByRole('link', { name: 'Edit', exact: true }).click()
      await page.getByLabel('Name', { exact: true }).fill('branch-office.pcap')
      await page.getByLabel('Tags, with commas between').fill('voip, branch-7')
      await page.getByLabel('Comments').fill(COMMENTS)
      await page.getByLabel('Private: only you').check()
      await page.getByLabel('Until a time').check()
      await page.getByLabel('Date and time, UTC').fill('2099-01-31T12:00')
      await page.getByRole('button', { name: 'Save' }).click()
      await page.getByText('Saved').waitFor()
      expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('branch-office.pcap')
      expect(await page.locator('.written strong').textContent()).toBe('since Monday')
      expect(await page.locator('main img').count()).toBe(0)
      expect(await main(page).textContent()).toMatch(/Private: only you see it.*Deleted at 2099-01-31 12:00:00/s)
      expect((await fetch(at)).status).toBe(404)

      await page.getByRole('link', { name: 'Add a note' }).click()
      await page.getByLabel('Packet number').fill('3')
      await page.getByLabel('Note', { exact: true }).fill('The first retransmission.')
      await page.getByRole('button', { name: 'Save note' }).click()
      await page.getByText('The note is kept').waitFor()
      await page.getByRole('link', { name: 'Edit the note on packet 3' }).click()
      await page.getByLabel('Note', { exact: true }).fill('No retransmission after all.')
      await page.getByRole('button', { name: 'Save note' }).click()
      await page.locator('.notes').getByText('No retransmission after all.').waitFor()
      await page.getByRole('link', { name: 'Remove the note on packet 3' }).click()
      await page.getByRole('button', { name: 'Remove note' }).click()
      await page.getByText('The note is gone').waitFor()

      await page.getByRole('link', { name: 'Add a key log' }).click()
      const file = { name: 'keys.log', mimeType: 'text/plain', buffer: Buffer.from(KEYLOG) }
      await page.getByLabel('Key log file').setInputFiles(file)
      await page.getByRole('button', { name: 'Save key log' }).click()
      await page.getByText('The key log is kept').waitFor()
      const kept = await page.request.get(`${at}/keylog`)
      expect(await kept.text()).toBe(KEYLOG)
      await page.getByRole('link', { name: 'Remove key log' }).click()
      await page.getByRole('button', { name: 'Remove key log' }).click()
      await page.getByText('The key log is gone').waitFor()

      await page.getByRole('link', { name: 'Share', exact: true }).click()
      await page.getByLabel('Packets, by number').check()
      await page.getByLabel('From', { exact: true }).first().fill('2')
      await page.getByLabel('To', { exact: true }).fill('4')
      await page.getByLabel(/^Views it may have/).fill('3')
      await page.getByLabel(/^Password/).fill('correct horse')
      await page.getByRole('button', { name: 'Make the link' }).click()
      const link = await page.locator('#made').inputValue()
      expect(await page.locator('.rows').last().textContent()).toMatch(/packets 2 to 4password.*open0 of 3/s)

      const stranger = await browser.newPage({ javaScriptEnabled })
      await stranger.goto(link)
      await stranger.getByLabel('Password of this link').fill('correct horse')
      await stranger.getByRole('button', { name: 'Open the capture' }).click()
      await stranger.getByRole('heading', { level: 1, name: 'branch-office.packets-2-4.pcapng' }).waitFor()
      await page.reload()
      expect(await page.locator('.rows').last().textContent()).toContain('1 of 3')
      await page.getByRole('link', { name: /^Withdraw / }).click()
      await page.getByRole('button', { name: 'Withdraw link' }).click()
      await page.getByText('The link is withdrawn').waitFor()
      expect((await stranger.reload())?.status()).toBe(410)
      await stranger.close()

      await page.getByRole('button', { name: 'Delete capture' }).click()
      await page.getByRole('heading', { name: 'This capture is deleted' }).waitFor()
      expect((await fetch(`${server.url}/api/v1/${server.token}/info/${at.split('/').at(-1)}`)).status).toBe(404)
      await page.getByRole('button', { name: 'Undo: have it back' }).click()
      await page.getByText('The capture is back, as it was').waitFor()
      expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('branch-office.pcap')
      await page.context().close()
    }, 120_000)

    it('keeps what was typed where somebody else was faster', async () => {
      const page = await signedIn({ javaScriptEnabled })
      const at = await uploaded('race.pcap')
      await page.goto(`${at}?open=edit`)
      await page.getByLabel('Name', { exact: true }).fill('mine.pcap')
      const patch = { method: 'PATCH', body: '{"filename":"theirs.pcap"}' }
      const headers = { Authorization: `Bearer ${server.token}`, 'Content-Type': 'application/json' }
      expect((await fetch(`${server.url}/api/v2/captures/${at.split('/').at(-1)}`, { ...patch, headers })).status).toBe(
        200,
      )
      await page.getByRole('button', { name: 'Save' }).click()
      await page.getByText('was changed since you opened this form').waitFor()
      expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('mine.pcap')
      expect(await page.getByRole('heading', { level: 1, includeHidden: true }).textContent()).toBe('theirs.pcap')
      await page.getByRole('button', { name: 'Save' }).click()
      await page.getByText('Saved').waitFor()
      expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('mine.pcap')
      await page.context().close()
    }, 60_000)

    it('is edited, shared, deleted and had back by the keyboard alone', async () => {
      const page = await signedIn({ javaScriptEnabled })
      await page.goto(await uploaded('keys.pcap'))
      /** Tab on to something by its name, as who sees no pointer does. */
      const tabTo = async (name: string) => {
        for (let presses = 0; presses < 60; presses++) {
          await page.keyboard.press('Tab')
          const focused = page.locator(':focus')
          if ((await focused.count()) === 0) continue
          const label = await focused.evaluate((one: unknown) => {
            const { labels, textContent, ariaLabel } = one as { labels?: ArrayLike<{ textContent: string }>; textContent: string; ariaLabel: string | null } // biome-ignore format: a shape
            return ariaLabel ?? labels?.[0]?.textContent ?? textContent
          })
          if (label.trim() === name) return
        }
        throw new Error(`no ${name} to be tabbed to`)
      }
      await tabTo('Edit')
      await page.keyboard.press('Enter')
      await page.getByRole('dialog').waitFor()
      await tabTo('Tags, with commas between')
      await page.keyboard.type('by keyboard')
      await page.keyboard.press('Enter')
      await page.getByText('Saved').waitFor()
      expect(await page.locator('.tags').textContent()).toBe('by keyboard')
      await tabTo('Share')
      await page.keyboard.press('Enter')
      await page.getByRole('dialog').waitFor()
      await tabTo('Make the link')
      await page.keyboard.press('Enter')
      await page.getByText('The link is made').waitFor()
      await tabTo('Delete capture')
      await page.keyboard.press('Enter')
      await page.getByRole('heading', { name: 'This capture is deleted' }).waitFor()
      await tabTo('Undo: have it back')
      await page.keyboard.press('Enter')
      await page.getByText('The capture is back').waitFor()
      await page.context().close()
    }, 60_000)
  })

  it('closes a form by Escape and by Cancel, and gives the focus back', async () => {
    const page = await signedIn()
    const at = await uploaded('escape.pcap')
    await page.goto(at)
    for (const close of [
      () => page.keyboard.press('Escape'),
      () => page.getByRole('link', { name: 'Cancel' }).click(),
    ]) {
      await page.getByRole('link', { name: 'Edit', exact: true }).click()
      await page.getByRole('dialog', { name: 'Edit capture' }).waitFor()
      await close()
      expect(await page.getByRole('dialog').count()).toBe(0)
      expect(await page.locator(':focus').textContent()).toBe('Edit')
      expect(page.url()).toBe(at)
    }
    await page.context().close()
  }, 60_000)

  it('has no violation and fits, each of its faces', async () => {
    const page = await signedIn()
    const at = await uploaded('faces.pcap')
    const complaints: string[] = []
    hear(page, complaints)
    await page.goto(`${at}?open=edit`)
    await page.getByLabel('Comments').fill(`${COMMENTS}\n\n| port | service |\n|-|-|\n| 5060 | SIP |\n\n> said the switch\n\n    show mac address-table`) // biome-ignore format: one thought
    await page.getByLabel('Tags, with commas between').fill('voip, branch-7, ticket-48213')
    await page.getByRole('button', { name: 'Save' }).click()
    for (const limit of ['', '5']) {
      await page.getByRole('link', { name: 'Share', exact: true }).click()
      await page.getByLabel(/^Views it may have/).fill(limit)
      await page.getByLabel(/^Ends at/).fill(limit && '2099-01-31T12:00')
      await page.getByRole('button', { name: 'Make the link' }).click()
      await page.locator('#made').waitFor()
    }
    await page.getByRole('link', { name: 'Add a note' }).click()
    await page.getByLabel('Packet number').fill('7')
    await page.getByLabel('Note', { exact: true }).fill('Here the second call begins.')
    await page.getByRole('button', { name: 'Save note' }).click()
    await page.getByText('The note is kept').waitFor()
    await lookedAt(page, 'own')
    for (const form of ['edit', 'share', 'keylog', 'remove-note&frame=7']) {
      await page.goto(`${at}?open=${form}`)
      await page.getByRole('dialog').waitFor()
      await lookedAt(page, form.split('&')[0] ?? '')
    }
    await page.goto(`${at}?open=share`)
    await page.getByLabel('Packets, by number').check()
    await page.getByRole('button', { name: 'Make the link' }).click()
    await page.getByRole('alert').waitFor()
    await lookedAt(page, 'refused')
    await page.goto(at)
    const pdf = await page.pdf({ format: 'A4' })
    expect(pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)?.length).toBeLessThanOrEqual(2)
    await page.emulateMedia({ media: 'print' })
    for (const hidden of ['Edit', 'Share', 'Links you made', 'Delete capture'])
      expect(await page.getByText(hidden, { exact: true }).filter({ visible: true }).count(), hidden).toBe(0)
    const colours = await page.evaluate(
      `[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]`,
    )
    expect(colours).toEqual(['rgb(0, 0, 0)', 'rgb(255, 255, 255)'])
    await shot(page, 'print')
    await page.emulateMedia({ media: 'screen' })
    await page.getByRole('button', { name: 'Delete capture' }).click()
    await page.getByRole('heading', { name: 'This capture is deleted' }).waitFor()
    await lookedAt(page, 'deleted')
    expect(complaints.filter((text) => !text.includes('400 (Bad Request)'))).toEqual([]) // the refusal, as Chromium tells of it
    await page.context().close()
  }, 120_000)

  it('brings at most 30 KB of script, gzipped', async () => {
    const page = await signedIn()
    await page.goto(await uploaded('script.pcap'), { waitUntil: 'networkidle' })
    const inline = await page.locator('script:not([src])').allTextContents()
    const sources = await page.evaluate<string[]>(
      `performance.getEntriesByType('resource').map((one) => one.name).filter((name) => name.includes('/islands/'))`,
    )
    const files = await Promise.all(sources.map(async (src) => (await page.request.get(src)).text()))
    expect(sources).toContain(`${base}/islands/capture.js`)
    expect(gzipSync([...inline, ...files].join('\n')).length).toBeLessThan(30_000)
    await page.context().close()
  }, 60_000)
})
