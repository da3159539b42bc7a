/** The whole way of a person and a capture, in Chromium and by curl, through a real `npm start`: from an admin's invite to a delete undone. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { payload, pcap } from '../support/captures.ts'
import { launch, poll, signIn, WIDE, watched, withPasskeys } from '../support/chromium.ts'
import { needs } from '../support/needs.ts'
import { type Server, startServer } from '../support/server.ts'

const run = promisify(execFile)
const captureOf = (packets: number) =>
  pcap(Array.from({ length: packets }, (_, n) => ({ seconds: 1_700_000_000 + n, data: payload(60, n) })))
const BY_PAGE = { name: 'branch-office.pcap', packets: 1234 }
/** Called as in the lines that the account page shows. */
const BY_CURL = { name: 'traffic.pcapng', packets: 321 }

describe.skipIf(!needs.chromium.met || !needs.curl.met)('the whole way', () => {
  let server: Server
  let browser: Browser
  let base = ''
  let folder = ''
  /** Somebody who is invited, in a browser of their own with a device that has passkeys, and a stranger. */
  let person: Awaited<ReturnType<typeof watched>>
  let stranger: BrowserContext
  let key = ''
  let capture = ''
  let link = ''

  beforeAll(async () => {
    ;[server, browser, folder] = await Promise.all([
      startServer({ port: Number(process.env.JOURNEY_PORT ?? 0) }),
      launch(),
      mkdtemp(join(tmpdir(), 'pcaport-journey-')),
    ])
    base = new URL(server.signInLink).origin
    person = await watched(await browser.newContext({ viewport: WIDE }))
    await withPasskeys(person.page)
    stranger = await browser.newContext({ viewport: WIDE })
    for (const context of [person.page.context(), stranger]) context.setDefaultTimeout(15_000)
  }, 120_000)
  afterAll(async () => {
    await browser?.close()
    await server?.stop()
    await rm(folder, { recursive: true, force: true })
  }, 60_000)

  const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).first().click()
  const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name, exact: true }).waitFor()
  const names = (page: Page) => page.locator('tbody a.open').allTextContents()
  const ask = (path: string) => fetch(`${base}${path}`, { headers: { Authorization: `Bearer ${key}` } })

  it('an admin makes an invite, whose link makes an account with a passkey', async () => {
    const admin = await browser.newContext({ viewport: WIDE })
    await admin.addCookies(await signIn(browser, server))
    const { page } = await watched(admin)
    await page.goto(`${base}/admin`)
    await page.getByRole('link', { name: 'Invites' }).click()
    await page.getByLabel('Name of the account').fill('branch office')
    await press(page, 'Make invite')
    const invite = await page.locator('code').innerText()
    await page.goto(`${base}/admin/accounts`)
    expect(await page.locator('main').textContent()).not.toContain('branch office')

    await person.page.goto(invite)
    await press(person.page, 'Make the account branch office')
    await heading(person.page, 'Add a passkey')
    await press(person.page, 'Add a passkey')
    await person.page.waitForURL(`${base}/my`)
    await page.reload()
    expect(await page.locator('main').textContent()).toContain('branch office')
    expect((await stranger.request.get(invite)).status()).toBe(410) // an invite is good once
    await admin.close()
  })

  it('the passkey alone signs in again', async () => {
    const { page } = person
    await press(page, 'Sign out')
    await page.goto(`${base}/sign-in?next=/account`)
    await press(page, 'Sign in with a passkey')
    await page.waitForURL(`${base}/account`)
    await heading(page, 'branch office')
  })

  it('Generate makes a key, Show shows it again', async () => {
    const { page } = person
    await press(page, 'Generate')
    const field = page.getByLabel('Key', { exact: true })
    key = await field.inputValue()
    await page.goto(`${base}/account`)
    expect(await page.content()).not.toContain(key)
    await press(page, 'Show')
    expect(await field.inputValue()).toBe(key)
  })

  it('the page takes a capture in, and curl with the key another; both are read', async () => {
    const { page } = person
    await page.goto(`${base}/upload`, { waitUntil: 'networkidle' })
    await page.getByLabel('Tags').fill('voip')
    const [chooser] = await Promise.all([
      page.waitForEvent('filechooser'),
      page.getByRole('button', { name: 'Choose files' }).click(),
    ])
    await chooser.setFiles({ name: BY_PAGE.name, mimeType: '', buffer: Buffer.from(captureOf(BY_PAGE.packets)) })
    const row = page.locator('.upload', { hasText: BY_PAGE.name })
    await poll(() => row.getAttribute('data-state'), { timeout: 30_000 }).toBe('ready')

    await writeFile(join(folder, BY_CURL.name), captureOf(BY_CURL.packets))
    await page.goto(`${base}/account`)
    await press(page, 'Show')
    const line = (await page.locator('code', { hasText: '-F file=@' }).first().textContent()) ?? '' // to be pasted
    expect(line).toContain(key)
    const { stdout } = await run('sh', ['-c', line], { cwd: folder })
    const { id } = JSON.parse(stdout) as { id: string }
    const states = new Set<string>()
    await poll(async () => {
      const { status } = (await (await ask(`/api/v1/pcaps/private/status/${id}`)).json()) as { status: string }
      states.add(status)
      return status
    }).toBe('ok')
    expect([...states].filter((one) => !['processing', 'ok'].includes(one))).toEqual([])
    expect(await (await ask(`/api/v2/captures/${id}`)).json()).toMatchObject({
      filename: BY_CURL.name,
      facts: { packets: BY_CURL.packets },
    })
  })

  it('the list has both as ok, and search finds one', async () => {
    const { page } = person
    await page.goto(`${base}/my`)
    await poll(() => page.locator('tbody .status.ok').count()).toBe(2)
    expect((await names(page)).sort()).toEqual([BY_PAGE.name, BY_CURL.name])
    await page.getByRole('searchbox', { name: 'Search' }).pressSequentially('tag:voip')
    await poll(() => names(page)).toEqual([BY_PAGE.name])
    await page.getByRole('link', { name: BY_PAGE.name, exact: true }).click()
    await heading(page, BY_PAGE.name)
    expect(await page.locator('.figures').textContent()).toContain('1,234')
    capture = page.url()
  })

  it('a link opens the private capture for a stranger, until it is withdrawn', async () => {
    const { page } = person
    await page.getByRole('link', { name: 'Edit', exact: true }).click()
    await page.getByLabel('Private: only you').check()
    await press(page, 'Save')
    await page.getByText('Saved').waitFor()
    const other = await watched(stranger)
    expect((await other.page.goto(capture))?.status()).toBe(404)

    await page.getByRole('link', { name: 'Share', exact: true }).click()
    await press(page, 'Make the link')
    link = await page.locator('#made').inputValue()
    expect((await other.page.goto(link))?.status()).toBe(200)
    await heading(other.page, BY_PAGE.name)
    const bytes = await stranger.request.get(`${link}/download`)
    expect(Buffer.from(captureOf(BY_PAGE.packets)).equals(await bytes.body())).toBe(true)

    await page.reload()
    await page.getByRole('link', { name: /^Withdraw / }).click()
    await press(page, 'Withdraw link')
    await page.getByText('The link is withdrawn').waitFor()
    expect((await other.page.reload())?.status()).toBe(410)
    expect(await other.page.locator('main').textContent()).not.toContain(BY_PAGE.name)
    expect((await stranger.request.get(`${link}/download`)).status()).toBe(410)
  })

  it('a delete is undone', async () => {
    const { page } = person
    await press(page, 'Delete capture')
    await heading(page, 'This capture is deleted')
    const path = `/api/v2/captures/${capture.split('/').at(-1)}`
    expect((await ask(path)).status).toBe(404)
    await page.goto(`${base}/my`)
    expect(await names(page)).toEqual([BY_CURL.name])
    await page.goto(capture)
    await press(page, 'Undo: have it back')
    await page.getByText('The capture is back, as it was').waitFor()
    expect(await (await ask(path)).json()).toMatchObject({
      filename: BY_PAGE.name,
      tags: ['voip'],
      visibility: 'private',
    })
    await page.goto(`${base}/my`)
    expect((await names(page)).sort()).toEqual([BY_PAGE.name, BY_CURL.name])
  })

  it('leaves its traces in what the account has done, and no complaint of the browser', async () => {
    const { page, complaints } = person
    await page.goto(`${base}/account/activity`)
    const lines = await page.locator('tbody tr').allTextContents()
    const told = [
      'Passkey added',
      'Signed in',
      'Key generated',
      'Key shown',
      'Share link made',
      'Share link withdrawn',
      'Capture deleted',
      'Capture restored',
    ]
    for (const words of told)
      expect(
        lines.some((line) => line.includes(words)),
        words,
      ).toBe(true)
    expect(complaints).toEqual([])
  })
})
