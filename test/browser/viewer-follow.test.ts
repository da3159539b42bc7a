/** Streams in the viewer's dialog beside `tshark -z follow`, for each protocol that it follows; QUIC by a key log. `SHOTS=<folder>` keeps pictures. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { AXE, hear, launch, RUN_AXE } from '../support/chromium.ts'
import { needs } from '../support/needs.ts'
import { recordedHttp2 } from '../support/recorded-http2.ts'
import { QUIC_ANSWER, recordedQuic } from '../support/recorded-quic.ts'
import { recordedTls } from '../support/recorded-tls.ts'
import { captureOf, framesOf } from '../support/tcp-traffic.ts'
import { columnsOf, numbersOf, streamOf } from '../support/tshark.ts'
import { serveViewer, type ViewerServer } from '../support/viewer.ts'

const WIDE = { width: 1366, height: 768 }
const NARROW = { width: 360, height: 740 }

/** Bytes that the server sends in the long stream. */
const LONG = 20 * 1024 * 1024

/** `GET https …/pcaport.txt` as the client packed it (RFC 9204): `:method` 17 and `:scheme` 23 of the static table, and `:path` with its value in
 * the code of RFC 7541, B. */
const CODES: Record<string, string> = {
  '/': '011000',
  p: '101011',
  c: '00100',
  a: '00011',
  o: '00111',
  r: '101100',
  t: '01001',
  '.': '010111',
  x: '1111001',
}
function packed(path: string): string {
  const bits = Array.from(path, (letter) => CODES[letter]).join('')
  const octets = bits.padEnd(Math.ceil(bits.length / 8) * 8, '1').match(/.{8}/g) ?? []
  const value = octets.map((octet) => Number.parseInt(octet, 2).toString(16).padStart(2, '0')).join('')
  return `51${(0x80 | octets.length).toString(16)}${value}`
}

