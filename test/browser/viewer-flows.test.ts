/** What the viewer draws of who sent what to whom, beside tshark. `SHOTS=<folder>` keeps pictures of it. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContext, Download, Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ethernet, ipv4, tcp } from '../summary/frames.ts'
import { ALICE, BOB, CALL_SET_UP, captureOf, heard, sip } from '../support/calls.ts'
import { pcap, pcapng, writer } from '../support/captures.ts'
import { AXE, hear, launch, NARROW, RUN_AXE, WIDE } from '../support/chromium.ts'
import { needs } from '../support/needs.ts'
import { numbersOf, rtpStreamsOf, tshark } from '../support/tshark.ts'
import { serveViewer, type ViewerServer } from '../support/viewer.ts'
import { httpCapture } from '../support/web-traffic.ts'

/** Calls and registrations, recorded with a telephone. */
const SNGREP = join(process.env.PCAPORT_CORPUS ?? '', 'captures/irontec__sngrep/tests/aaa.pcap')
/** Packets of a slice, as the capture counts. */
const PART = [501n, 502n, 504n]

/** A call in which every eighth packet of what is heard is lost, and some come late. */
const CALL = captureOf([
  ...CALL_SET_UP,
  { at: 910, from: ALICE, to: BOB, data: sip({ line: 'ACK sip:bob@example.net SIP/2.0', sequence: '1 ACK' }) },
  ...Array.from({ length: 200 }, (_, i) =>
    heard(1000 + i * 20 + (i % 5) * 3, { sequence: 65_500 + i, timestamp: i * 960, payloadType: 111 }),
  ).filter((_, i) => i % 8 !== 5),
  { at: 5100, from: BOB, to: ALICE, data: sip({ line: 'BYE sip:alice@example.net SIP/2.0', sequence: '2 BYE' }) },
  { at: 5150.5, from: ALICE, to: BOB, data: sip({ line: 'SIP/2.0 200 OK', sequence: '2 BYE' }) },
])

