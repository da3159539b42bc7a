/**
 * The pages of admins, the first page and the pages that refuse, in Chromium through a real `npm start`: by mouse, by keyboard, at every width.
 * `SHOTS=<folder>` keeps pictures of them.
 */
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pcap } from '../support/captures.ts'
import { AXE, RUN_AXE } from '../support/chromium.ts'
import { CHROMIUM, needs } from '../support/needs.ts'
import { type Server, startServer } from '../support/server.ts'

const FLAGS =
  '--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync'
const TOLD = `.then((found) =>
  found.violations.map((one) => one.id + ': ' + one.nodes.map((node) => node.html.slice(0, 160) + ' ' + node.failureSummary).join(' | ')))`
const RUN_CONTRAST = `axe.run({ runOnly: ['color-contrast', 'color-contrast-enhanced'] })${TOLD}`
/** What stands out of the window at the right, unless it can be scrolled to. */
const CUT_OFF = `[...document.querySelectorAll('main *')].filter((one) => !one.closest('.scroll, .tabs') && one.getBoundingClientRect().right > innerWidth + 0.5).map((one) => one.outerHTML.slice(0, 100))`
const CAPTURE = pcap([{ seconds: 1_700_000_000, fraction: 0, data: new Uint8Array(60) }])
const WIDE = { width: 1366, height: 768 }
const LOOKS = [
  ['wide', 'light', WIDE],
  ['dark', 'dark', WIDE],
  ['narrow', 'light', { width: 360, height: 740 }],
] as const

