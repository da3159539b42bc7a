/** Links and notes with real programs against a real `npm start`: Chromium, curl, the command. `SHOTS=<folder>` keeps pictures. */
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Home, newHome } from '../cli/pcaport.ts'
import { payload, pcap } from '../support/captures.ts'
import { AXE, hear, RUN_AXE } from '../support/chromium.ts'
import { CHROMIUM, needs } from '../support/needs.ts'
import { type Server, startServer } from '../support/server.ts'

const run = promisify(execFile)
const PASSWORD = 'correct horse battery'
const CAPTURE = pcap(Array.from({ length: 20 }, (_, n) => ({ seconds: 1_700_000_000 + n, data: payload(60, n) })))
const KEYLOG = `CLIENT_RANDOM ${'a1'.repeat(32)} ${'b2'.repeat(48)}\n`
const NARROW = { width: 360, height: 740 }
const WIDE = { width: 1366, height: 768 }

interface Share {
  id: string
  url: string
  status: string
  views: number
}

let server: Server
let bearer: { Authorization: string }
let id = ''
beforeAll(async () => {
  server = await startServer({ port: Number(process.env.SHARES_PORT ?? 0) })
  bearer = { Authorization: `Bearer ${server.token}` }
  const form = new FormData()
  form.set('file', new File([CAPTURE], 'voip.pcap'))
  form.set('keylog', new File([KEYLOG], 'keys.log'))
  const answer = await fetch(`${server.url}/api/v1/upload/private/`, { method: 'POST', headers: bearer, body: form })
  id = ((await answer.json()) as { uuid: string }).uuid
  const status = async () => {
    const asked = await fetch(`${server.url}/api/v1/pcaps/private/status/${id}`, { headers: bearer })
    return ((await asked.json()) as { status: string }).status
  }
  await vi.waitUntil(async () => (await status()) === 'ok', { timeout: 20_000, interval: 100 })
}, 120_000)
afterAll(() => server?.stop(), 60_000)

async function make(wish: object = {}): Promise<Share> {
  const headers = { ...bearer, 'Content-Type': 'application/json' }
  const init = { method: 'POST', headers, body: JSON.stringify(wish) }
  const answer = await fetch(`${server.url}/api/v2/captures/${id}/shares`, init)
  expect(answer.status).toBe(201)
  return (await answer.json()) as Share
}
async function seen(share: Share): Promise<Share> {
  const answer = await fetch(`${server.url}/api/v2/captures/${id}/shares`, { headers: bearer })
  const { shares } = (await answer.json()) as { shares: Share[] }
  return shares.find((one) => one.id === share.id) as Share
}