describe.skipIf(!needs.chromium.met || !needs.tshark.met)('flows in the viewer', () => {
  let server: ViewerServer
  let browser: Browser
  let context: BrowserContext
  let page: Page
  /** What captures wait for. */
  let held: Promise<void> | undefined
  let complaints: string[]
  let web: Awaited<ReturnType<typeof httpCapture>>
  let folder: string

  beforeAll(async () => {
    web = await httpCapture()
    folder = await mkdtemp(join(tmpdir(), 'pcaport-flows-'))
    await writeFile(join(folder, 'call.pcap'), CALL)
    const { section, interface: interface_, packet } = pcapng()
    const captures: Record<string, Uint8Array> = {
      web: web.bytes,
      call: CALL,
      part: Buffer.concat([
        section(),
        interface_(),
        ...PART.map((id) =>
          packet(ethernet(0x0800, ipv4(6, tcp(new Uint8Array(0)))), {}, [[5, writer('little').u64(id)]]),
        ),
      ]),
      many: pcap(Array.from({ length: 3000 }, (_, i) => ({ seconds: 1_700_000_000 + i, data: new Uint8Array(60) }))),
    }
    server = await serveViewer({
      capture: async (name) => {
        await held
        return captures[name] ?? (name === 'sngrep' ? readFile(SNGREP) : new Uint8Array(0))
      },
      view: (name) => ({ isSlice: name === 'part' }),
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

  const open = async (name: string, more = '') => {
    await page.goto(`${server.url}/captures/${name}/packets${more}`)
    await page.locator('.status-line', { hasText: / packets/ }).waitFor({ timeout: 30_000 })
  }
  const opened = async (tool: string) => {
    await page.getByRole('button', { name: tool, exact: true }).click()
    return page.getByRole('dialog', { name: tool })
  }
  const selected = () => page.locator('#selected-packet [role=gridcell]').first().textContent()
  const saved = async (dialog: Locator, what: string) => {
    const [download] = (await Promise.all([
      page.waitForEvent('download'),
      dialog.getByText(what, { exact: true }).click(),
    ])) as [Download, undefined]
    return readFile(await download.path(), 'utf8')
  }
  /** No violation, wide and light, narrow and dark; and what can be scrolled does not push the page. */
  const inspect = async (name: string) => {
    await page.evaluate(AXE)
    for (const [colorScheme, viewport] of [
      ['dark', NARROW],
      ['light', WIDE],
    ] as const) {
      await page.emulateMedia({ colorScheme })
      await page.setViewportSize(viewport)
      if (process.env.SHOTS !== undefined) {
        await mkdir(process.env.SHOTS, { recursive: true })
        await page.screenshot({ path: join(process.env.SHOTS, `${name}.${colorScheme}.${viewport.width}.png`) })
      }
      expect(await page.evaluate('document.documentElement.scrollWidth'), name).toBeLessThanOrEqual(viewport.width)
      expect(await page.evaluate(RUN_AXE), `${name} ${colorScheme} ${viewport.width}`).toEqual([])
    }
  }

  it('draws what is shown as tshark does: all packets, and TCP alone, as text and as SVG', async () => {
    await open('web')
    const flow = await opened('Flow graph')
    await flow.getByText(/^\d+ packets, between 2 addresses$/).waitFor()
    // which packets are parts of one larger is said otherwise since 4.0
    const alike = (text: string) => text.replace(/\[TCP (segment of a reassembled PDU|PDU reassembled in \d+)\]/g, '')
    const any = await tshark('-2', '-q', '-r', web.path, '-z', 'flow,any,network')
    expect(alike(await saved(flow, 'Save text'))).toBe(alike(any))
    await flow.getByLabel('Of').selectOption('tcp')
    await flow.getByText(/^\d+ TCP packets, between 2 addresses$/).waitFor({ timeout: 30_000 })
    const tcp = await tshark('-2', '-q', '-r', web.path, '-z', 'flow,tcp,network')
    expect(await saved(flow, 'Save text')).toBe(tcp)
    expect(await saved(flow, 'Save SVG')).toContain('>SYN, ACK</text>')
    const row = flow.getByRole('row').nth(2)
    expect(await row.getByRole('gridcell').nth(1).locator('.hidden').textContent()).toBe(
      '198.51.100.7 port 80 to 192.0.2.10 port 50000: SYN, ACK',
    )
    await inspect('flow')
  })

  it('goes to the packet of an arrow, by mouse and by keys, among those that the filter shows', async () => {
    const http = await numbersOf(web.path, 'http')
    await open('web', '?filter=http')
    const flow = await opened('Flow graph')
    await flow.getByText(`${http.length} packets that the filter shows, between 2 addresses`).waitFor()
    await flow.getByRole('row').nth(2).click()
    await expect.poll(selected).toBe(String(http[1]))
    await flow.getByRole('grid').focus()
    await page.keyboard.press('End')
    await page.keyboard.press('Enter')
    await flow.waitFor({ state: 'detached' })
    await expect.poll(selected).toBe(String(http.at(-1)))
  })

  it('calls packets of a part as the whole capture does', async () => {
    await open('part')
    await opened('Flow graph')
    const flow = page.getByRole('dialog', { name: 'Flow graph of this window' })
    for (const packets of ['3 packets', '3 TCP packets']) {
      await flow.getByText(packets).waitFor({ timeout: 30_000 })
      await flow.getByRole('row').nth(3).click()
      expect(await flow.locator('#chosen-line').getAttribute('title')).toBe('Packet 504')
      await expect.poll(selected).toBe('504')
      await flow.getByRole('row').nth(1).click()
      await expect.poll(selected).toBe('501')
      await flow.getByRole('combobox').selectOption('tcp')
    }
  })

  it('draws the first 2,000 of many, says so, and has in the page those alone that are in sight', async () => {
    await open('many')
    const flow = await opened('Flow graph')
    await flow.getByText('The first 2,000 of 3,000 packets, between 1 address: a filter shows others').waitFor()
    await flow.getByRole('grid').focus()
    await page.keyboard.press('End')
    await flow.locator('#chosen-line[aria-rowindex="2001"]').waitFor()
    expect(await flow.getByRole('row').count()).toBeLessThan(40)
    await page.keyboard.press('PageUp')
    const index = await flow.locator('#chosen-line').getAttribute('aria-rowindex')
    expect(Number(index)).toBeGreaterThan(1950)
    expect(Number(index)).toBeLessThan(2000)
  })

  /** Lines of a table, cell by cell. */
  const lines = (dialog: Locator) =>
    dialog
      .locator('[role=row]:not(.head)')
      .evaluateAll((all) => all.map((row) => [...row.children].map((cell) => cell.textContent))) as Promise<string[][]>
  const streamLines = async (path: string) =>
    (await rtpStreamsOf(path)).map(({ ends, ssrc, payload, packets, lost, lostShare, delta, jitter, isTroubled }) => [
      ...ends.split(' '),
      `0x${ssrc.toString(16).padStart(8, '0')}`,
      payload,
      String(packets),
      String(lost),
      lostShare.toFixed(1),
      ...[...delta, ...jitter].map((value) => (value === -1 ? '' : value.toFixed(3))),
      isTroubled ? 'yes' : '',
    ])

  it('lists streams as tshark does, and calls, and draws one with its stream; from each to its packets', async () => {
    const path = join(folder, 'call.pcap')
    await open('call')
    const telephony = await opened('Telephony')
    await telephony.getByText('1 call, 1 stream').waitFor({ timeout: 30_000 })
    const ends = ['sip:alice@example.net', 'sip:bob@example.net', ALICE.host]
    expect(await lines(telephony)).toEqual([
      ['0.000000', ...ends, 'one@example.net', '5.150500', 'completed', '5', '1'],
    ])
    await inspect('calls')
    await telephony.getByRole('combobox').selectOption('streams')
    await expect
      .poll(async () => (await lines(telephony)).map((line) => line.slice(1)))
      .toEqual(await streamLines(path))
    await inspect('streams')
    expect((await saved(telephony, 'Save CSV')).split('\n')[1]).toContain(
      '"192.0.2.1",4000,"192.0.2.2",5000,"0x11223344"',
    )
    await telephony.getByRole('combobox').selectOption('calls')
    await telephony.getByRole('grid').focus()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    const flow = page.getByRole('dialog', { name: 'Flow of a call' })
    const drawn = flow.locator('[role=row]:not(.head) .what')
    await expect
      .poll(() => drawn.allTextContents())
      .toEqual([
        'INVITE SDP (g711U g711A iLBC H264 AMR-WB telephone-event opus)',
        '200 OK SDP (g711U g711A iLBC H264 AMR-WB telephone-event opus)',
        'ACK',
        'RTP (opus)',
        'BYE',
        '200 OK',
      ])
    await inspect('call')
    await flow.getByRole('grid').focus()
    await page.keyboard.press('End')
    await page.keyboard.press('Enter')
    const all = await numbersOf(path, 'sip || rtp')
    await expect.poll(selected).toBe(String(all.at(-1)))
    await page.locator('.status-line', { hasText: `${all.length} shown` }).waitFor()
  })

  it('says what it waits for, and can be cancelled, and asked again', async () => {
    await open('web')
    let release = () => {}
    held = new Promise((resolve) => {
      release = resolve
    })
    const telephony = await opened('Telephony')
    await telephony.getByRole('button', { name: 'Cancel' }).click()
    await telephony.getByRole('alert').getByText('It was cancelled.').waitFor()
    release()
    await telephony.getByRole('button', { name: 'Try again' }).click()
    await telephony.getByText('No call begins in what is open here').waitFor({ timeout: 30_000 })
  })

  it.skipIf(!needs.corpus.met)('lists calls and streams of a real capture as tshark knows them', async () => {
    const fields = ['sip.Call-ID', 'sip.Method', 'sip.from.addr', 'sip.to.addr', 'frame.time_relative', 'ip.src']
    const separated = ['-T', 'fields', '-E', 'separator=\u0001', ...fields.flatMap((field) => ['-e', field])]
    const messages = (await tshark('-2', '-r', SNGREP, '-Y', 'sip', ...separated))
      .split('\n')
      .slice(0, -1)
      .map((line) => line.split('\u0001'))
    const begun = new Set(messages.filter(([, method]) => method === 'INVITE').map(([id]) => id))
    const wanted = [...begun].map((id) => {
      const own = messages.filter((message) => message[0] === id)
      const [, , from, to, start, by] = own[0] ?? []
      const duration = Number(own.at(-1)?.[4]) - Number(start)
      return [Number(start).toFixed(6), from, to, by, id, duration.toFixed(6), String(own.length)]
    })
    await open('sngrep')
    const telephony = await opened('Telephony')
    await telephony.getByText(`${wanted.length} calls, 1 stream`).waitFor({ timeout: 30_000 })
    const found = await lines(telephony)
    expect(found.map((line) => [...line.slice(0, 6), line[7]])).toEqual(wanted)
    expect(found.map((line) => line[6])).toEqual([
      'cancelled',
      'rejected: 403 Wrong password or domain',
      'rejected: 403 Wrong password or domain',
      'rejected: 480 Error',
    ])
    expect(found.map((line) => line[8])).toEqual(['0', '0', '0', '1'])
    await telephony.getByRole('combobox').selectOption('streams')
    await expect
      .poll(async () => (await lines(telephony)).map((line) => line.slice(1)))
      .toEqual(await streamLines(SNGREP))
  })
})
