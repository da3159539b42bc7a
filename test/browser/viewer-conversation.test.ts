/** One conversation of a capture that is looked at in windows: from its row and from a packet to all of its packets, beside tshark. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { ethernet, ipv4, udp } from '../summary/frames.ts'
import { AXE, launch, NARROW, poll, RUN_AXE, signIn, WIDE, watched } from '../support/chromium.ts'
import { needs } from '../support/needs.ts'
import { type Server, startServer } from '../support/server.ts'
import { captureOf, framesOf } from '../support/tcp-traffic.ts'
import { columnsOf, numbersOf, tshark } from '../support/tshark.ts'

const NOISE = 15_500
const CONVERSATION = 'ip.addr == 192.0.2.10 && ip.addr == 198.51.100.7 && tcp.port == 50000 && tcp.port == 80'

/** Its handshake in the first packets, its data in the last, and 21 MB of other things between. */
function file(): Uint8Array {
  const utf8 = (text: string) => new TextEncoder().encode(text)
  const talk = framesOf({
    client: { host: '192.0.2.10', port: 50_000 },
    server: { host: '198.51.100.7', port: 80 },
    sent: [{ fromServer: false, bytes: utf8('GET /late HTTP/1.1\r\nHost: www.example.net\r\n\r\n') }],
  })
  const noise = Array.from(
    { length: NOISE },
    (_, i) =>
    ethernet(0x0800, ipv4(17, udp(new Uint8Array(1350).fill(i)), { from: `10.0.0.${i % 200}`, to: '10.1.0.1' })), // biome-ignore format: one thought
  )
  return captureOf([...talk.slice(0, 3), ...noise, ...talk.slice(3)])
}

describe.skipIf(!needs.chromium.met || !needs.tshark.met || !needs.editcap.met)(
  'a conversation, out of a window',
  () => {
    let server: Server
    let browser: Browser
    let context: BrowserContext
    let page: Page
    let complaints: string[]
    let folder: string
    let path: string
    let id: string
    let numbers: number[]

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'pcaport-conversation-'))
      path = join(folder, 'large.pcap')
      const bytes = file()
      await writeFile(path, bytes)
      numbers = await numbersOf(path, CONVERSATION)
      server = await startServer()
      browser = await launch()
      context = await browser.newContext({ viewport: WIDE })
      await context.addCookies(await signIn(browser, server))
      const sent = await fetch(`${server.url}/api/v1/${server.token}/upload/large.pcap`, {
        method: 'PUT',
        body: bytes as BodyInit,
      })
      id = ((await sent.json()) as { id: string }).id
      const headers = { Authorization: `Bearer ${server.token}` }
      await vi.waitFor(
        async () => {
          const said = await fetch(`${server.url}/api/v1/pcaps/private/status/${id}`, { headers })
          expect(await said.json()).toEqual({ status: 'ok' })
        },
        { timeout: 40_000, interval: 200 },
      )
      ;({ page, complaints } = await watched(context))
    }, 120_000)
    afterAll(async () => {
      await browser?.close()
      await server?.stop()
      await rm(folder, { recursive: true, force: true })
    })

    /** Where the conversation was opened. */
    let made = ''
    const at = (rest: string) => `http://localhost:${server.port}/captures/${id}${rest}`
    const shown = () => page.locator('#packets [role=row]:not(.head) [role=gridcell]:first-child').allTextContents()

    it('opens with its handshake from a packet at its end; its packets are tshark’s, by count, numbers and bytes', {
      timeout: 120_000,
    }, async () => {
      const last = numbers.at(-1) as number
      await page.goto(at(`/packets?from=${last - 99}&to=${last}#packet=${last}`))
      await poll(() => page.locator('#selected-packet [role=gridcell]').first().textContent(), {
        timeout: 60_000,
      }).toBe(String(last))
      await page.getByRole('button', { name: 'Open this conversation' }).click()
      await page.waitForURL((url) => !url.pathname.includes(id))
      made = page.url().replace(/#.*$/, '')
      await poll(shown, { timeout: 60_000 }).toEqual(numbers.map(String))
      const slice = join(folder, 'slice.pcapng')
      const url = page.url().replace(/\/packets.*$/, '/download')
      await writeFile(slice, new Uint8Array(await (await context.request.get(url)).body()))
      const ids = await tshark('-r', slice, '-T', 'fields', '-e', 'frame.packet_id')
      expect(ids.trim().split('\n').map(Number)).toEqual(numbers)
      const wanted = join(folder, 'wanted.pcap')
      await promisify(execFile)('editcap', ['-r', path, wanted, ...numbers.map(String)])
      expect(await tshark('-r', slice, '-x')).toBe(await tshark('-r', wanted, '-x'))
      const [first] = await columnsOf(wanted, 1)
      expect(await page.locator('#packets [role=row]:not(.head)').first().textContent()).toContain(first?.at(-1))
      expect(complaints).toEqual([])
    })

    it('opens from its row, without a script, too: the same capture', async () => {
      await page.goto(at('?tab=conversations&table=tcp'))
      await page.locator('[data-rows] tbody button').first().click()
      await page.waitForURL(made)
      const plain = await context.browser()?.newContext({ javaScriptEnabled: false, viewport: WIDE })
      await plain?.addCookies(await context.cookies())
      const still = (await plain?.newPage()) as Page
      await still.goto(at('?tab=conversations&table=tcp'))
      await still.getByRole('button', { name: 'Open: 192.0.2.10:50000 and 198.51.100.7:80' }).click()
      await still.waitForURL(made)
      await plain?.close()
    })

    it('is found by axe to be in order, light, dark and narrow', async () => {
      for (const viewport of [WIDE, NARROW])
        for (const colorScheme of ['light', 'dark'] as const) {
          await page.setViewportSize(viewport)
          await page.emulateMedia({ colorScheme })
          await page.goto(at('?tab=conversations&table=tcp'))
          await page.locator('[data-rows] tbody button').waitFor()
          expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(viewport.width)
          await page.evaluate(AXE)
          expect(await page.evaluate(RUN_AXE)).toEqual([])
        }
      expect(complaints).toEqual([])
    })
  },
)
