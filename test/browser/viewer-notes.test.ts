/** Notes on packets and comments of the file, and key logs of links, in the viewer on a real gateway. `SHOTS=<folder>` keeps pictures. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { bytes, pcapng, utf8 } from '../support/captures.ts'
import { AXE, hear, launch, RUN_AXE } from '../support/chromium.ts'
import { needs } from '../support/needs.ts'
import { recordedQuic } from '../support/recorded-quic.ts'
import { type Server, startServer } from '../support/server.ts'

const WIDE = { width: 1366, height: 768 }
const NARROW = { width: 360, height: 740 }
const COMMENT = 1
const NAME = 2
const LONG = 'a line that is long, '.repeat(30)
const MARKUP = '<img src=x onerror="document.title = 1"> & <b>not bold</b>'

/** Six packets, the fourth with comments, on two interfaces in one section, each with a comment of its own. */
function commented(): Uint8Array {
  const ng = pcapng()
  const say = (text: string): [number, Uint8Array] => [COMMENT, utf8(text)]
  return bytes(
    ng.section([say('taken at the core switch')]),
    ng.interface([[NAME, utf8('uplink')], say('towards the provider')]),
    ng.interface([[NAME, utf8('office')], say(MARKUP)]),
    ...[1, 2, 3, 4, 5, 6].map((n) =>
      ng.packet(
        new Uint8Array(60).fill(n),
        { interfaceId: n === 6 ? 1 : 0, time: 1_700_000_000_000_000n + BigInt(n) },
        n === 4 ? [say('the fourth'), say(`${MARKUP}\n${LONG}`)] : [],
      ),
    ),
  )
}