describe.skipIf(!needs.chromium.met)('a link in Chromium', () => {
  let browser: Browser
  beforeAll(async () => {
    const args = ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking']
    browser = await chromium.launch({ executablePath: CHROMIUM, args })
  })
  afterAll(() => browser?.close())

  /** A reader of their own, with what the browser complained about. */
  async function reader(options: Parameters<Browser['newContext']>[0] = {}) {
    const context = await browser.newContext({ viewport: WIDE, acceptDownloads: true, ...options })
    const page = await context.newPage()
    const complaints: string[] = []
    hear(page, complaints)
    return { context, page, complaints }
  }

  /** Clean for axe in both schemes, at both widths without a sideways scroll. */
  async function expectClean(page: Page, name: string): Promise<void> {
    await page.evaluate(AXE)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      for (const viewport of [WIDE, NARROW]) {
        await page.setViewportSize(viewport)
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(viewport.width)
        if (process.env.SHOTS === undefined) continue
        await mkdir(process.env.SHOTS, { recursive: true })
        const path = join(process.env.SHOTS, `live-${name}.${colorScheme}.${viewport.width}.png`)
        await page.screenshot({ path, fullPage: true })
      }
      expect(await page.evaluate(RUN_AXE), `${name}, ${colorScheme}`).toEqual([])
    }
  }

  const bytesOf = async (page: Page, name: string) => {
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name }).click()])
    return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) }
  }

  const cookiesOf = async (context: BrowserContext) =>
    (await context.cookies()).map(({ name, path, httpOnly, sameSite }) => ({ name, path, httpOnly, sameSite }))

  it('opens a private capture, with its bytes and key log, and leads nowhere else', async () => {
    const share = await make({ keylog: true, expiresAt: new Date(Date.now() + 86_400_000).toISOString() })
    const { context, page, complaints } = await reader()
    await page.goto(share.url)
    await page.getByRole('heading', { name: 'voip.pcap' }).waitFor()
    await expectClean(page, 'share')
    const hrefs = await page.evaluate<string[]>(
      `[...document.querySelectorAll('main a, main form')].map((one) => one.href || one.action)`,
    )
    expect(hrefs).toEqual(expect.arrayContaining(['/download', '/packets', '/keylog'].map((path) => share.url + path)))
    expect(hrefs.filter((href) => !/^(\/[a-z]|\?|$)/.test(href.replace(share.url, '')))).toEqual([])
    expect(await bytesOf(page, 'Download capture')).toEqual({ name: 'voip.pcap', bytes: Buffer.from(CAPTURE) })
    expect(await bytesOf(page, 'Download TLS key log')).toEqual({ name: 'voip.keylog', bytes: Buffer.from(KEYLOG) })
    await page.reload()
    expect(await seen(share)).toMatchObject({ views: 1 })
    expect(await cookiesOf(context)).toEqual([
      { name: 'visit', path: `/s/${share.id}`, httpOnly: true, sameSite: 'Lax' },
    ])
    expect(complaints).toEqual([])
    await context.close()
  })

  it('asks for the password, with scripts off, too, and takes the form of its own page', async () => {
    const share = await make({ password: PASSWORD, viewLimit: 1 })
    const { context, page } = await reader({ javaScriptEnabled: false })
    const sent: (string | undefined)[] = []
    page.on('request', async (request) => {
      if (request.method() === 'POST') sent.push((await request.allHeaders()).origin)
    })
    await page.goto(`${share.url}/download`)
    expect(page.url()).toBe(share.url)
    await page.getByLabel('Password of this link').fill('correct horse')
    await page.getByRole('button', { name: 'Open the capture' }).click()
    expect(await page.locator('main').textContent()).toContain('That is not the password of this link')
    await page.getByLabel('Password of this link').fill(PASSWORD)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'voip.pcap' }).waitFor()
    expect(page.url()).toBe(share.url)
    expect(sent).toEqual([server.url, server.url]) // by plain http beyond this machine, nothing else would say so
    expect((await bytesOf(page, 'Download capture')).bytes).toEqual(Buffer.from(CAPTURE))
    const other = await reader()
    await other.page.goto(share.url)
    expect(await other.page.locator('h1').textContent()).toBe('This link has been used up')
    await other.context.close()
    await context.close()
  })

  it('has clean forms and ends', async () => {
    const { context, page } = await reader()
    const locked = await make({ password: PASSWORD })
    await page.goto(locked.url)
    await expectClean(page, 'password')
    await page.getByLabel('Password of this link').fill('wrong')
    await page.keyboard.press('Enter')
    await page.getByText('That is not the password').waitFor()
    await expectClean(page, 'wrong')
    const limited = await make({ viewLimit: 3, packets: { from: 3, to: 5 } })
    await page.goto(limited.url)
    await expectClean(page, 'limited')
    await page.getByRole('button', { name: 'Open the capture' }).click()
    await page.getByText('3 to 5').waitFor()
    await expectClean(page, 'part')
    const brief = await make({ expiresAt: new Date(Date.now() + 500).toISOString() })
    await expect.poll(async () => (await seen(brief)).status).toBe('expired')
    expect((await page.goto(brief.url))?.status()).toBe(410)
    expect(await page.locator('h1').textContent()).toBe('This link has expired')
    await expectClean(page, 'expired')
    await context.close()
  })

  it('is not opened by the form of another site', async () => {
    const share = await make({ viewLimit: 1 })
    const { context, page } = await reader()
    await page.route('http://other.example/', (route) =>
      route.fulfill({
        contentType: 'text/html',
        body: `<form method="post" action="${share.url}"><button>Win</button></form>`,
      }),
    )
    await page.goto('http://other.example/')
    await page.getByRole('button').click()
    await page.waitForURL(share.url)
    expect(await page.locator('main').textContent()).toContain('not done for a page of another site')
    expect(await seen(share)).toMatchObject({ views: 0 })
    await context.close()
  })
})

