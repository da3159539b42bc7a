/** `/my` in Chromium against a real `npm start`: by mouse, by the keyboard alone, without a script. `SHOTS=<folder>` keeps pictures. */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Browser, BrowserContext, Cookie, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { payload, pcap } from '../support/captures.ts'
import { inspect, launch, poll, scriptsOf, signIn, WIDE, watched } from '../support/chromium.ts'
import { has, needs } from '../support/needs.ts'
import { type Server, startServer } from '../support/server.ts'

const run = promisify(execFile)
const captureOf = (packets: number) =>
  pcap(Array.from({ length: packets }, (_, n) => ({ seconds: 1_700_000_000 + n, data: payload(60, n) })))

describe.skipIf(!needs.chromium.met)('somebody’s own captures', () => {
  let server: Server
  let browser: Browser
  let cookies: Cookie[]
  let base = ''
  beforeAll(async () => {
    ;[server, browser] = await Promise.all([startServer({ port: Number(process.env.MY_PORT ?? 0) }), launch()])
    base = new URL(server.signInLink).origin
    cookies = await signIn(browser, server)
  }, 120_000)
  afterAll(async () => {
    await browser?.close()
    await server?.stop()
  }, 60_000)

  async function put(name: string, packets: number, options = ''): Promise<string> {
    const answer = await fetch(
      `${server.url}/api/v1/${server.token}/upload?filename=${encodeURIComponent(name)}${options}`,
      { method: 'PUT', body: captureOf(packets) },
    )
    return ((await answer.json()) as { id: string }).id
  }
  const statusOf = async (id: string) => {
    const answer = await fetch(`${server.url}/api/v2/captures/${id}`, {
      headers: { Authorization: `Bearer ${server.token}` },
    })
    return answer.ok ? ((await answer.json()) as { status: string; tags: string[]; visibility: string }) : null
  }
  const isRead = (id: string) =>
    vi.waitUntil(async () => (await statusOf(id))?.status === 'ok', { timeout: 20_000, interval: 100 })

  async function contextOf(options: Parameters<Browser['newContext']>[0] = {}): Promise<BrowserContext> {
    const context = await browser.newContext({ viewport: WIDE, ...options })
    await context.addCookies(cookies)
    return context
  }
  const names = (page: Page) => page.locator('tbody a.open').allTextContents()
  const toast = (page: Page) => page.locator('#toast')
  const found = new Map<string, string>()

  it('teaches the first line where there is nothing', async () => {
    const context = await contextOf()
    const { page, complaints } = await watched(context)
    await page.goto(`${base}/my`)
    await poll(() => page.locator('.empty code').textContent()).toContain(`${base}/api/v1/$TOKEN/upload`)
    await inspect(page, 'my-empty')
    expect(complaints).toEqual([])
    await context.close()
  })

  it('shows what comes, moves while it is read, and looks right', async () => {
    const wishes: [string, number, string][] = [
      ['router-west-02.pcapng', 40, '&additional_tags=lab,dns'],
      ['voip call <b>3.pcap', 1200, '&additional_tags=voip&visibility=private'],
      ['db-failover.pcap', 3, ''],
      [
        'a name so long that it has to be broken over several lines of the table, whatever its width is.pcap',
        20,
        '&additional_tags=lab,a tag of several words,another',
      ],
    ]
    for (const [name, packets, options] of wishes) found.set(name, await put(name, packets, options))
    found.set(
      'broken.pcap',
      await fetch(`${server.url}/api/v1/${server.token}/upload?filename=broken.pcap`, {
        method: 'PUT',
        body: 'no capture that anybody reads, and nothing else that is known',
      }).then(async (answer) => ((await answer.json()) as { id: string }).id),
    )
    const context = await contextOf()
    const { page, complaints } = await watched(context)
    await page.goto(`${base}/my`)
    await poll(() => page.locator('tbody .status.ok').count(), { timeout: 20_000 }).toBe(4) // without being asked
    expect((await names(page)).sort()).toEqual([...found.keys()].sort())
    await inspect(page, 'my')
    await page.locator('tbody input').first().check()
    await page.locator('tbody input').nth(2).check()
    await inspect(page, 'my-selected')
    await page.getByText('How to search').click()
    await inspect(page, 'my-search')
    expect(complaints).toEqual([])
    await context.close()
  })

  it('finds while one types, says what cannot be read, and keeps what is selected', async () => {
    const context = await contextOf()
    const { page } = await watched(context)
    await page.goto(`${base}/my`)
    await page.getByLabel('Select router-west-02.pcapng').check()
    const field = page.getByRole('searchbox', { name: 'Search' })
    await field.pressSequentially('rou')
    await poll(() => names(page)).toEqual(['router-west-02.pcapng'])
    expect(await page.getByLabel('Select router-west-02.pcapng').isChecked()).toBe(true)
    expect(new URL(page.url()).search).toBe('?q=rou')
    await field.fill('port:x')
    await poll(() => page.locator('#refusal').textContent()).toContain('at character 5: a port is 0 to 65535')
    await inspect(page, 'my-refusal')
    await field.fill('nothing has this')
    await poll(() => page.locator('.empty').textContent()).toContain('No capture of yours')
    await inspect(page, 'my-nothing')
    await context.close()
  })

  it('shows times in UTC or in the reader’s own zone, whatever is asked for, and remembers which', async () => {
    const context = await contextOf({ timezoneId: 'Europe/Berlin' })
    const { page } = await watched(context)
    const first = page.locator('tr', { hasText: 'router-west-02.pcapng' }).locator('time')
    const zone = page.getByRole('columnheader', { name: 'First packet' })
    const text = async () => [await first.innerText(), await zone.innerText()]
    await page.goto(`${base}/my`)
    expect(await text()).toEqual(['2023-11-14 22:13:20', 'First packet, UTC'])
    await page.getByRole('button', { name: 'Show in Europe/Berlin' }).click()
    const here = ['2023-11-14 23:13:20', 'First packet, Europe/Berlin']
    expect(await text()).toEqual(here)
    await page.getByRole('searchbox', { name: 'Search' }).fill('router')
    await poll(() => names(page)).toEqual(['router-west-02.pcapng'])
    expect(await text()).toEqual(here)
    await page.reload()
    expect(await text()).toEqual(here)
    await page.getByRole('button', { name: 'Show in UTC' }).click()
    expect(await text()).toEqual(['2023-11-14 22:13:20', 'First packet, UTC'])
    await context.close()
  })

  it('does many things at once by the mouse, and undoes a delete', async () => {
    const context = await contextOf()
    const { page, complaints } = await watched(context)
    await page.goto(`${base}/my?sort=name`)
    const ids = [found.get('db-failover.pcap') ?? '', found.get('router-west-02.pcapng') ?? '']
    for (const name of ['db-failover.pcap', 'router-west-02.pcapng']) await page.getByLabel(`Select ${name}`).check()
    expect(await page.locator('.chosen').textContent()).toBe('2 selected')
    await page.getByPlaceholder('Tags, with commas between').fill('by-mouse')
    await page.getByRole('button', { name: 'Add tags' }).click()
    await poll(() => toast(page).textContent()).toContain('2 captures were tagged.')
    for (const id of ids) expect((await statusOf(id))?.tags).toContain('by-mouse')
    for (const name of ['db-failover.pcap', 'router-west-02.pcapng']) await page.getByLabel(`Select ${name}`).check()
    await page.getByRole('button', { name: 'Make private' }).click()
    await poll(() => toast(page).textContent()).toContain('made private')
    for (const id of ids) expect((await statusOf(id))?.visibility).toBe('private')
    for (const name of ['db-failover.pcap', 'router-west-02.pcapng']) await page.getByLabel(`Select ${name}`).check()
    await page.getByRole('button', { name: 'Delete', exact: true }).click()
    await poll(() => toast(page).textContent()).toContain('2 captures were deleted.')
    expect(await names(page)).not.toContain('db-failover.pcap')
    for (const id of ids) expect(await statusOf(id)).toBeNull()
    await inspect(page, 'my-deleted-toast')
    await page.getByRole('button', { name: 'Undo' }).click()
    await poll(() => names(page)).toContain('db-failover.pcap')
    for (const id of ids) await isRead(id)
    expect(complaints).toEqual([])
    await context.close()
  })

  it('by the keyboard alone', async () => {
    const context = await contextOf()
    const { page } = await watched(context)
    await page.goto(`${base}/my?sort=name`)
    const keys = async (...all: string[]) => {
      for (const key of all) await page.keyboard.press(key)
    }
    const focused = () => page.evaluate('document.activeElement.textContent')
    const list = await names(page)
    await keys('j', 'j')
    expect(await focused()).toBe(list[1])
    await keys('x', 'j', 'x', 'k', 'k')
    expect(await focused()).toBe(list[0])
    expect(await page.locator('.chosen').textContent()).toBe('2 selected')
    await keys('t')
    await page.keyboard.type('by-keyboard')
    await keys('Enter') // the first button of the form: add
    await poll(() => toast(page).textContent()).toContain('2 captures were tagged.')
    await keys('Escape', 'j', 'x', '#')
    await poll(() => toast(page).textContent()).toContain('1 capture was deleted.')
    expect(await names(page)).toHaveLength(list.length - 1)
    await keys('z')
    await poll(() => names(page)).toEqual(list)
    await keys('?')
    expect(await page.getByRole('dialog', { name: 'Keyboard' }).isVisible()).toBe(true)
    await inspect(page, 'my-help')
    await keys('Escape', '/')
    await page.keyboard.type('voip')
    await poll(() => names(page)).toEqual(['voip call <b>3.pcap'])
    await keys('Escape', 'j', 'Enter')
    await page.waitForURL(`**/captures/${found.get('voip call <b>3.pcap')}`)
    await context.close()
  })

  it('single keys do nothing where they are turned off', async () => {
    const context = await contextOf()
    const { page } = await watched(context)
    await page.goto(`${base}/my`)
    await page.keyboard.press('?')
    await page.getByLabel('Single keys work on this page').uncheck()
    await page.keyboard.press('Escape')
    await page.reload()
    await page.keyboard.press('j')
    expect(await page.evaluate('document.activeElement.tagName')).toBe('BODY')
    await context.close()
  })

  it('lists what was deleted, and restores it', async () => {
    const id = await put('to be restored.pcap', 5)
    await isRead(id)
    const context = await contextOf()
    const { page } = await watched(context)
    await page.goto(`${base}/my?q=restored`)
    await page.getByLabel('Select to be restored.pcap').check()
    await page.getByRole('button', { name: 'Delete', exact: true }).click()
    await poll(() => toast(page).textContent()).toContain('deleted')
    await page.goto(`${base}/my?deleted`)
    await inspect(page, 'my-deleted')
    await page.getByLabel('Select to be restored.pcap').check()
    await page.getByRole('button', { name: 'Restore' }).click()
    await poll(() => toast(page).textContent()).toContain('1 capture is back.')
    await isRead(id)
    await inspect(page, 'my-deleted-none')
    await context.close()
  })

  it('does all of it without a script', async () => {
    const context = await contextOf({ javaScriptEnabled: false })
    const { page } = await watched(context)
    await page.goto(`${base}/my`)
    await page.getByRole('searchbox', { name: 'Search' }).fill('db')
    await page.getByRole('button', { name: 'Search' }).click()
    await expect.poll(() => names(page)).toEqual(['db-failover.pcap'])
    await page.getByLabel('Select db-failover.pcap').check()
    await page.getByPlaceholder('Tags, with commas between').fill('no-script')
    await page.getByRole('button', { name: 'Add tags' }).click()
    expect(await toast(page).textContent()).toContain('1 capture was tagged.')
    await expect.poll(() => names(page)).toEqual(['db-failover.pcap'])
    await page.getByLabel('Select db-failover.pcap').check()
    await page.getByRole('button', { name: 'Delete', exact: true }).click()
    await page.getByRole('button', { name: 'Undo' }).click()
    await expect.poll(() => names(page)).toEqual(['db-failover.pcap'])
    await page.goto(`${base}/my`)
    await page.getByRole('link', { name: 'Size' }).click()
    await expect.poll(async () => (await names(page))[0]).toBe('voip call <b>3.pcap')
    await context.close()
  })

  it.skipIf(!has('python3'))('downloads many as a ZIP that Python unpacks to the very bytes', async () => {
    const context = await contextOf({ acceptDownloads: true })
    const { page } = await watched(context)
    await page.goto(`${base}/my?sort=name`)
    await page.getByLabel('Select db-failover.pcap').check()
    await page.getByLabel('Select voip call').check()
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download' }).click(),
    ])
    expect(download.suggestedFilename()).toMatch(/^captures-\d{4}-\d\d-\d\d\.zip$/)
    const folder = await mkdtemp(join(tmpdir(), 'pcaport-zip-'))
    await download.saveAs(join(folder, 'all.zip'))
    await run('python3', ['-m', 'zipfile', '-t', join(folder, 'all.zip')])
    await run('python3', ['-m', 'zipfile', '-e', join(folder, 'all.zip'), folder])
    expect(await readFile(join(folder, 'db-failover.pcap'))).toEqual(Buffer.from(captureOf(3)))
    expect(await readFile(join(folder, 'voip call _b_3.pcap'))).toEqual(Buffer.from(captureOf(1200)))
    await rm(folder, { recursive: true })
    await context.close()
  })

  it('loads at most 30 KB of script', async () => {
    const context = await contextOf()
    const { page } = await watched(context)
    const scripts = scriptsOf(page)
    await page.goto(`${base}/my`, { waitUntil: 'networkidle' })
    expect(scripts.paths().length).toBeGreaterThan(2)
    expect(await scripts.gzipped()).toBeLessThan(30_000)
    await context.close()
  })
})
