/** How people work in the viewer: what it remembers, what can be copied, found and taken out. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ethernet, ipv4, udp } from '../summary/frames.ts'
import { bytes, utf8 } from '../support/captures.ts'
import { launch } from '../support/chromium.ts'
import { needs } from '../support/needs.ts'
import { captureOf, framesOf } from '../support/tcp-traffic.ts'
import { numbersOf } from '../support/tshark.ts'
import { serveViewer, type ViewerServer } from '../support/viewer.ts'

const CONFIG = 'hostname sw-07\n! the end\n'
const MAIL = 'From: noc@example.net\r\nSubject: the report\r\n\r\nAll is well.\r\n'

/** A page over HTTP, a file over TFTP, a mail over SMTP. */
function traffic(): Uint8Array {
  const ends = { client: { host: '192.0.2.10', port: 50_000 }, server: { host: '198.51.100.7', port: 80 } }
  const said = (fromServer: boolean, text: string) => ({ fromServer, bytes: utf8(text) })
  const page = '<title>a page</title>\n'
  const http = framesOf({
    ...ends,
    sent: [
      said(false, 'GET /page.html HTTP/1.1\r\nHost: www.example.net\r\n\r\n'),
      said(true, `HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: ${page.length}\r\n\r\n${page}`),
    ],
  })
  const datagram = (from: number, to: number, payload: Uint8Array, isBack: boolean) => {
    const [client, server] = ['192.0.2.10', '198.51.100.7']
    return ethernet(0x0800, ipv4(17, udp(payload, from, to), isBack ? { from: server, to: client } : { from: client, to: server })) // biome-ignore format: one thought
  }
  const tftp = [
    datagram(40_000, 69, bytes([0, 1], utf8('startup-config\0octet\0')), false),
    datagram(50_069, 40_000, bytes([0, 3, 0, 1], utf8(CONFIG)), true),
    datagram(40_000, 50_069, bytes([0, 4, 0, 1]), false),
  ]
  const smtp = framesOf({
    client: { host: '192.0.2.10', port: 50_001 },
    server: { host: '198.51.100.7', port: 25 },
    sent: [
      said(true, '220 mail.example.net\r\n'),
      said(false, 'HELO noc.example.net\r\n'),
      said(true, '250 mail.example.net\r\n'),
      said(false, 'MAIL FROM:<noc@example.net>\r\n'),
      said(true, '250 ok\r\n'),
      said(false, 'RCPT TO:<all@example.net>\r\n'),
      said(true, '250 ok\r\n'),
      said(false, 'DATA\r\n'),
      said(true, '354 go on\r\n'),
      said(false, `${MAIL}.\r\n`),
      said(true, '250 taken\r\n'),
    ],
  })
  return captureOf([...http, ...tftp, ...smtp])
}