describe.skipIf(!needs.chromium.met)('the pages of admins in a browser', () => {
  let browser: Browser
  let server: Server
  let base = ''
  let admin: BrowserContext
  let failed = ''

  beforeAll(async () => {
    server = await startServer({ port: Number(process.env.ADMIN_PORT ?? 0) })
    base = server.url.replace('127.0.0.1', 'localhost')
    browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS.split(' ') })
    admin = await browser.newContext({
      timezoneId: 'Europe/Berlin',
      permissions: ['clipboard-read', 'clipboard-write'],
    })
    const page = await admin.newPage()
    await page.goto(server.signInLink)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.waitForURL(/\/account\/passkey$/)
    await page.close()
    const [, text] = [
      await upload('dns.pcap', CAPTURE),
      await upload('notes.pcap', new TextEncoder().encode('these are no packets, '.repeat(99))),
    ]
    failed = text
  })
  afterAll(async () => {
    await browser?.close()
    await server?.stop()
  })

  async function upload(name: string, body: Uint8Array): Promise<string> {
    const answer = await fetch(`${server.url}/api/v1/${server.token}/upload/${name}`, {
      method: 'PUT',
      body: new Uint8Array(body),
    })
    expect(answer.status, await answer.clone().text()).toBe(200)
    const { id } = (await answer.json()) as { id: string }
    for (let tries = 0; tries < 100; tries++) {
      const info = await fetch(`${server.url}/api/v1/pcaps/private/status/${id}`, {
        headers: { Authorization: `Bearer ${server.token}` },
      })
      if (((await info.json()) as { status: string }).status !== 'processing') return id
      await new Promise((done) => setTimeout(done, 100))
    }
    throw new Error(`${name} is not read`)
  }

  /** A page with what the browser complained about. */
  async function open(path: string, context: BrowserContext = admin) {
    const page = await context.newPage()
    const complaints: string[] = []
    page.on('console', (message) => {
      if (!/the server responded with a status of 4/.test(message.text())) complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(String(error)))
    await page.goto(`${base}${path}`, { waitUntil: 'load' })
    await page.evaluate('document.fonts.ready.then(() => null)')
    return { page, complaints }
  }

  async function shot(page: Page, name: string): Promise<void> {
    if (process.env.SHOTS === undefined) return
    await mkdir(process.env.SHOTS, { recursive: true })
    await page.screenshot({ path: join(process.env.SHOTS, `${name}.png`), fullPage: true, animations: 'disabled' })
  }

  /** Complaints of axe. It sets styles, which the policy of pages forbids: only the page's own are looked at. */
  async function axe(page: Page): Promise<unknown> {
    await page.evaluate(AXE)
    return page.evaluate(RUN_AXE)
  }

  it('takes an admin through an invite, an account and its suspension by mouse', async () => {
    const { page, complaints } = await open('/')
    await page.getByRole('link', { name: 'Admin' }).click()
    await page.getByRole('link', { name: 'Invites' }).click()
    await page.getByLabel('Name of the account').fill('branch office')
    await page.getByText('Plan', { exact: true }).click()
    await page.getByLabel('Largest capture').fill('700 parsecs')
    await page.getByRole('button', { name: 'Make invite' }).click()
    expect(await page.getByRole('alert').innerText()).toContain('see the fields that are marked')
    expect(await page.getByLabel('Largest capture').getAttribute('aria-invalid')).toBe('true')
    await shot(page, 'invite-wrong.wide')
    await page.getByLabel('Largest capture').fill('700 MB')
    await page.getByRole('button', { name: 'Make invite' }).click()
    const link = await page.locator('code').innerText()
    expect(link).toMatch(/^http:\/\/localhost:\d+\/sign-in\/[0-9a-f]{64}$/)
    await page.getByRole('button', { name: 'Copy the link' }).click()
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(link)
    expect(await axe(page)).toEqual([])
    await shot(page, 'invite-once.wide')
    await page.getByRole('link', { name: 'Done' }).click()
    await page.getByRole('button', { name: 'Withdraw Invite branch office' }).click()
    expect(await page.getByRole('status').innerText()).toContain('was withdrawn')

    await page.getByRole('link', { name: 'Accounts', exact: true }).click()
    await page.getByRole('link', { name: 'local' }).last().click()
    expect(await page.getByRole('button', { name: 'Suspend account' }).count()).toBe(0) // one's own
    await page.getByLabel('Captures it may hold').fill('1')
    await page.getByRole('button', { name: 'Save plan' }).click()
    expect(await page.getByRole('status').innerText()).toContain('The plan was saved.')
    expect(await page.getByText('It holds more than the plan allows').count()).toBe(1)
    await shot(page, 'account-over.wide')
    await page.getByLabel('Captures it may hold').fill('100000')
    await page.getByRole('button', { name: 'Save plan' }).click()
    await page.getByRole('button', { name: 'Make recovery link' }).click()
    expect(await page.locator('code').innerText()).toMatch(/[0-9a-f]{64}$/)
    await page.getByRole('link', { name: 'Done' }).click()
    expect(await page.locator('tbody').last().innerText()).toContain('Recovery link made')
    await page.getByRole('link', { name: 'All of it' }).click()
    expect(await page.getByLabel('Account').inputValue()).toBe('local')
    await page.getByLabel('Action').selectOption('account-changed')
    await page.getByRole('button', { name: 'Show', exact: true }).click()
    expect(await page.locator('tbody tr').count()).toBe(2)
    const [csv] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Download CSV' }).click(),
    ])
    expect((await readFile(await csv.path(), 'utf8')).split('\r\n')).toHaveLength(4)
    expect(complaints).toEqual([])
    await page.close()
  })

  it('takes an admin to a new try of a failed parse and to settings by keyboard alone', async () => {
    const { page, complaints } = await open('/admin')
    /** Press Tab until what is meant has the focus. */
    const tabTo = async (name: string) => {
      for (let presses = 0; presses < 80; presses++) {
        await page.keyboard.press('Tab')
        const at = await page.evaluate(
          `(() => { const one = document.activeElement; return one.getAttribute('aria-label') || (one.labels && one.labels[0] && one.labels[0].innerText) || one.innerText })()`,
        )
        if (at === name) return
      }
      throw new Error(`no Tab leads to ${name}`)
    }
    const go = async (name: string) => {
      await tabTo(name)
      await Promise.all([page.waitForEvent('framenavigated'), page.keyboard.press('Enter')])
      await page.waitForLoadState('load')
    }
    await go('Parses')
    expect(await page.locator('tbody').first().innerText()).toContain(failed)
    await tabTo(`Choose ${failed}`)
    await page.keyboard.press('Space')
    for (let back = 0; back < 5; back++) await page.keyboard.press('Shift+Tab')
    await go('Try the chosen again')
    expect(await page.getByRole('status').first().innerText()).toContain('1 capture is read again now.')
    await go('Settings')
    await tabTo('A capture deleted on a page can be had back for')
    await page.keyboard.press('Control+A')
    await page.keyboard.type('36')
    await go('Save settings')
    expect(await page.getByRole('status').innerText()).toContain('The settings were saved.')
    expect(await page.getByLabel('can be had back for').inputValue()).toBe('36')
    expect(complaints).toEqual([])
    await page.close()
  })

  const PAGES: [string, string, 'admin' | 'stranger'][] = [
    ['overview', '/admin', 'admin'],
    ['accounts', '/admin/accounts', 'admin'],
    ['accounts-none', '/admin/accounts?q=nobody', 'admin'],
    ['account', '/admin/accounts/1', 'admin'],
    ['invites', '/admin/invites', 'admin'],
    ['audit', '/admin/audit', 'admin'],
    ['audit-none', '/admin/audit?account=nobody', 'admin'],
    ['parses', '/admin/parses', 'admin'],
    ['quarantine', '/admin/quarantine', 'admin'],
    ['settings', '/admin/settings', 'admin'],
    ['home', '/', 'admin'],
    ['landing', '/', 'stranger'],
    ['not-found', '/admin', 'stranger'],
    ['error', `/s/${'0'.repeat(32)}`, 'stranger'],
  ]
  it.each(PAGES)('shows %s whole, light and dark, wide and narrow', async (name, path, who) => {
    const context = who === 'admin' ? admin : await browser.newContext({ timezoneId: 'Europe/Berlin' })
    const { page, complaints } = await open(path, context)
    await page.evaluate(AXE)
    for (const [look, colorScheme, viewport] of LOOKS) {
      await page.emulateMedia({ colorScheme })
      await page.setViewportSize(viewport)
      expect(await page.evaluate(CUT_OFF), look).toEqual([])
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), look).toBe(true)
      await shot(page, `${name}.${look}`)
      if (look !== 'narrow') expect(await page.evaluate(look === 'dark' ? RUN_CONTRAST : RUN_AXE), look).toEqual([])
    }
    expect(complaints).toEqual([])
    await page.close()
    if (who === 'stranger') await context.close()
  })

  it('works without script', async () => {
    const plain = await browser.newContext({ javaScriptEnabled: false, storageState: await admin.storageState() })
    const { page } = await open('/admin/settings', plain)
    await page.getByLabel('can be had back for').fill('12')
    await page.getByRole('button', { name: 'Save settings' }).click()
    expect(await page.getByLabel('can be had back for').inputValue()).toBe('12')
    expect(await page.getByRole('status').innerText()).toContain('The settings were saved.')
    await plain.close()
  })
})
