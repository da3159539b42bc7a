/** The viewer on a real gateway: where it is reached from, windows of a capture, parts that are shared, compressed files. */
import { execFile } from 'node:child_process'
import { cp, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { pcap } from '../support/captures.ts'
import { launch } from '../support/chromium.ts'
import { has, needs } from '../support/needs.ts'
import { type Server, startServer } from '../support/server.ts'
import { numbersOf } from '../support/tshark.ts'
import { httpCapture } from '../support/web-traffic.ts'

const PACKETS = 3000
/** The project, but for what is downloaded. */
const PROJECT = resolve(import.meta.dirname, '../..')
const PARTS = ['migrations', 'migrations-search', 'ops', 'package.json', 'src', 'tsconfig.browser.json', 'tsconfig.json', 'wrangler.toml'] // biome-ignore format: one list
/** Packet n of it has n in its last bytes, and comes n seconds after the first. */
const MANY = pcap(
  Array.from({ length: PACKETS }, (_, i) => {
    const data = new Uint8Array(64).fill(2)
    new DataView(data.buffer).setUint32(60, i + 1)
    return { seconds: 1_700_000_000 + i, data }
  }),
)

describe.skipIf(!needs.chromium.met)('the viewer on a gateway', () => {
  let server: Server
  let browser: Browser
  let page: Page
  let many: string

  const authorised = ({ token } = server) => ({ Authorization: `Bearer ${token}` })
  async function uploaded(bytes: Uint8Array, more = '', at = server): Promise<string> {
    const answer = await fetch(`${at.url}/api/v1/${at.token}/upload?filename=many.pcap${more}`, {
      method: 'PUT',
      body: bytes as BodyInit,
    })
    const { id } = (await answer.json()) as { id: string }
    await vi.waitFor(
      async () => {
        const said = await fetch(`${at.url}/api/v1/pcaps/private/status/${id}`, { headers: authorised(at) })
        expect(await said.json()).toEqual({ status: 'ok' })
      },
      { timeout: 20_000, interval: 200 },
    )
    return id
  }

  beforeAll(async () => {
    server = await startServer()
    browser = await launch()
    many = await uploaded(MANY)
  })
  afterAll(async () => {
    await browser?.close()
    await server?.stop()
  })
  beforeEach(async () => {
    page = await browser.newPage({ viewport: { width: 1366, height: 768 } })
  })
  afterEach(() => page.close())

  const isOpen = () => page.locator('#packets [role=row]:not(.head):not(.empty)').nth(3).waitFor({ timeout: 40_000 })
  const numbers = async () =>
    (await page.locator('#packets [role=row]:not(.head) [role=gridcell]:first-child').allTextContents())
      .slice(0, 4)
      .map(Number)
  const selected = () => page.locator('#selected-packet [role=gridcell]').first().textContent()

  it('is a click away from the page of a capture', async () => {
    await page.goto(`${server.url}/captures/${many}`)
    const warmed = page.waitForRequest(/\/viewer\/wireshark-.*\.wasm\.gz$/)
    await page.getByRole('link', { name: 'See the packets' }).hover()
    await warmed
    await page.getByRole('link', { name: 'See the packets' }).click()
    await isOpen()
    expect(await numbers()).toEqual([1, 2, 3, 4])
    await page.getByRole('link', { name: 'Facts' }).click()
    await page.locator('.figures').waitFor()
  })

  it('opens windows, in which packets keep their numbers, and goes from one to another', {
    timeout: 120_000,
  }, async () => {
    await page.goto(`${server.url}/captures/${many}/packets?from=1001&to=1500#packet=1003`)
    await isOpen()
    await expect.poll(selected).toBe('1003')
    expect(await numbers()).toEqual([1001, 1002, 1003, 1004])
    expect(await page.locator('#bytes .hex').last().textContent()).toMatch(/00 ?00 ?03 ?eb/)
    await page.locator('#details [role=treeitem]', { hasText: 'Frame 3' }).dblclick()
    await page.getByText('Frame Number: 3 in this window').waitFor()
    await page.getByRole('button', { name: 'Next' }).click()
    await page.getByText('Packets 1,501 to 2,000 of 3,000').waitFor()
    await isOpen()
    await expect.poll(numbers).toEqual([1501, 1502, 1503, 1504])
    await page.keyboard.press('Control+g')
    await page.locator('input:focus').waitFor()
    await page.keyboard.type('2750')
    await page.keyboard.press('Enter')
    await expect.poll(selected, { timeout: 40_000 }).toBe('2750')
    expect(page.url()).toContain('?from=2501&to=3000#packet=2750')
    await page.reload()
    await isOpen()
    await expect.poll(selected).toBe('2750')
  })

  it('opens a window around a time', async () => {
    await page.goto(`${server.url}/captures/${many}/packets?from=1700000100.0&to=1700000110.0`)
    await isOpen()
    expect(await numbers()).toEqual([101, 102, 103, 104])
    await page.locator('.status-line', { hasText: '10 packets' }).waitFor()
  })

  it('shows the part that a link shares, by the numbers of the whole', async () => {
    const made = await fetch(`${server.url}/api/v2/captures/${many}/shares`, {
      method: 'POST',
      headers: { ...authorised(), 'Content-Type': 'application/json' },
      body: JSON.stringify({ packets: { from: 200, to: 299 } }),
    })
    const { id } = (await made.json()) as { id: string }
    await page.goto(`${server.url}/s/${id}/packets`)
    await isOpen()
    expect(await numbers()).toEqual([200, 201, 202, 203])
    await page.locator('.status-line', { hasText: '100 packets' }).waitFor()
    const slice = await fetch(`${server.url}/s/${id}/slice?from=1&to=2`)
    expect([slice.status, slice.headers.get('content-type')]).toEqual([422, 'application/problem+json'])
  })

  it('is led to by the rows of a capture that a link shares, for who has the link', async () => {
    const { path, bytes } = await httpCapture()
    const made = await fetch(`${server.url}/api/v2/captures/${await uploaded(bytes, '&visibility=private')}/shares`, {
      method: 'POST',
      headers: { ...authorised(), 'Content-Type': 'application/json' },
      body: '{}',
    })
    const { id } = (await made.json()) as { id: string }
    await page.goto(`${server.url}/s/${id}?tab=conversations`)
    await page.locator('tbody th[scope=row] a').first().click()
    await page.waitForURL(`**/s/${id}/packets?filter=**`)
    await isOpen()
    if (needs.tshark.met) {
      const all = await numbersOf(path, 'tcp.stream eq 0')
      await page.locator('.status-line', { hasText: `${all.length} shown` }).waitFor()
      expect(await numbers()).toEqual(all.slice(0, 4))
    }
  })

  it('is as absent as the capture where that is private', async () => {
    const sent = await fetch(`${server.url}/api/v1/upload/private/`, {
      method: 'POST',
      headers: authorised(),
      body: (() => {
        const form = new FormData()
        form.append('file', new Blob([MANY]), 'many.pcap')
        return form
      })(),
    })
    const { uuid } = (await sent.json()) as { uuid: string }
    for (const path of ['packets', 'slice?from=1&to=2']) {
      expect((await fetch(`${server.url}/captures/${uuid}/${path}`)).status, path).toBe(404)
      const own = () => fetch(`${server.url}/captures/${uuid}/${path}`, { headers: authorised() })
      await vi.waitFor(async () => expect((await own()).status, path).toBe(200), { timeout: 20_000, interval: 200 })
    }
  })

  it('says in JSON why there is no such slice', async () => {
    const answer = await fetch(`${server.url}/captures/${many}/slice?from=9&to=3`)
    expect(answer.status).toBe(400)
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect(await answer.json()).toMatchObject({ status: 400, detail: 'from lies behind to.' })
  })

  it.skipIf(!has('zstd'))('opens what the engine cannot unpack, and the gateway can', async () => {
    const { path } = await httpCapture()
    const { stdout } = await promisify(execFile)('zstd', ['-q', '-c', path], { encoding: 'buffer' })
    const id = await uploaded(Uint8Array.from(stdout))
    await page.goto(`${server.url}/captures/${id}/packets`)
    await isOpen()
    expect(await numbers()).toEqual([1, 2, 3, 4])
  })

  it('is left out whole by PCAPORT_VIEWER=off, where it was before; the gateway does without it', async () => {
    const project = await mkdtemp(join(tmpdir(), 'pcaport-project-')) // of its own: the files of the viewer are deleted in it
    for (const part of PARTS) await cp(join(PROJECT, part), join(project, part), { recursive: true })
    await symlink(join(PROJECT, 'node_modules'), join(project, 'node_modules'))
    const script = (await (await fetch(`${server.url}/viewer.json`)).json()) as { script: string }
    expect((await fetch(server.url + script.script)).status).toBe(200)
    const without = await startServer({ project, bundles: true, env: { PCAPORT_VIEWER: 'off' } })
    try {
      const { bytes } = await httpCapture()
      const id = await uploaded(bytes, '', without)
      for (const path of ['/viewer.json', script.script, `/captures/${id}/packets`])
        expect((await fetch(without.url + path)).status, path).toBe(404)
      await page.goto(`${without.url}/captures/${id}?tab=conversations`)
      await page.locator('tbody th[scope=row]').first().waitFor()
      expect(await page.getByRole('link', { name: 'See the packets' }).count()).toBe(0)
      expect(await page.locator('tbody a').count()).toBe(0)
      const kept = await fetch(`${without.url}/captures/${id}/download`)
      expect(Buffer.from(await kept.arrayBuffer()).equals(Buffer.from(bytes))).toBe(true)
    } finally {
      await without.stop()
      await rm(project, { recursive: true, force: true })
    }
  }, 120_000)
})