describe.skipIf(!needs.curl.met)('curl', () => {
  /** Status, headers and body; the date is left out. */
  async function curl(...args: string[]) {
    const { stdout } = await run('curl', ['-sS', '-i', ...args])
    const [head = '', ...rest] = stdout.split('\r\n\r\n')
    const [line = '', ...fields] = head.split('\r\n')
    const headers = Object.fromEntries(fields.map((field) => field.split(/: ?(.*)/).slice(0, 2)))
    const known = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])
    return { status: Number(line.split(' ')[1]), headers: Object.fromEntries(known), body: rest.join('\r\n\r\n') }
  }
  /** Of every answer of the API. */
  const COMMON = {
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  }
  const plain = ({ headers }: Awaited<ReturnType<typeof curl>>) => {
    const {
      date: _date,
      connection: _connection,
      'keep-alive': _alive,
      'transfer-encoding': _coding,
      ...told
    } = headers
    return told
  }

  it('writes, reads and takes notes away as CloudShark’s page shows it, header for header', async () => {
    const path = `${server.url}/api/v1/${server.token}/annotations/${id}`
    const line = (frame: number, text: string) => ({ line: frame, capture_id: id, text, user: expect.any(String) })
    const none = await curl(path)
    expect([none.status, none.body, plain(none)]).toEqual([
      200,
      '[]',
      { ...COMMON, 'content-length': '2', 'content-type': 'application/json' },
    ])
    const first = await curl(
      '-X',
      'POST',
      path,
      '--data',
      'frame=5',
      '--data',
      'text=Take a look at this frame for issues',
    )
    expect(first.status).toBe(200)
    expect(plain(first)).toEqual({
      ...COMMON,
      'content-length': String(first.body.length),
      'content-type': 'application/json',
    })
    expect(JSON.parse(first.body)).toEqual([line(5, 'Take a look at this frame for issues')])
    expect(Object.keys(JSON.parse(first.body)[0])).toEqual(['line', 'capture_id', 'text', 'user'])
    const second = await curl('-X', 'POST', `${path}?frame=3&text=My+Annotation`)
    expect(JSON.parse(second.body)).toEqual([line(3, 'My Annotation'), line(5, 'Take a look at this frame for issues')])
    const quiet = await curl('-X', 'POST', `${path}?quiet=true`, '-F', 'frame=3')
    expect([quiet.status, quiet.body, plain(quiet)]).toEqual([204, '', COMMON])
    expect(JSON.parse((await curl(path)).body)).toEqual([line(5, 'Take a look at this frame for issues')])
    const refused = await curl('-d', 'frame=21', '-d', 'text=x', path)
    expect([refused.status, JSON.parse(refused.body)]).toEqual([
      400,
      { status: 400, exceptions: ['frame is 21, and the capture ends with 20.'] },
    ])
    const head = await curl('-I', path)
    expect([head.status, head.headers['content-type']]).toEqual([200, 'application/json'])
  })

  it('takes a link with a password by -u', async () => {
    const share = await make({ password: PASSWORD, packets: { from: 2, to: 4 } })
    const none = await curl(`${share.url}/download`)
    expect([none.status, none.headers['content-type']]).toEqual([401, 'application/problem+json'])
    const { stdout } = await run('curl', ['-sSf', '-u', `:${PASSWORD}`, `${share.url}/download`], {
      encoding: 'buffer',
    })
    expect(stdout.subarray(0, 4).toString('hex')).toBe('0a0d0d0a')
    expect(await seen(share)).toMatchObject({ views: 1 })
  })

  it.skipIf(!needs.tshark.met || !needs.editcap.met)(
    'gets of a part what editcap cuts out, as tshark reads it',
    async () => {
      const share = await make({ packets: { from: 2, to: 4 } })
      const folder = await mkdtemp(join(tmpdir(), 'pcaport-part-'))
      const [whole, ours, theirs] = ['whole.pcap', 'ours.pcapng', 'theirs.pcapng'].map((name) => join(folder, name))
      await writeFile(whole as string, CAPTURE)
      await run('curl', ['-sSf', '-o', ours as string, `${share.url}/download`])
      await run('editcap', ['-r', whole as string, theirs as string, '2-4'])
      const told = async (path = '') => {
        const fields = ['frame.time_epoch', 'frame.len', 'frame.cap_len', 'frame.encap_type'].flatMap((one) => [
          '-e',
          one,
        ])
        const facts = await run('tshark', ['-r', path, '-T', 'fields', ...fields])
        return facts.stdout + (await run('tshark', ['-r', path, '-x'])).stdout
      }
      const [read, wanted] = [await told(ours), await told(theirs)]
      await rm(folder, { recursive: true })
      expect(wanted).toContain('1700000001')
      expect(read).toBe(wanted)
    },
  )
})