describe.skipIf(!needs.chromium.met || !needs.tshark.met)('the viewer', () => {
  let server: ViewerServer
  let browser: Browser
  let context: BrowserContext
  let page: Page
  let folder: string
  let path: string

  beforeAll(async () => {
    const capture = traffic()
    folder = await mkdtemp(join(tmpdir(), 'pcaport-habits-'))
    path = join(folder, 'traffic.pcap')
    await writeFile(path, capture)
    server = await serveViewer({ capture: async () => capture })
    browser = await launch()
    context = await browser.newContext({
      viewport: { width: 1366, height: 768 },
      permissions: ['clipboard-read', 'clipboard-write'],
    })
    page = await context.newPage()
    await page.goto(`${server.url}/captures/traffic/packets`)
    await isOpen()
  })
  afterAll(async () => {
    await browser?.close()
    server?.close()
    await rm(folder, { recursive: true, force: true })
  })

  const isOpen = () => page.locator('#packets [role=row]:not(.head):not(.empty)').nth(2).waitFor({ timeout: 40_000 })
  const filter = () => page.getByRole('combobox', { name: 'Display filter' })
  const apply = async (text: string) => {
    await filter().fill(text)
    await filter().press('Enter')
    if (text !== '') await page.locator('.status-line', { hasText: 'shown' }).waitFor()
  }
  const selected = async () =>
    Number((await page.locator('#selected-packet [role=gridcell]').first().textContent()) ?? 0)
  const heads = () => page.locator('#packets [role=columnheader]')
  const line = (text: RegExp) => page.locator('#details [role=treeitem]', { hasText: text }).first()
  const goTo = async (number: number) => {
    await page.keyboard.press('Control+g')
    await page.locator('input:focus').waitFor()
    await page.keyboard.type(String(number))
    await page.keyboard.press('Enter')
    await line(new RegExp(`^Frame ${number}:`)).waitFor()
  }

  it('copies a line as a filter, its value, its bytes as hex', async () => {
    const [request = 0] = await numbersOf(path, 'http.request')
    await goTo(request)
    await line(/^Internet Protocol Version 4/).dblclick()
    const copied = async (item: string, what: string) => {
      await line(/^Source Address: /).click({ button: 'right' })
      await page.getByRole('menuitem', { name: item, exact: true }).click()
      await page.locator('.status-line', { hasText: `Copied: ${what}` }).waitFor()
      return page.evaluate<string>('navigator.clipboard.readText()')
    }
    expect(await copied('Copy as filter', 'the filter')).toBe('ip.src == 192.0.2.10')
    expect(await copied('Copy the value', 'the value')).toBe('192.0.2.10')
    expect(await copied('Copy the bytes as hex', 'the bytes')).toBe('c000020a')
  })

  it.each([
    ['filter', 'tftp.opcode == 3', 'tftp.opcode == 3'],
    ['info', '[syn', 'tcp.flags.syn == 1'],
    ['text', 'All is well', 'frame contains "All is well"'],
    ['hex', '00 03 00 01', 'frame contains 00:03:00:01'],
  ])('finds by %s', async (by, text, wanted) => {
    await goTo(1)
    await page.keyboard.press('Control+f')
    await page.locator('form.find input:focus').fill(text)
    await page.locator('form.find select').selectOption(by)
    await page.getByRole('textbox', { name: 'What to find' }).press('Enter')
    const all = await numbersOf(path, wanted)
    await expect.poll(selected).toBe(all.find((one) => one > 1))
    await page.locator('#packets').focus()
    for (const [key, to] of [
      ['F3', all.at((all.findIndex((one) => one > 1) + 1) % all.length)],
      ['Shift+F3', all.find((one) => one > 1)],
      ['Shift+F3', all.at(all.findIndex((one) => one > 1) - 1)], // around, where there is none before
    ] as const) {
      await page.keyboard.press(key)
      await expect.poll(selected).toBe(to)
    }
    await page.keyboard.press('Control+f')
    await page.locator('form.find input:focus').press('Escape')
  })

  it.each([
    ['tftp', 'startup-config', CONFIG],
    ['imf', 'the report', MAIL],
  ])('gives out what was transferred by %s', async (kind, name, text) => {
    await page.getByRole('button', { name: 'Export objects' }).click()
    const dialog = page.getByRole('dialog', { name: 'Export objects' })
    expect(await dialog.textContent()).toContain('They may be harmful')
    await dialog.locator('select').selectOption(kind)
    await dialog.getByRole('row', { name: new RegExp(name) }).click()
    const [download] = await Promise.all([page.waitForEvent('download'), dialog.getByText('Save this file').click()])
    expect(await readFile(await download.path(), 'utf8')).toBe(text)
    await page.keyboard.press('Escape')
  })

  it('remembers filters, columns where they were put and as wide, splitters and marks', async () => {
    await apply('udp')
    await page.getByRole('button', { name: 'Saved filters and history' }).click()
    await page.getByRole('menuitem', { name: 'Save this filter' }).click()
    await apply('tcp.port == 25')
    await apply('')
    await heads()
      .filter({ hasText: 'Protocol' })
      .dragTo(heads().filter({ hasText: 'Source' }))
    await expect.poll(async () => (await heads().allTextContents()).indexOf('Protocol')).toBe(2)
    const handle = await heads().filter({ hasText: 'Time' }).locator('.handle').boundingBox()
    const wide = (await heads().filter({ hasText: 'Time' }).boundingBox())?.width ?? 0
    if (handle === null) throw new Error('a column has no handle')
    await page.mouse.move(handle.x + handle.width / 2, handle.y + 5)
    await page.mouse.down()
    await page.mouse.move(handle.x + handle.width / 2 + 60, handle.y + 5, { steps: 3 })
    await page.mouse.up()
    const splitter = page.getByRole('separator', { name: 'Height of the packet list' })
    const before = Number(await splitter.getAttribute('aria-valuenow'))
    await splitter.focus()
    for (const key of ['ArrowDown', 'ArrowDown']) await page.keyboard.press(key)
    await goTo(5)
    await page.keyboard.press('Control+m')
    await page.reload()
    await isOpen()
    expect((await heads().allTextContents()).indexOf('Protocol')).toBe(2)
    expect((await heads().filter({ hasText: 'Time' }).boundingBox())?.width).toBe(wide + 60)
    expect(Number(await splitter.getAttribute('aria-valuenow'))).toBe(before + 4)
    await page.locator('.status-line', { hasText: '1 marked' }).waitFor()
    expect(await selected()).toBe(5) // by the address
    await page.getByRole('button', { name: 'Saved filters and history' }).click()
    await page.getByRole('menuitem', { name: 'tcp.port == 25' }).waitFor()
    await page.getByRole('menuitem', { name: '★ udp' }).click()
    const wanted = await numbersOf(path, 'udp')
    await page.locator('.status-line', { hasText: `${wanted.length} shown` }).waitFor()
  })
})