describe.skipIf(!needs.chromium.met || !needs.tshark.met)('a stream in the viewer', () => {
  let server: ViewerServer
  let browser: Browser
  let context: BrowserContext
  let page: Page
  let folder: string
  let complaints: string[]
  let keylogs: Record<string, string>

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pcaport-follow-'))
    const [tls, quic, http2] = [await recordedTls(), recordedQuic(), await recordedHttp2()]
    const line = new TextEncoder().encode('a line of some text, sent again and again\r\n'.repeat(32))
    const long = framesOf({
      client: { host: '192.0.2.10', port: 50_000 },
      server: { host: '198.51.100.7', port: 9999 },
      sent: Array.from({ length: LONG / line.length + 1 }, () => ({ fromServer: true, bytes: line })).flatMap(
        (one, i) =>
          i === 0 ? [{ fromServer: false, bytes: new TextEncoder().encode('all of it, please\r\n') }, one] : [one],
      ),
    })
    const captures: Record<string, Uint8Array> = { tls: tls.bytes, quic: quic.bytes, http2, long: captureOf(long) }
    keylogs = { tls: tls.keylog, quic: quic.keylog }
    for (const [name, bytes] of Object.entries(captures)) await writeFile(join(folder, name), bytes)
    for (const [name, text] of Object.entries(keylogs)) await writeFile(join(folder, `${name}.keys`), text)
    server = await serveViewer({
      capture: async (name) => captures[name.split('-')[0] ?? ''] ?? new Uint8Array(0),
      view: (name) => ({ keylog: keylogs[name] === undefined ? null : `/keys/${name}` }),
      answer(path, response) {
        const keylog = keylogs[path.pathname.slice('/keys/'.length)]
        if (keylog === undefined) return false
        response.end(keylog)
        return true
      },
    })
    browser = await launch()
    context = await browser.newContext({ viewport: WIDE, colorScheme: 'light' })
  })
  afterAll(async () => {
    await browser?.close()
    server?.close()
    await rm(folder, { recursive: true, force: true })
  })
  beforeEach(async () => {
    complaints = []
    page = await context.newPage()
    hear(page, complaints)
  })
  afterEach(async () => {
    await page.close()
    expect(complaints).toEqual([])
  })

  const pathOf = (name: string) => join(folder, name)
  const keysOf = (name: string) => (keylogs[name] === undefined ? [] : ['-o', `tls.keylog_file:${pathOf(name)}.keys`])
  const open = async (name: string, more = '') => {
    await page.goto(`${server.url}/captures/${name}/packets${more}`)
    await page.locator('.status-line', { hasText: / packets/ }).waitFor({ timeout: 30_000 })
  }
  const dialog = () => page.getByRole('dialog')
  const line = (text: string | RegExp) => page.locator('#details [role=treeitem]', { hasText: text }).first()
  /** Follow what the menu of a packet offers. */
  const follow = async (packet: number, protocol: string) => {
    await page.goto(`${page.url().split('#')[0]}#packet=${packet}`)
    await line(new RegExp(`^Frame ${packet}:`)).waitFor()
    await page.locator('#packets').focus()
    await page.keyboard.press('Shift+F10')
    await page.getByRole('menuitem', { name: `Follow ${protocol} stream`, exact: true }).click()
    await dialog().locator('.stream > div').first().waitFor()
  }
  const shown = async () => {
    await dialog().getByLabel('as').selectOption('raw')
    return (await dialog()
      .locator('.stream > div')
      .evaluateAll((all) =>
        all.map((one) => ({
          fromServer: one.className === 'from-server',
          hex: one.querySelector('pre')?.textContent?.trim(),
        })),
      )) as { fromServer: boolean; hex: string }[]
  }
  const numberIn = (name: string) => dialog().getByRole('group', { name })
  const to = async (name: string, number: number) => {
    await numberIn(name).getByText(`${name} ${number} `).waitFor()
    await dialog().locator('.stream > div').first().waitFor()
  }
  const shot = async (name: string) => {
    if (process.env.SHOTS === undefined) return
    await mkdir(process.env.SHOTS, { recursive: true })
    await page.screenshot({ path: join(process.env.SHOTS, `follow-${name}.png`) })
  }

  const hasKeys = () =>
    page
      .locator('.notices')
      .getByText(/has secrets for 1 of the 1 TLS handshake here/)
      .waitFor({ timeout: 30_000 })
  const rows = () =>
    page
      .locator('#packets [role=row]:not(.head)')
      .evaluateAll((all) => all.map((row) => [...row.children].map((cell) => cell.textContent)))

  it('shows HTTP/3 in QUIC by a key log that is kept with the capture: the request, the answer', async () => {
    await open('quic')
    await hasKeys()
    expect(await rows()).toEqual(await columnsOf(pathOf('quic'), 10, ...keysOf('quic')))
    const [request = 0] = await numbersOf(pathOf('quic'), 'http3.frame_type == 1', ...keysOf('quic'))
    await page.goto(`${page.url().split('#')[0]}#packet=${request}`)
    const header = page.locator('#details [role=treeitem]', { hasText: 'Hypertext Transfer Protocol Version 3' })
    await expect.poll(() => header.count()).toBeGreaterThan(4)
    await header.nth(4).click()
    await page.keyboard.press('Control+ArrowRight')
    await line(new RegExp(`^Frame Payload: [0-9a-f]{4}d1d7[0-9a-f]{2}${packed('/pcaport.txt')}`)).waitFor()
  })

  it('follows QUIC by a key log that is dropped on the page, from stream to stream', async () => {
    await open('quic-alone')
    await page.locator('#packets [role=row]', { hasText: 'Protected Payload (KP0)' }).first().waitFor()
    expect((await rows()).map((cells) => cells[4])).not.toContain('HTTP3')
    await page
      .getByLabel('TLS key log', { exact: true })
      .setInputFiles({ name: 'keys.log', mimeType: 'text/plain', buffer: Buffer.from(keylogs.quic ?? '') })
    await hasKeys()
    expect(await rows()).toEqual(await columnsOf(pathOf('quic'), 10, ...keysOf('quic')))
    await follow(4, 'QUIC')
    await to('QUIC stream', 2)
    await numberIn('QUIC stream').getByRole('button', { name: 'the one before' }).click()
    await to('QUIC stream', 0)
    await dialog().locator('.stream', { hasText: QUIC_ANSWER.trim() }).waitFor()
    await shot('quic')
    for (const id of [0, 2, 3, 4, 6, 7, 10, 11]) {
      await to('QUIC stream', id)
      expect(await shown(), `${id}`).toEqual(await streamOf(pathOf('quic'), 'quic', `0,${id}`, ...keysOf('quic')))
      await numberIn('QUIC stream').getByRole('button', { name: 'the next' }).click()
    }
    await dialog().getByText('This is the last one here.').waitFor()
  })

  it('follows TLS, and HTTP and HTTP/2 in it, as tshark does', async () => {
    await open('tls')
    await page
      .locator('.notices')
      .getByText(/has secrets for 3 of the 3/)
      .waitFor({ timeout: 30_000 })
    for (const [packet, protocol, z, stream] of [
      [12, 'TLS', 'tls', '0'],
      [28, 'HTTP', 'http', '1'],
      [44, 'TLS', 'tls', '2'],
      [44, 'HTTP2', 'http2', '2,1'],
      [48, 'HTTP2', 'http2', '2,0'],
    ] as const) {
      await follow(packet, protocol)
      expect(await shown(), `${z} ${stream}`).toEqual(await streamOf(pathOf('tls'), z, stream, ...keysOf('tls')))
      await page.keyboard.press('Escape')
    }
    await follow(12, 'TCP')
    for (const id of [0, 1, 2]) {
      await to('TCP stream', id)
      if (id < 2) await numberIn('TCP stream').getByRole('button', { name: 'the next' }).click()
    }
    const joined = (pieces: { fromServer: boolean; hex: string }[]) =>
      [false, true].map((side) => pieces.flatMap(({ fromServer, hex }) => (fromServer === side ? [hex] : [])).join(''))
    expect(joined(await shown())).toEqual(joined(await streamOf(pathOf('tls'), 'tcp', 2)))
    await page.keyboard.press('Escape')
    await follow(12, 'HTTP')
    await isUsableByAll()
  })

  /** Read, searched and left by keys alone; clean for axe, light and dark, wide and narrow. */
  const isUsableByAll = async () => {
    await dialog().locator('.stream > div').first().waitFor()
    await page.evaluate(AXE)
    for (const colorScheme of ['dark', 'light'] as const)
      for (const viewport of [NARROW, WIDE]) {
        await page.emulateMedia({ colorScheme })
        await page.setViewportSize(viewport)
        await shot(`${colorScheme}-${viewport.width}`)
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(viewport.width)
        expect(await page.evaluate(RUN_AXE), `${colorScheme} ${viewport.width}`).toEqual([])
      }
    const isAtFind = () => page.evaluate<boolean>('document.activeElement.type === "search"')
    for (let turn = 0; turn < 20 && !(await isAtFind()); turn++) await page.keyboard.press('Tab')
    await page.keyboard.type('http/1.1')
    await dialog().getByText('1 of 2').waitFor()
    await page.keyboard.press('Enter')
    await dialog().getByText('2 of 2').waitFor()
    await page.keyboard.press('Tab')
    await page.keyboard.press('Escape')
    await dialog().waitFor({ state: 'detached' })
    expect(await page.evaluate('document.activeElement.id')).toBe('packets')
  }

  it('goes from one stream of HTTP/2 inside of a connection to the next, with headers to read', async () => {
    await open('http2')
    await follow(4, 'HTTP2')
    const inside = numberIn('HTTP/2 stream')
    await dialog().locator('.stream > div').first().waitFor()
    while (!(await inside.textContent())?.startsWith('HTTP/2 stream 0')) {
      const now = await inside.textContent()
      await inside.getByRole('button', { name: 'the one before' }).click()
      await expect.poll(() => inside.textContent()).not.toBe(now)
      await dialog().locator('.stream > div').first().waitFor()
    }
    for (const id of [0, 1, 3, 5, 7]) {
      await to('HTTP/2 stream', id)
      expect(await shown(), `${id}`).toEqual(await streamOf(pathOf('http2'), 'http2', `0,${id}`))
      await inside.getByRole('button', { name: 'the next' }).click()
    }
    await dialog().getByText('This is the last one here.').waitFor()
    await dialog().getByLabel('as').selectOption('text')
    await dialog().getByText(':path: /sent').waitFor()
    await shot('http2')
  })

  it(`shows the begin of ${LONG / 1_048_576} MiB, says what is cut, saves all, and the page stays awake`, async () => {
    await open('long', '#packet=4')
    await page.locator('#details [role=treeitem]', { hasText: 'Transmission Control Protocol' }).waitFor()
    await page.evaluate(`{
      window.longest = 0
      new PerformanceObserver((list) => { for (const { duration } of list.getEntries()) window.longest = Math.max(window.longest, duration) })
        .observe({ entryTypes: ['longtask'] })
    }`)
    await page.keyboard.press('Control+Alt+Shift+T')
    await dialog()
      .getByText(/^[\d,]+ more bytes are neither shown nor searched; they are saved/)
      .waitFor({ timeout: 30_000 })
    await dialog().getByLabel('Find').fill('s')
    await dialog().getByText('1 of the first 2,000').waitFor()
    await dialog().getByLabel('as').selectOption('hex')
    await dialog().locator('pre', { hasText: '00000000' }).first().waitFor()
    const longest = await page.evaluate<number>('window.longest')
    expect(longest).toBeLessThan(8000) // a tenth of it on a quiet machine
    const [download] = await Promise.all([page.waitForEvent('download'), dialog().getByText('Save bytes').click()])
    const saved = await readFile(await download.path())
    expect(saved.length).toBeGreaterThan(LONG)
  })
})