describe.skipIf(!needs.chromium.met)('in the viewer on a gateway', () => {
  let server: Server
  let base: string
  let bearer: { Authorization: string }
  let browser: Browser
  let owner: BrowserContext
  let stranger: BrowserContext
  let page: Page
  let complaints: string[] = []

  beforeAll(async () => {
    server = await startServer()
    bearer = { Authorization: `Bearer ${server.token}` }
    base = new URL(server.signInLink).origin
    browser = await launch()
    owner = await browser.newContext({ viewport: WIDE, colorScheme: 'light' })
    stranger = await browser.newContext({ viewport: WIDE, colorScheme: 'light' })
    const signIn = await owner.newPage()
    await signIn.goto(server.signInLink)
    await signIn.getByRole('button', { name: 'Sign in' }).click()
    await signIn.close()
  }, 120_000)
  afterAll(async () => {
    await browser?.close()
    await server?.stop()
  })
  afterEach(async () => {
    await page.close()
    expect(complaints).toEqual([])
  })

  /** Made and read. @returns its id */
  async function uploaded(path: string, init: RequestInit): Promise<string> {
    const answer = await fetch(`${server.url}${path}`, init)
    const { id, uuid = id } = (await answer.json()) as { id?: string; uuid?: string }
    await vi.waitFor(
      async () => {
        const said = await fetch(`${server.url}/api/v1/pcaps/private/status/${uuid}`, { headers: bearer })
        expect(await said.json()).toEqual({ status: 'ok' })
      },
      { timeout: 20_000, interval: 200 },
    )
    return uuid ?? ''
  }
  const open = async (context: BrowserContext, path: string) => {
    complaints = []
    page = await context.newPage()
    hear(page, complaints)
    await page.goto(`${base}${path}`)
    await page.locator('.status-line', { hasText: / packets/ }).waitFor({ timeout: 40_000 })
  }
  const row = (number: number) =>
    page.locator('#packets [role=row]:not(.head)', { has: page.getByText(new RegExp(`^[●◆]*${number}$`)) }).first()
  const remarks = () => page.getByRole('region', { name: 'Notes and comments' }).locator('p').allTextContents()
  const select = async (number: number) => {
    await row(number).click()
    await page.locator('#details [role=treeitem]', { hasText: new RegExp(`^Frame ${number}:`) }).waitFor()
  }
  const dialog = () => page.getByRole('dialog', { name: /^Note on packet/ })
  const shot = async (name: string) => {
    if (process.env.SHOTS === undefined) return
    await mkdir(process.env.SHOTS, { recursive: true })
    await page.screenshot({ path: join(process.env.SHOTS, `notes-${name}.png`) })
  }
  const linked = async (id: string, wish: object) => {
    const headers = { ...bearer, 'Content-Type': 'application/json' }
    const init = { method: 'POST', headers, body: JSON.stringify(wish) }
    const answer = await fetch(`${server.url}/api/v2/captures/${id}/shares`, init)
    return ((await answer.json()) as { id: string }).id
  }

  describe('notes', () => {
    let id: string
    const kept = async () => {
      const answer = await fetch(`${server.url}/api/v1/${server.token}/annotations/${id}`)
      return ((await answer.json()) as { line: number; text: string }[]).map(({ line, text }) => [line, text])
    }
    beforeAll(async () => {
      const init = { method: 'PUT', body: commented() as BodyInit }
      id = await uploaded(`/api/v1/${server.token}/upload?filename=commented.pcapng`, init)
      const form = new URLSearchParams({ frame: '2', text: MARKUP })
      await fetch(`${server.url}/api/v1/${server.token}/annotations/${id}`, { method: 'POST', body: form })
      const headers = { ...bearer, 'Content-Type': 'application/json' }
      const body = JSON.stringify({ text: 'by the API\nin two lines' })
      await fetch(`${server.url}/api/v2/captures/${id}/annotations/3`, { method: 'PUT', headers, body })
    }, 60_000)

    it('of both APIs, and comments of the file, stand in the list and at their packets, told apart, as text', async () => {
      await open(owner, `/captures/${id}/packets`)
      await row(6).waitFor()
      const marks = await page
        .locator('#packets [role=row]:not(.head)')
        .evaluateAll((all) => all.map((one) => [...one.querySelectorAll('[role=img]')].map((mark) => mark.ariaLabel)))
      expect(marks).toEqual([[], ['has a note'], ['has a note'], ['has a comment in the file'], [], []])
      const around = [
        'Comment on section 1 taken at the core switch',
        'Comment on interface uplink towards the provider',
      ]
      await select(1)
      await expect.poll(remarks).toEqual(around)
      await select(2)
      await expect.poll(remarks).toEqual([`Note ${MARKUP}`, ...around])
      await select(3)
      await expect.poll(remarks).toEqual(['Note by the API\nin two lines', ...around])
      await select(4)
      await expect
        .poll(remarks)
        .toEqual(['Comment in the file the fourth', `Comment in the file ${MARKUP}\n${LONG}`, ...around])
      await select(6)
      await expect.poll(remarks).toEqual([around[0], `Comment on interface office ${MARKUP}`])
      expect(
        await page.locator('.remarks b, .remarks img').evaluateAll((all) => all.map((one) => one.tagName)),
      ).toEqual(['B', 'B'])
    })

    it('are written, edited and deleted by their owner, by keys alone or the menu, as the APIs then say', async () => {
      await open(owner, `/captures/${id}/packets#packet=5`)
      await page.locator('#details [role=treeitem]', { hasText: /^Frame 5:/ }).waitFor()
      await page.locator('#packets').focus()
      await page.keyboard.press('Control+Alt+c')
      await dialog().getByRole('textbox', { name: 'Note' }).and(page.locator(':focus')).waitFor()
      await page.keyboard.type(`as typed: ${MARKUP}`)
      await page.evaluate(AXE)
      for (const colorScheme of ['dark', 'light'] as const)
        for (const viewport of [NARROW, WIDE]) {
          await page.emulateMedia({ colorScheme })
          await page.setViewportSize(viewport)
          await shot(`dialog-${colorScheme}-${viewport.width}`)
          expect(await page.evaluate(RUN_AXE), `${colorScheme} ${viewport.width}`).toEqual([])
        }
      await page.keyboard.press('Control+Enter')
      await dialog().waitFor({ state: 'detached' })
      await row(5).getByRole('img', { name: 'has a note' }).waitFor()
      expect((await remarks())[0]).toBe(`Note as typed: ${MARKUP}`)
      for (const colorScheme of ['dark', 'light'] as const) {
        await page.emulateMedia({ colorScheme })
        await shot(`noted-${colorScheme}`)
        expect(await page.evaluate(RUN_AXE), colorScheme).toEqual([])
      }
      expect(await kept()).toContainEqual([5, `as typed: ${MARKUP}`])
      await fetch(`${server.url}/api/v1/${server.token}/annotations/${id}`, {
        method: 'POST',
        body: new URLSearchParams({ frame: '5', text: 'changed by a colleague' }),
      })
      await row(5).click({ button: 'right' })
      await page.getByRole('menuitem', { name: /^Edit its note…/ }).click()
      const area = dialog().getByRole('textbox', { name: 'Note' })
      await expect.poll(() => area.inputValue()).toBe('changed by a colleague')
      await area.fill('   ')
      await dialog().getByRole('button', { name: 'Save note' }).click()
      await dialog().getByText('text holds nothing that could be shown.').waitFor()
      await area.fill('changed again')
      await dialog().getByRole('button', { name: 'Save note' }).click()
      await dialog().waitFor({ state: 'detached' })
      expect(await kept()).toContainEqual([5, 'changed again'])
      await page.keyboard.press('Control+Alt+c')
      await dialog().getByRole('button', { name: 'Delete note' }).click()
      await dialog().waitFor({ state: 'detached' })
      expect(await row(5).getByRole('img').count()).toBe(0)
      expect((await kept()).map(([line]) => line)).toEqual([2, 3])
      complaints = complaints.filter((one) => !/status of 400/.test(one)) // of the note that was empty
    })

    it('are read, and not written, by a stranger and by a link', async () => {
      const share = await linked(id, {})
      for (const path of [`/captures/${id}/packets`, `/s/${share}/packets`]) {
        await open(stranger, path)
        await select(3)
        expect((await remarks())[0]).toBe('Note by the API\nin two lines')
        await page.keyboard.press('Control+Alt+c')
        await page.keyboard.press('Shift+F10')
        await page.locator('#selected-packet').click({ button: 'right' })
        await page.getByRole('menuitem', { name: /^Mark/ }).waitFor()
        expect(await page.getByRole('menuitem', { name: /Annotate|note/ }).count()).toBe(0)
        expect(await dialog().count()).toBe(0)
        const status = await page.evaluate<number>(
          `fetch('/api/v2/captures/${id}/annotations/3', { method: 'DELETE' }).then(({ status }) => status)`,
        )
        expect(status).toBe(401)
        complaints = complaints.filter((one) => !/status of 401/.test(one))
        if (path.startsWith('/captures')) await page.close()
      }
      expect((await kept()).map(([line]) => line)).toEqual([2, 3])
    })
  })

  it('a key log decrypts for its owner and by a link that has it, and by no other', async () => {
    const { bytes: capture, keylog } = recordedQuic()
    const form = new FormData()
    form.set('file', new File([Uint8Array.from(capture)], 'quic.pcap'))
    form.set('keylog', new File([keylog], 'keys.log'))
    const id = await uploaded('/api/v1/upload/private/', { method: 'POST', headers: bearer, body: form })
    const protocols = () =>
      page
        .locator('#packets [role=row]:not(.head)')
        .evaluateAll((all) => all.map((one) => one.children[4]?.textContent ?? ''))
    for (const [context, path] of [
      [owner, `/captures/${id}/packets`],
      [stranger, `/s/${await linked(id, { keylog: true })}/packets`],
    ] as const) {
      await open(context, path)
      await page.getByText(/has secrets for 1 of the 1 TLS handshake/).waitFor({ timeout: 30_000 })
      expect((await protocols()).filter((one) => one === 'HTTP3')).toHaveLength(4)
      await page.close()
    }
    await open(stranger, `/s/${await linked(id, { keylog: false })}/packets`)
    await expect.poll(protocols).toHaveLength(7)
    expect(new Set(await protocols())).toEqual(new Set(['QUIC']))
    expect(await page.locator('#viewer, body').first().textContent()).not.toContain('secrets for')
  })
})
