/**
 * The viewer in Chromium as a person has it: panes, keys, links, streams, keys of TLS, and what is said when something goes wrong.
 * `SHOTS=<folder>` keeps pictures of it.
 */
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { pcap, utf8 } from '../support/captures.ts'
import { AXE, hear, launch, RUN_AXE } from '../support/chromium.ts'
import { needs } from '../support/needs.ts'
import { recordedTls } from '../support/recorded-tls.ts'
import { columnsOf, numbersOf, streamOf } from '../support/tshark.ts'
import { serveViewer, type ViewerServer } from '../support/viewer.ts'
import { httpCapture } from '../support/web-traffic.ts'

const WIDE = { width: 1366, height: 768 }

describe.skipIf(!needs.chromium.met || !needs.tshark.met)('the viewer', () => {
  let server: ViewerServer
  let browser: Browser
  let context: BrowserContext
  let page: Page
  let complaints: string[]
  let tls: Awaited<ReturnType<typeof recordedTls>>
  let web: Awaited<ReturnType<typeof httpCapture>>
  let cut = false

  beforeAll(async () => {
    ;[tls, web] = await Promise.all([recordedTls(), httpCapture()])
    const captures: Record<string, Uint8Array> = {
      web: web.bytes,
      tls: tls.bytes,
      'tls-kept': tls.bytes,
      'tls-lost': tls.bytes,
      embedded: tls.embedded,
      none: utf8('this is no capture at all'),
      damaged: web.bytes.subarray(0, web.bytes.length - 20),
      many: pcap(
        Array.from({ length: 3000 }, (_, i) => ({ seconds: 1_700_000_000 + i, data: new Uint8Array(60 + (i % 100)) })),
      ),
    }
    server = await serveViewer({
      capture: async (name) => captures[name] ?? new Uint8Array(0),
      view: (name) => ({
        notes: name === 'web' ? [{ frame: 4, text: 'the request', user: 'noc', createdAt: 0 }] : [],
        keylog: name === 'tls-kept' ? '/keys' : name === 'tls-lost' ? '/no-keys' : null,
      }),
      answer(path, response) {
        if (path.pathname === '/keys') response.end(tls.keylog)
        else if (path.pathname.endsWith('/download') && cut) {
          response.writeHead(200, { 'Content-Length': 1000 }).write('x')
          setTimeout(() => response.destroy(), 100)
        } else return false
        return true
      },
    })
    browser = await launch()
    context = await browser.newContext({ viewport: WIDE, colorScheme: 'light' })
  })
  afterAll(async () => {
    await browser?.close()
    server?.close()
  })
  beforeEach(async () => {
    cut = false
    complaints = []
    page = await context.newPage()
    hear(page, complaints)
  })
  afterEach(async () => {
    await page.evaluate('localStorage.clear()')
    await page.close()
  })

  const open = async (name: string, more = '') => {
    await page.goto(`${server.url}/captures/${name}/packets${more}`)
    await page.locator('.status-line', { hasText: / packets/ }).waitFor({ timeout: 30_000 })
  }
  const rows = () => page.locator('#packets [role=row]:not(.head)')
  const cellsOf = async () =>
    (await rows().evaluateAll((all) =>
      all.map((row) => [...row.children].map((cell) => cell.textContent)),
    )) as string[][]
  const filter = () => page.getByRole('combobox', { name: 'Display filter' })
  const apply = async (text: string) => {
    await filter().fill(text)
    await filter().press('Enter')
  }
  const selected = () => page.locator('#selected-packet [role=gridcell]').first().textContent()
  const line = (text: string | RegExp) => page.locator('#details [role=treeitem]', { hasText: text }).first()
  const notices = () => page.locator('.notices')
  const shot = async (name: string) => {
    if (process.env.SHOTS === undefined) return
    await mkdir(process.env.SHOTS, { recursive: true })
    await page.screenshot({ path: join(process.env.SHOTS, `viewer-${name}.png`) })
  }

  it('shows the packets as tshark does, under a policy that lets nothing evaluate text', async () => {
    await open('web')
    await rows().nth(8).waitFor()
    const shown = (await cellsOf()).slice(0, 9).map((row) => row.map((cell) => cell.replace('●', '')))
    const said = (await columnsOf(web.path, 9)).map((row) =>
      row.map((cell) => cell.replace(/\[TCP segment of a reassembled PDU\]/, '')),
    )
    expect(shown.map((row) => row.map((cell) => cell.replace(/\[TCP PDU reassembled in \d+\]/, '')))).toEqual(said)
    expect(complaints).toEqual([])
  })

  it('filters: tells what is none, completes names, shows what passes, and keeps it in the address', async () => {
    await open('web')
    await filter().fill('tcp.port ==')
    await page.locator('.filter-field.invalid').waitFor()
    expect(await filter().getAttribute('aria-invalid')).toBe('true')
    await filter().fill('')
    await filter().pressSequentially('http.request.meth')
    await page.getByRole('option', { name: /http\.request\.method/ }).waitFor()
    await filter().press('ArrowDown')
    await filter().press('Enter')
    expect(await filter().inputValue()).toBe('http.request.method')
    await filter().press('Enter')
    const wanted = await numbersOf(web.path, 'http.request.method')
    await page.locator('.status-line', { hasText: `${wanted.length} shown` }).waitFor()
    expect((await cellsOf()).map(([number]) => Number(number?.replace('●', '')))).toEqual(wanted)
    expect(new URL(page.url()).search).toBe('?filter=http.request.method')
    await page.goBack()
    await page.locator('.status-line', { hasText: /packets(?!.*shown)/ }).waitFor()
    expect(await filter().inputValue()).toBe('')
  })

  it('reproduces a view from its link', async () => {
    const [, , third = 0] = await numbersOf(web.path, 'http')
    await open('web', `?filter=http#packet=${third}`)
    await expect.poll(selected).toBe(String(third))
    expect(await filter().inputValue()).toBe('http')
    await page.evaluate(`location.hash = '#packet=${(await numbersOf(web.path, 'http'))[0]}'`)
    await expect.poll(selected).toMatch(/^●?4$/)
  })

  it('lights the bytes of a line, and the line of a byte', async () => {
    await open('web')
    await line('Internet Protocol Version 4').click()
    await expect.poll(() => page.locator('#bytes .hex .lit').count()).toBe(20)
    await page.locator('#bytes [data-at="26"]').first().click()
    await line('Source Address: 192.0.2.10').waitFor()
    expect(await line('Source Address: 192.0.2.10').getAttribute('aria-selected')).toBe('true')
    expect(await page.locator('#bytes .hex .lit').allTextContents()).toEqual(['c0', '00', '02', '0a'])
  })

  it('is worked by keys alone', async () => {
    await open('web')
    await expect.poll(selected).toBe('1')
    await page.keyboard.press('F6')
    await page.keyboard.press('ArrowDown')
    await expect.poll(selected).toBe('2')
    await page.keyboard.press('End')
    const last = (await columnsOf(web.path, 10_000)).length
    await expect.poll(selected).toBe(String(last))
    await page.keyboard.press('Control+g')
    await page.locator('input:focus').waitFor()
    await page.keyboard.type('5')
    await page.keyboard.press('Enter')
    await expect.poll(selected).toBe('5')
    await page.keyboard.press('Control+m')
    await page.locator('#selected-packet.marked').waitFor()
    await page.keyboard.press('F8')
    await expect.poll(selected).toBe('6')
    await page.keyboard.press('Control+Shift+ArrowUp')
    await expect.poll(selected).toBe('5')
    await page.locator('#packets').focus()
    await page.keyboard.press('F6')
    for (const key of ['ArrowDown', 'ArrowDown', 'ArrowRight']) await page.keyboard.press(key)
    expect(await page.locator('#chosen-detail').getAttribute('aria-expanded')).toBe('true')
    await page.keyboard.press('Control+f')
    await page.locator('input:focus').waitFor()
    await page.keyboard.type('http.response')
    await page.keyboard.press('Enter')
    await expect.poll(selected).toBe(String((await numbersOf(web.path, 'http.response'))[0]))
  })

  it('follows a stream as tshark does: both sides, found, saved', async () => {
    await open('web', '#packet=4')
    await line('Transmission Control Protocol').waitFor() // of packet 4: what is followed is its stream
    await page.keyboard.press('Control+Alt+Shift+T')
    const dialog = page.getByRole('dialog', { name: 'Follow TCP stream' })
    await dialog.locator('.stream > div').first().waitFor()
    const said = await streamOf(web.path, 'tcp', 0)
    await dialog.getByLabel('as').selectOption('raw')
    const shown = (await dialog.locator('.stream > div').evaluateAll((all) =>
      all.map((one) => ({
        fromServer: one.className === 'from-server',
        hex: one.querySelector('pre')?.textContent?.trim(),
      })),
    )) as { fromServer: boolean; hex: string }[]
    const joined = (pieces: { fromServer: boolean; hex: string }[], side: boolean) =>
      pieces
        .filter(({ fromServer }) => fromServer === side)
        .map(({ hex }) => hex)
        .join('')
    for (const side of [false, true]) expect(joined(shown, side)).toBe(joined(said, side))
    await dialog.getByLabel('as').selectOption('text')
    await dialog.getByLabel('Find').fill('HTTP/1.1')
    await dialog.getByText(/^1 of \d+$/).waitFor()
    await shot('follow')
    const [download] = await Promise.all([page.waitForEvent('download'), dialog.getByText('Save bytes').click()])
    const whole = await readFile(await download.path())
    expect(whole.length).toBe(said.reduce((sum, { hex }) => sum + hex.length / 2, 0))
  })

  it.each([
    ['dropped on the page', 'tls'],
    ['kept with the capture', 'tls-kept'],
    ['embedded in it', 'embedded'],
  ])('decrypts TLS 1.2, 1.3 and HTTP/2 with a key log %s, which goes nowhere', async (_, name) => {
    const sent: string[] = []
    page.on('request', (request) => sent.push(request.method()))
    await open(name)
    if (name === 'tls') {
      await apply('http || http2.headers.path')
      await page.getByText('No packet passes this filter.').waitFor()
      await apply('')
      await page
        .getByLabel('TLS key log', { exact: true })
        .setInputFiles({ name: 'keys.log', mimeType: 'text/plain', buffer: Buffer.from(tls.keylog) })
    }
    if (name !== 'embedded')
      await notices()
        .getByText(/has secrets for 3 of the 3 TLS handshakes/)
        .waitFor({ timeout: 30_000 })
    await apply('http.request || http2.headers.path')
    await page.locator('.status-line', { hasText: 'shown' }).waitFor()
    const info = (await cellsOf()).map((cells) => cells.at(-1)).join('\n')
    for (const wanted of ['GET /over-tls12 HTTP/1.1', 'GET /over-tls13 HTTP/1.1', 'GET /over-http2'])
      expect(info).toContain(wanted)
    expect(sent.every((method) => method === 'GET')).toBe(true)
  })

  it('says what a wrong key log is, and what no key log is', async () => {
    await open('tls')
    const drop = (text: string) =>
      page
        .getByLabel('TLS key log', { exact: true })
        .setInputFiles({ name: 'other.log', mimeType: 'text/plain', buffer: Buffer.from(text) })
    await drop('these are no keys')
    await notices()
      .getByText(/other\.log is no TLS key log/)
      .waitFor()
    await drop(`CLIENT_RANDOM ${'ab'.repeat(32)} ${'cd'.repeat(48)}\n`)
    await notices()
      .getByText(/has no secrets for the 3 TLS handshakes here/)
      .waitFor({ timeout: 30_000 })
  })

  it('goes on without a key log that it is refused', async () => {
    await open('tls-lost')
    await notices()
      .getByText(/could not be had \(404\)/)
      .waitFor()
    expect(await rows().count()).toBeGreaterThan(5)
  })

  it('says what it cannot read, and how far it could', async () => {
    await page.goto(`${server.url}/captures/none/packets`)
    await page
      .getByRole('alert')
      .getByText(/does not know this file as a capture/)
      .waitFor({ timeout: 30_000 })
    await open('damaged')
    await notices()
      .getByText(/then stopped/)
      .waitFor()
    expect(await rows().count()).toBeGreaterThan(5)
  })

  it('says that a connection broke off, and tries again', async () => {
    cut = true
    await page.goto(`${server.url}/captures/web/packets`)
    await page
      .getByRole('alert')
      .getByText(/The connection broke off|could not be fetched/)
      .waitFor({ timeout: 30_000 })
    cut = false
    await page.getByRole('button', { name: 'Try again' }).click()
    await rows().nth(3).waitFor({ timeout: 30_000 })
  })

  it('starts a new engine where one ends, and says so', async () => {
    await open('web', '?filter=http')
    const worker = page.workers().at(-1)
    await worker?.evaluate('setTimeout(() => { throw new Error("RuntimeError: unreachable") })')
    await apply('tcp')
    await notices()
      .getByText(/engine stopped.*started again/)
      .waitFor({ timeout: 30_000 })
    await rows().nth(1).waitFor({ timeout: 30_000 })
    expect(complaints.filter((one) => !one.includes('unreachable'))).toEqual([])
  })

  it('counts conversations and endpoints, graphs a filter, exports objects with a warning', async () => {
    await open('web')
    await page.getByRole('button', { name: 'Conversations' }).click()
    const conversations = page.getByRole('dialog', { name: 'Conversations' })
    await conversations.getByRole('gridcell', { name: '198.51.100.7' }).first().waitFor()
    await shot('conversations')
    await conversations
      .getByRole('row', { name: /198\.51\.100\.7/ })
      .first()
      .dblclick()
    await page.locator('.status-line', { hasText: 'shown' }).waitFor()
    expect(await filter().inputValue()).toContain('tcp.port==80')
    await page.getByRole('button', { name: 'Clear' }).click()
    await page.getByRole('button', { name: 'Export objects' }).click()
    const objects = page.getByRole('dialog', { name: 'Export objects' })
    expect(await objects.textContent()).toContain('as strangers sent them')
    await objects.getByRole('row', { name: /page\.html/ }).click()
    const [download] = await Promise.all([page.waitForEvent('download'), objects.getByText('Save this file').click()])
    expect(await readFile(await download.path(), 'utf8')).toBe(web.object)
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'I/O graph' }).click()
    const graph = page.getByRole('dialog', { name: 'I/O graph' })
    await graph.getByLabel('Filter').fill('http')
    await graph.getByText('Draw').click()
    const http = (await numbersOf(web.path, 'http')).length
    await graph.getByText(`; ${http} by the filter`).waitFor()
    await shot('graph')
    expect(complaints).toEqual([])
  })

  it('has columns as one wants them, and remembers', async () => {
    await open('web')
    await line('Transmission Control Protocol').click({ button: 'right' })
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Columns' }).click()
    await page.getByRole('textbox', { name: 'Field' }).fill('tcp.dstport')
    await page.getByText('Add as a column').click()
    await page.getByRole('checkbox', { name: 'Length' }).uncheck()
    await page.keyboard.press('Escape')
    await page.reload()
    await rows().nth(3).waitFor({ timeout: 30_000 })
    expect(await page.locator('#packets [role=columnheader]').allTextContents()).toEqual([
      'No.',
      'Time',
      'Source',
      'Destination',
      'Protocol',
      'tcp.dstport',
      'Info',
    ])
    expect((await cellsOf())[0]?.[5]).toBe('80')
  })

  it('scrolls to any of many packets', async () => {
    await open('many')
    await page.locator('#packets').evaluate((grid) => {
      grid.scrollTop = 22 * 1500
    })
    await page.locator('#packets [role=gridcell]', { hasText: /^1510$/ }).waitFor()
  })

  it('takes no more heap over 200 changes of the filter, packets, streams, tables and graphs', async () => {
    await page.goto(`${server.url}/test/`)
    const heaps = (await page.evaluate(`(async (assets) => {
      const { startEngine } = await import('/test/engine.js')
      const engine = startEngine(assets, [{ title: 'No.', format: '%m' }, { title: 'Info', format: '%i' }], () => {})
      await engine.open({ url: '/captures/web/download', keylog: '' })
      const heaps = []
      for (let turn = 0; turn < 220; turn++) {
        await engine.frames('frame.len > ' + (50 + (turn % 50)), 0, 200)
        await engine.frame(1 + (turn % 15))
        await engine.follow('TCP', 'tcp.stream eq 0')
        await engine.conversations('TCP')
        await engine.endpoints('IPv4')
        await engine.objects('http')
        await engine.ioGraph(10, [{ measure: 'packets', filter: 'tcp' }])
        if (turn >= 20) heaps.push(await engine.heap())
      }
      engine.end()
      return heaps
    })(${JSON.stringify(server.assets)})`)) as number[]
    expect(heaps.at(-1)).toBe(heaps[0])
  })

  it.each(['light', 'dark'] as const)('has no axe violation in %s', async (colorScheme) => {
    await page.emulateMedia({ colorScheme })
    await open('web', '?filter=tcp#packet=4')
    await rows().nth(3).waitFor()
    await page.locator('#details').focus()
    for (const key of ['End', 'ArrowRight', 'ArrowDown']) await page.keyboard.press(key)
    await page.evaluate(AXE)
    await shot(`list-${colorScheme}`)
    expect(await page.evaluate(RUN_AXE)).toEqual([])
    for (const name of ['Keys', 'Columns', 'Conversations', 'Export objects', 'I/O graph', 'Follow']) {
      await page.getByRole('button', { name, exact: true }).click()
      await page.getByRole('dialog').waitFor()
      await page
        .getByRole('dialog')
        .getByText(/^(Counting|Looking|Putting)/)
        .waitFor({ state: 'hidden' })
      await shot(`${name.toLowerCase().replace(/\W/g, '-')}-${colorScheme}`)
      expect(await page.evaluate(RUN_AXE), name).toEqual([])
      await page.keyboard.press('Escape')
    }
    await page.locator('#selected-packet').click({ button: 'right' })
    await page.getByRole('menu').waitFor()
    await shot(`menu-${colorScheme}`)
    expect(await page.evaluate(RUN_AXE)).toEqual([])
  })
})
