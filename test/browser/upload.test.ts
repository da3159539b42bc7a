/**
 * `/upload` in Chromium against a real `npm start`, over connections that break. `UPLOAD_MB=300` sends that much, else 40 MB; `SHOTS=<folder>`
 * keeps pictures.
 */
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Browser, Cookie, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { payload, pcap } from '../support/captures.ts'
import { inspect, launch, poll, scriptsOf, signIn, WIDE, watched } from '../support/chromium.ts'
import { type CuttingProxy, cuttingProxy } from '../support/cutting-proxy.ts'
import { needs } from '../support/needs.ts'
import { type Server, startServer } from '../support/server.ts'

const SIZE = Number(process.env.UPLOAD_MB ?? 40) * 1_000_000
const CHUNK = 8 * 1024 ** 2
/** Headers, pages and looks at a status beside the bytes of a file. */
const BESIDE = 300_000
const captureOf = (packets: number, size = 60) =>
  pcap(Array.from({ length: packets }, (_, n) => ({ seconds: 1_700_000_000 + n, data: payload(size, n % 256) })))
const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0])

describe.skipIf(!needs.chromium.met)('uploads by the page', () => {
  let server: Server
  let browser: Browser
  let proxy: CuttingProxy
  let web: HttpServer
  let cookies: Cookie[]
  let folder = ''
  /** By way of the proxy. */
  let base = ''
  /** A capture that is large, how many packets it has, and its digest. */
  const large = { path: '', packets: Math.ceil(SIZE / 65_552), sha256: '' }

  beforeAll(async () => {
    web = createServer((request, response) => {
      if (request.url !== '/by-url.pcap') return response.writeHead(404).end('no such thing')
      return response.end(Buffer.from(captureOf(7)))
    })
    await new Promise<void>((listening) => web.listen(Number(process.env.WEB_PORT ?? 0), '127.0.0.1', listening))
    const allowed = `127.0.0.1:${(web.address() as AddressInfo).port}`
    ;[server, browser] = await Promise.all([
      startServer({ port: Number(process.env.UPLOAD_PORT ?? 0), env: { FETCH_ALLOW: allowed } }),
      launch(),
    ])
    cookies = await signIn(browser, server)
    proxy = await cuttingProxy(server.port)
    base = `http://localhost:${new URL(proxy.url).port}`
    folder = await mkdtemp(join(tmpdir(), 'pcaport-upload-'))
    const record = { data: payload(65_536) }
    const bytes = Buffer.from(pcap(Array.from({ length: large.packets }, () => record)))
    large.path = join(folder, 'large.pcap')
    large.sha256 = createHash('sha256').update(bytes).digest('hex')
    await writeFile(large.path, bytes)
  }, 120_000)
  afterAll(async () => {
    await browser?.close()
    await proxy?.close()
    await server?.stop()
    web?.close()
    await rm(folder, { recursive: true, force: true })
  }, 60_000)

  async function open(path = '/upload', options: Parameters<Browser['newContext']>[0] = {}) {
    const context = await browser.newContext({ viewport: WIDE, ...options })
    await context.addCookies(cookies)
    const { page, complaints } = await watched(context)
    page.on('dialog', (dialog) => void dialog.accept()) // whether to leave while something is sent
    await page.goto(`${base}${path}`, { waitUntil: 'networkidle' })
    return { context, page, complaints }
  }
  async function choose(page: Page, files: Parameters<Page['setInputFiles']>[1], button = 'Choose files') {
    const [chooser] = await Promise.all([
      page.waitForEvent('filechooser'),
      page.getByRole('button', { name: button }).click(),
    ])
    await chooser.setFiles(files)
  }
  const fileOf = (name: string, bytes: Uint8Array) => ({ name, mimeType: '', buffer: Buffer.from(bytes) })
  const row = (page: Page, name: string) => page.locator('.upload', { hasText: name })
  const state = (page: Page, name: string) => row(page, name).getAttribute('data-state')
  async function captureBehind(page: Page, name: string) {
    const link = await row(page, name).getByRole('link', { name: 'Open' }).getAttribute('href')
    const id = link?.split('/').at(-1)
    const answer = await fetch(`${server.url}/api/v2/captures/${id}`, {
      headers: { Authorization: `Bearer ${server.token}` },
    })
    return (await answer.json()) as { filename: string; tags: string[]; comments: string; visibility: string; size: number; hashes: { sha256: string }; facts: { packets: number } } // biome-ignore format: what is looked at
  }
  const isReady = (page: Page, name: string) => poll(() => state(page, name), { timeout: 60_000 }).toBe('ready')

  it('sends what is chosen, with the tags, comment and visibility of the batch, and tells its facts', async () => {
    const { context, page, complaints } = await open()
    await inspect(page, 'upload')
    await page.getByLabel('Tags').fill('lab, dns')
    await page.getByLabel('Comment').fill('by the page')
    await page.getByLabel('Who sees it').selectOption('private')
    await choose(page, [fileOf('one.pcap', captureOf(1234)), fileOf('two.pcap.gz', gzipSync(captureOf(321)))])
    await isReady(page, 'one.pcap')
    await isReady(page, 'two.pcap.gz')
    expect(await row(page, 'one.pcap').textContent()).toContain('1,234 packets, pcap, over 20 m 33.0 s')
    expect(await row(page, 'two.pcap.gz').textContent()).toContain('321 packets')
    expect(await captureBehind(page, 'one.pcap')).toMatchObject({ filename: 'one.pcap', tags: ['lab', 'dns'], comments: 'by the page', visibility: 'private', facts: { packets: 1234 } }) // biome-ignore format: one capture
    await inspect(page, 'upload-ready')
    await row(page, 'one.pcap').getByRole('link', { name: 'Open' }).click()
    await page.waitForURL('**/captures/*')
    expect(complaints).toEqual([])
    await context.close()
  })

  it('says at once what is no capture, and sends nothing of it', async () => {
    const { context, page } = await open()
    const asked: string[] = []
    page.on('request', (request) => asked.push(`${request.method()} ${new URL(request.url()).pathname}`))
    await choose(page, [fileOf('photo.png', PNG), fileOf('empty.pcap', new Uint8Array(0))])
    await poll(() => row(page, 'photo.png').textContent()).toContain(
      'The file is a PNG image, not a packet capture. It was not sent.',
    )
    await poll(() => row(page, 'empty.pcap').textContent()).toContain('The file is empty')
    expect(asked.filter((one) => one.includes('/files'))).toEqual([])
    await inspect(page, 'upload-refused')
    await context.close()
  })

  it(`sends ${SIZE / 1_000_000} MB over a connection that is cut in the middle, no byte twice beyond one chunk`, async () => {
    const { context, page } = await open()
    const before = proxy.sent()
    let cuts = 0
    proxy.cutAt([SIZE * 0.5], (cut) => {
      cuts = cut
    })
    await choose(page, large.path)
    await poll(() => state(page, 'large.pcap'), { timeout: 120_000 }).toMatch(/processing|ready/)
    expect(cuts).toBe(1)
    const sent = proxy.sent() - before
    console.log(`${sent} bytes went by for a file of ${(await readFile(large.path)).length}`)
    expect(sent - (await readFile(large.path)).length).toBeLessThan(CHUNK + BESIDE)
    await poll(() => state(page, 'large.pcap'), { timeout: 120_000 }).toBe('ready')
    const capture = await captureBehind(page, 'large.pcap')
    expect([capture.hashes.sha256, capture.facts.packets]).toEqual([large.sha256, large.packets])
    await context.close()
  }, 300_000)

  it('goes on after a reload when the file is chosen again, with what was sent', async () => {
    const { context, page } = await open()
    const before = proxy.sent()
    const path = join(folder, 'reloaded.pcap')
    await writeFile(path, await readFile(large.path))
    // Whatever is sent from there on does not come far.
    const points = Array.from({ length: 200 }, (_, n) => SIZE * 0.5 + n * 50_000)
    const isCut = new Promise<void>((cut) => proxy.cutAt(points, () => cut()))
    await choose(page, path)
    await isCut
    await poll(() => state(page, 'reloaded.pcap')).toBe('lost')
    proxy.cutAt([], () => undefined)
    await page.reload()
    await poll(() => page.locator('main').textContent()).toContain('1 upload was interrupted')
    await inspect(page, 'upload-interrupted')
    await choose(page, path, 'Choose it again: reloaded.pcap')
    await isReady(page, 'reloaded.pcap')
    expect(await page.locator('main').textContent()).not.toContain('interrupted')
    expect(proxy.sent() - before - (await readFile(path)).length).toBeLessThan(CHUNK + 5 * BESIDE)
    expect((await captureBehind(page, 'reloaded.pcap')).hashes.sha256).toBe(large.sha256)
    await page.reload()
    expect(await page.locator('main').textContent()).not.toContain('interrupted')
    await context.close()
  }, 120_000)

  it('pauses, goes on, waits while there is no network, and tells how fast it is; at most three at once', async () => {
    const { context, page } = await open()
    const names = ['a', 'b', 'c', 'd'].map((one) => `${one}-slow.pcap`)
    const states = () => page.locator('.upload').evaluateAll((all) => all.map((one) => one.getAttribute('data-state')))
    proxy.slowTo(400_000) // of 48 MB: all that is looked at has time
    const files = names.map((name) => fileOf(name, captureOf(200, 60_000)))
    await choose(page, files)
    await poll(() => row(page, 'a-slow.pcap').textContent()).toMatch(/MiB of 11\.\d MiB · .*\/s · .* left/)
    await poll(async () => (await states()).toSorted()).toEqual(['sending', 'sending', 'sending', 'waiting'])
    expect(await state(page, 'd-slow.pcap')).toBe('waiting')
    await inspect(page, 'upload-sending')
    await page.getByRole('button', { name: 'Pause all' }).click()
    await poll(states).toEqual(['paused', 'paused', 'paused', 'paused'])
    await page.getByRole('button', { name: 'Resume a-slow.pcap' }).click()
    await poll(() => state(page, 'a-slow.pcap')).toBe('sending')
    await context.setOffline(true)
    await poll(() => state(page, 'a-slow.pcap')).toBe('lost')
    expect(await row(page, 'a-slow.pcap').textContent()).toContain('goes on by itself')
    proxy.slowTo(0)
    await context.setOffline(false)
    await isReady(page, 'a-slow.pcap')
    expect(await states()).toEqual(['paused', 'paused', 'paused', 'ready'])
    await page.getByRole('button', { name: 'Resume all' }).click()
    for (const name of names) {
      await isReady(page, name)
      expect((await captureBehind(page, name)).facts.packets).toBe(200)
    }
    await context.close()
  }, 120_000)

  it('ends one that is cancelled, here and at the server', async () => {
    const { context, page } = await open()
    proxy.slowTo(300_000)
    const [gone] = await Promise.all([
      page.waitForRequest((request) => request.method() === 'DELETE', { timeout: 20_000 }),
      (async () => {
        await choose(page, fileOf('unwanted.pcap', captureOf(200, 60_000)))
        await poll(() => row(page, 'unwanted.pcap').textContent()).toContain('/s')
        await page.getByRole('button', { name: 'Cancel unwanted.pcap' }).click()
      })(),
    ])
    proxy.slowTo(0)
    expect((await (await gone.response())?.finished()) ?? null).toBeNull()
    expect((await gone.response())?.status()).toBe(204)
    await poll(() => state(page, 'unwanted.pcap')).toBe('cancelled')
    await context.close()
  })

  it('fetches a URL that is pasted, and says what became of one that leads to nothing', async () => {
    const { context, page } = await open()
    const { port } = web.address() as AddressInfo
    await page.evaluate(`(() => {
      const clipboardData = new DataTransfer()
      clipboardData.setData('text/plain', 'http://127.0.0.1:${port}/by-url.pcap')
      document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))
    })()`)
    await page.keyboard.press('Enter')
    await isReady(page, 'by-url.pcap')
    expect(await row(page, 'by-url.pcap').textContent()).toContain('7 packets, pcap')
    const field = page.locator('input[name=url]')
    await field.fill('http://127.0.0.1:1/refused.pcap')
    await page.getByRole('button', { name: 'Fetch' }).click()
    await poll(() => state(page, 'refused.pcap')).toBe('failed')
    await inspect(page, 'upload-url')
    await context.close()
  })

  it.each(['/upload', '/my', '/'])('takes files and folders that are dropped on %s', async (path) => {
    const dropped = join(folder, `dropped${path.replaceAll('/', '-')}`)
    await mkdir(join(dropped, 'deeper'), { recursive: true })
    const name = `in-folder${path.replaceAll('/', '-')}.pcap`
    await writeFile(join(dropped, 'deeper', name), captureOf(11))
    await writeFile(join(dropped, 'page.html'), '<html></html>')
    await writeFile(join(dropped, '.hidden'), 'hidden')
    const { context, page, complaints } = await open(path)
    const session = await context.newCDPSession(page)
    const data = { items: [], files: [dropped], dragOperationsMask: 1 }
    for (const type of ['dragEnter', 'dragOver'] as const)
      await session.send('Input.dispatchDragEvent', { type, x: 500, y: 400, data })
    expect(await page.locator('.veil').isVisible()).toBe(true)
    if (path === '/my') await inspect(page, 'my-veil')
    await session.send('Input.dispatchDragEvent', { type: 'drop', x: 500, y: 400, data })
    await isReady(page, name)
    expect(await page.locator('.veil').isVisible()).toBe(false)
    expect(await page.locator('.uploads').textContent()).toContain('1 file in the folder is no capture')
    if (path === '/my') {
      await poll(() => page.locator('tbody a.open').allTextContents()).toContain(name)
      await inspect(page, 'my-tray')
    }
    expect(complaints).toEqual([])
    await context.close()
  })

  it('works without a script, by a plain form that leads to the capture', async () => {
    const { context, page } = await open('/upload', { javaScriptEnabled: false })
    await page.getByLabel('Tags').fill('plain')
    await page.getByLabel('Who sees it').selectOption('private')
    await page.getByLabel('Capture', { exact: true }).setInputFiles(fileOf('plain.pcap', captureOf(5)))
    await page.getByRole('button', { name: 'Upload' }).click()
    await page.waitForURL('**/captures/*')
    expect(await page.locator('h1').textContent()).toBe('plain.pcap')
    expect(await page.locator('main').textContent()).toContain('Private')
    await page.goto(`${base}/upload`)
    await inspectPlain(page)
    const { port } = web.address() as AddressInfo
    await page.locator('input[name=url]').fill(`http://127.0.0.1:${port}/by-url.pcap`)
    await page.getByRole('button', { name: 'Fetch' }).click()
    await page.waitForURL('**/captures/*')
    await context.close()
  })

  async function inspectPlain(page: Page) {
    if (process.env.SHOTS !== undefined) await page.screenshot({ path: join(process.env.SHOTS, 'upload-plain.png') })
    expect(await page.getByRole('button', { name: 'Choose files' }).count()).toBe(0)
  }

  it('loads at most 30 KB of script, and no engine before a file is chosen', async () => {
    const context = await browser.newContext()
    await context.addCookies(cookies)
    const { page } = await watched(context)
    const scripts = scriptsOf(page)
    await page.goto(`${base}/upload`, { waitUntil: 'networkidle' })
    const total = () => scripts.gzipped((path) => path !== '/islands/reading.js')
    expect(scripts.paths().length).toBeGreaterThan(2)
    expect(scripts.paths()).not.toContain('/islands/reading.js')
    expect(await total()).toBeLessThan(30_000)
    await choose(page, fileOf('small.pcap', captureOf(1)))
    await isReady(page, 'small.pcap')
    const whole = await total()
    console.log(`script when something is uploaded: ${whole} bytes gzipped`)
    expect(whole).toBeLessThan(40_000)
    await context.close()
  })
})
