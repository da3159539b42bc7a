/**
 * Somebody's own account in Chromium, with a virtual authenticator, against a real `npm start`: invited, with a passkey, a key, a token, sessions.
 * `SHOTS=<folder>` keeps pictures.
 */
import { execFile } from 'node:child_process'
import { mkdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AXE, hear, RUN_AXE, withPasskeys } from '../support/chromium.ts'
import { CHROMIUM, needs } from '../support/needs.ts'
import { type Server, startServer } from '../support/server.ts'

const run = promisify(execFile)
const PROJECT = resolve(import.meta.dirname, '../..')
const CUT_OFF = `[...document.querySelectorAll('main *')].filter((one) => !one.closest('.scroll') && one.getBoundingClientRect().right > innerWidth).map((one) => one.outerHTML.slice(0, 100))`
const NARROW = { width: 360, height: 740 }
const WIDE = { width: 1366, height: 768 }
/** Of script, gzipped: what a page may load. */
const BUDGET = 30 * 1024

describe.skipIf(!needs.chromium.met)('an account in a browser', () => {
  let server: Server
  let browser: Browser
  let base = ''
  beforeAll(async () => {
    const args = ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking']
    const port = Number(process.env.ACCOUNT_PORT ?? 0)
    ;[server, browser] = await Promise.all([startServer({ port }), chromium.launch({ executablePath: CHROMIUM, args })])
    base = server.url.replace('127.0.0.1', 'localhost')
  }, 120_000)
  afterAll(async () => {
    await browser?.close()
    await server?.stop()
  }, 60_000)

  /** A browser of somebody's own, with a device that has passkeys. */
  async function somebody(options: Parameters<Browser['newContext']>[0] = {}) {
    const context = await browser.newContext({ viewport: WIDE, ...options })
    const page = await context.newPage()
    await withPasskeys(page)
    const complaints: string[] = []
    hear(page, complaints)
    return { context, page, complaints }
  }

  async function admin(...args: string[]): Promise<{ link: string }> {
    const env = { ...process.env, PCAPORT_STATE: server.state }
    const { stdout } = await run(process.execPath, [join(PROJECT, 'ops/admin.ts'), ...args, '--json'], { env })
    return JSON.parse(stdout)
  }

  /** No violation in light or dark, nothing to scroll sideways at either width. */
  async function expectClean(page: Page, name: string): Promise<void> {
    await page.evaluate(AXE)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      for (const viewport of [NARROW, WIDE]) {
        await page.setViewportSize(viewport)
        if (process.env.SHOTS) {
          await mkdir(process.env.SHOTS, { recursive: true })
          await page.screenshot({
            path: join(process.env.SHOTS, `${name}.${colorScheme}.${viewport.width}.png`),
            fullPage: true,
          })
        }
        expect(await page.evaluate('document.documentElement.scrollWidth'), name).toBe(viewport.width)
        expect(await page.evaluate(CUT_OFF), name).toEqual([])
      }
      expect(await page.evaluate(RUN_AXE), `${name} ${colorScheme}`).toEqual([])
    }
    await page.emulateMedia({ colorScheme: 'light' })
  }

  const sees = (page: Page, text: string | RegExp) => page.getByText(text).first().waitFor()
  const press = (page: Page, name: string | RegExp) => page.getByRole('button', { name, exact: true }).first().click()
  const opens = (page: Page, name: string) => page.locator('summary', { hasText: name }).first().click()
  const curl = (...args: string[]) => run('curl', ['-sS', '-o', '/dev/null', '-w', '%{http_code}', ...args])

  /** Invite somebody and let them in, with a passkey. */
  async function joined(name: string, ...flags: string[]) {
    const { link } = await admin('invite', '--name', name, ...flags)
    const person = await somebody()
    await person.page.goto(link)
    await press(person.page, `Make the account ${name}`)
    await person.page.getByRole('heading', { name: 'Add a passkey' }).waitFor()
    await press(person.page, 'Add a passkey')
    await person.page.waitForURL((url) => url.pathname === '/my')
    return person
  }

  it('leads from an invite to a passkey, and in again by it alone', async () => {
    const { link } = await admin('invite')
    expect(link).toMatch(new RegExp(`^${base}/sign-in/[0-9a-f]{64}$`))
    const { context, page, complaints } = await somebody()
    await page.goto(link)
    await expectClean(page, 'invite')
    await page.getByLabel('Name of your account').fill('local')
    await page.keyboard.press('Enter')
    await sees(page, 'Another account has this name')
    expect(complaints.splice(0)).toEqual([expect.stringContaining('422')])
    await page.getByLabel('Name of your account').fill('Ada L.')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Add a passkey' }).waitFor()
    await expectClean(page, 'add-passkey')
    await page.getByLabel('Name').fill('work laptop')
    await page.keyboard.press('Enter')
    await page.waitForURL((url) => url.pathname === '/my')
    await page.goto(`${base}/account/sign-in`)
    await sees(page, 'work laptop')
    await press(page, 'Sign out')
    await sees(page, 'You are signed out in this browser')
    await expectClean(page, 'sign-in')
    complaints.splice(0) // /my, where it is not there yet
    await page.goto(`${base}/sign-in?next=/account`)
    await press(page, 'Sign in with a passkey')
    await page.waitForURL(`${base}/account`)
    await page.getByRole('heading', { name: 'Ada L.' }).waitFor()
    expect(complaints).toEqual([])
    await context.close()
  })

  it('shows and replaces the key, which curl takes and then does not', async () => {
    const { context, page } = await joined('keys')
    await page.goto(`${base}/account`)
    await expectClean(page, 'account-none')
    await press(page, 'Generate')
    const field = page.getByLabel('Key', { exact: true })
    const first = await field.inputValue()
    expect(first).toMatch(/^[0-9a-f]{32}$/)
    await page.goto(`${base}/account`)
    expect(await page.content()).not.toContain(first)
    await press(page, 'Show')
    expect(await field.inputValue()).toBe(first)
    await expectClean(page, 'account-shown')
    expect(await page.locator('code').first().textContent()).toBe(
      `curl -T traffic.pcapng ${base}/api/v1/${first}/upload`,
    )
    const ask = ['-H', `Authorization: Bearer ${first}`, `${base}/api/v2/account`]
    if (needs.curl.met) expect((await curl(...ask)).stdout).toBe('200')
    await page.goto(`${base}/account`)
    await opens(page, 'Generate another')
    await press(page, 'Replace the key')
    const second = await field.inputValue()
    expect(second).not.toBe(first)
    if (needs.curl.met) expect((await curl(...ask)).stdout).toBe('401')
    await page.goto(`${base}/account/activity`)
    expect(await page.locator('tbody').textContent()).toMatch(
      /Key generated.*Key shown.*Key generated.*Passkey added.*Signed in/s,
    )
    await expectClean(page, 'activity')
    await context.close()
  })

  it('makes tokens that are shown once, and revokes them', async () => {
    const { context, page } = await joined('tokens')
    await page.goto(`${base}/account/tokens`)
    await page.getByLabel('Name', { exact: true }).fill('router-1')
    await page.getByLabel('Tags for its captures').fill('edge, router-1')
    await page.getByLabel('Its captures are').selectOption('private')
    await page.getByLabel('It lasts').selectOption('30')
    await press(page, 'Make the token')
    const token = await page.locator('#token-text').inputValue()
    await expectClean(page, 'tokens')
    const upload = ['-X', 'PUT', '--data-binary', 'x', `${base}/api/v1/${token}/upload`]
    if (needs.curl.met) {
      expect((await curl(...upload)).stdout).toBe('200')
      expect((await curl(`${base}/api/v1/${token}/search`)).stdout).toBe('403')
    }
    await page.goto(`${base}/account/tokens`)
    expect(await page.content()).not.toContain(token)
    await opens(page, 'Revoke')
    await press(page, 'Revoke router-1')
    await sees(page, 'The token is revoked')
    if (needs.curl.met) expect((await curl(...upload)).stdout).toBe('404')
    await context.close()
  })

  it('lists sessions and ends them; renames and removes passkeys, not the last one without a word', async () => {
    const { context, page } = await joined('sessions')
    const other = await somebody()
    await other.page.goto((await admin('recover', 'sessions')).link)
    await press(other.page, 'Sign in')
    await other.page.waitForURL((url) => url.pathname === '/my') // it has a passkey already
    await page.goto(`${base}/account/sign-in`) // which the link has ended
    await press(page, 'Sign in with a passkey')
    await page.waitForURL((url) => url.pathname === '/account/sign-in')
    await expectClean(page, 'sign-ins')
    await press(page, /^End the session of Chrome on Linux$/)
    await sees(page, 'That session has ended')
    await other.page.goto(`${base}/account`)
    expect(new URL(other.page.url()).pathname).toBe('/sign-in')
    await opens(page, 'Rename')
    await page.getByLabel('New name of Chrome on Linux').fill('blue key')
    await press(page, 'Save name')
    await sees(page, 'blue key')
    await opens(page, 'Remove')
    await sees(page, 'This is your only passkey')
    await expectClean(page, 'remove')
    await press(page, 'Remove blue key')
    await sees(page, 'The passkey is removed')
    await other.context.close()
    await context.close()
  })

  it('asks for the passkey again where the proof is older than ten minutes', async () => {
    const { context, page } = await joined('stale')
    await page.goto(`${base}/account`)
    await press(page, 'Generate')
    await age(context, 'stale')
    await page.goto(`${base}/account`)
    await press(page, 'Show')
    await page.getByLabel('Key', { exact: true }).waitFor()
    await age(context, 'stale')
    const off = await browser.newContext({ javaScriptEnabled: false, storageState: await context.storageState() })
    const plain = await off.newPage()
    await plain.goto(`${base}/account`)
    await press(plain, 'Show')
    await plain.getByRole('heading', { name: 'Confirm that it is you' }).waitFor()
    expect(await plain.locator('noscript p').innerText()).toContain('Passkeys need JavaScript')
    await page.goto(`${base}/account/confirm?next=/account`)
    await expectClean(page, 'confirm')
    await press(page, 'Confirm with a passkey')
    await page.waitForURL(`${base}/account`)
    await press(plain, 'Sign out')
    await off.close()
    await context.close()
  })

  /** Let the proofs of an account be an hour old. */
  async function age(_context: BrowserContext, name: string): Promise<void> {
    const { controlPort, secret } = JSON.parse(await readFile(join(server.state, 'server.json'), 'utf8'))
    const statement = `UPDATE sessions SET confirmed_at = confirmed_at - 3600000 WHERE account_id = (SELECT id FROM accounts WHERE name = '${name}')`
    const headers = { Authorization: `Bearer ${secret}` }
    const answer = await fetch(`http://127.0.0.1:${controlPort}/`, {
      method: 'POST',
      headers,
      body: JSON.stringify([statement]),
    })
    expect(answer.status).toBe(200)
  }

  it('shows no key where the plan has none, and says why', async () => {
    const { context, page } = await joined('no api', '--no-api')
    await page.goto(`${base}/account`)
    await sees(page, 'does not include API access')
    expect(await page.getByRole('button', { name: 'Generate' }).count()).toBe(0)
    await expectClean(page, 'no-api')
    await context.close()
  })

  it('says what is missing: a name for the host, JavaScript', async () => {
    const { context, page } = await somebody()
    await page.goto(`${server.url}/sign-in?next=/account`)
    await expectClean(page, 'by-address')
    await page.getByRole('link', { name: /Open it by name/ }).click()
    expect(page.url()).toBe(`${base}/sign-in?next=/account`)
    await context.close()
    const { context: off, page: plain } = await somebody({ javaScriptEnabled: false })
    await plain.goto(`${base}/sign-in`)
    expect(await plain.locator('noscript p').innerText()).toContain('Passkeys need JavaScript')
    expect(await plain.getByRole('button', { name: 'Sign in with a passkey' }).count()).toBe(0)
    await off.close()
  })

  it('loads at most 30 KiB of script a page, gzipped', async () => {
    const { context, page } = await joined('script')
    for (const path of ['/account', '/account/tokens', '/account/sign-in', '/account/passkey']) {
      await page.goto(base + path, { waitUntil: 'networkidle' })
      const urls = await page.evaluate<string[]>(
        `performance.getEntriesByType('resource').map((one) => one.name).filter((name) => name.includes('/islands/'))`,
      )
      const files = await Promise.all(urls.map(async (url) => Buffer.from(await (await fetch(url)).arrayBuffer())))
      const inline = await page.evaluate<string>(`[...document.scripts].map((one) => one.textContent).join('')`)
      expect(files.length).toBeGreaterThan(0)
      expect(gzipSync(Buffer.concat([...files, Buffer.from(inline)])).length).toBeLessThan(BUDGET)
    }
    await context.close()
  })
})