describe('pcaport share, shares and unshare', () => {
  let home: Home
  beforeAll(() => {
    home = newHome([server.token, PASSWORD], server.url, server.token)
  })
  afterAll(() => home?.remove())

  it('make, list and withdraw links', async () => {
    const more = ['--expires', '7d', '--password', '-', '--views', '3', '--packets', '2-4', '--keylog']
    const made = await home.run(['share', id, ...more], `${PASSWORD}\n`)
    expect(made).toMatchObject({ code: 0, err: '' })
    expect(made.out).toMatch(new RegExp(`^${server.url}/s/[0-9a-f]{32}\\n$`))
    const link = made.out.trim()
    const password = Buffer.from(`:${PASSWORD}`).toString('base64')
    const opened = await fetch(`${link}/keylog`, { headers: { Authorization: `Basic ${password}` } })
    expect(await opened.text()).toBe(KEYLOG)
    const { out } = await home.run(['shares', id])
    expect(out).toMatch(new RegExp(`${link}  open +1/3 .*packets 2-4, password, key log`))
    const json = (await home.run(['shares', id, '--json'])).out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    const expiresAt = Date.parse(json.find(({ url }) => url === link).expiresAt)
    expect(Math.abs(expiresAt - Date.now() - 7 * 86_400_000)).toBeLessThan(60_000)
    expect(await home.run(['unshare', link])).toMatchObject({ code: 0, err: expect.stringMatching(/^Withdrawn/) })
    expect((await fetch(link)).status).toBe(410)
    expect(await home.run(['unshare', '0'.repeat(32)])).toMatchObject({
      code: 1,
      err: expect.stringMatching(/no such link/),
    })
  })

  it.each([
    [['share', 'ID', '--password', PASSWORD.slice(0, 5)], /takes - alone/],
    [['share', 'ID', '--expires', 'soon'], /--expires takes/],
    [['share', 'ID', '--packets', 'x'], /--packets takes/],
  ])('%j is asked for wrongly', async (args, words) => {
    const { code, err } = await home.run(args.map((word) => (word === 'ID' ? id : word)))
    expect([code, words.test(err)]).toEqual([2, true])
  })
})
