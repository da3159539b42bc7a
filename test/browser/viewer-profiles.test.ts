/**
 * Profiles of the viewer as a person has them, on a real gateway: made, refused, kept with the account and in the browser, given out and taken in.
 * `SHOTS=<folder>` keeps pictures of it.
 */
import { randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AXE, launch, NARROW, RUN_AXE, signIn, WIDE } from '../support/chromium.ts'
import { needs } from '../support/needs.ts'
import { type Server, startServer } from '../support/server.ts'
import { captureOf, framesOf } from '../support/tcp-traffic.ts'
import { columnsOf } from '../support/tshark.ts'

const text = (said: string) => new TextEncoder().encode(said)
/** HTTP where nobody looks for it. */
const ODD = captureOf(
  framesOf({
    client: { host: '192.0.2.10', port: 50_000 },
    server: { host: '198.51.100.7', port: 9999 },
    sent: [
      { fromServer: false, bytes: text('GET /odd HTTP/1.1\r\nHost: www.example.net\r\n\r\n') },
      { fromServer: true, bytes: text('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok') },
    ],
  }),
)

describe.skipIf(!needs.chromium.met || !needs.tshark.met)('profiles of the viewer', () => {
  let server: Server
  let browser: Browser
  let mine: BrowserContext
  let page: Page
  let folder: string
  let address: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pcaport-profiles-'))
    await writeFile(join(folder, 'odd.pcap'), ODD)
    ;[server, browser] = await Promise.all([startServer(), launch()])
    const answer = await fetch(`${server.url}/api/v1/${server.token}/upload?filename=odd.pcap`, {
      method: 'PUT',
      body: ODD as BodyInit,
    })
    const { id } = (await answer.json()) as { id: string }
    address = `${new URL(server.signInLink).origin}/captures/${id}/packets`
    mine = await browser.newContext({ viewport: WIDE })
    await mine.addCookies(await signIn(browser, server))
    page = await mine.newPage()
  }, 60_000)
  afterAll(async () => {
    await browser?.close()
    await server?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const shown = (on: Page) => on.locator('.status-line', { hasText: / packets/ }).waitFor({ timeout: 30_000 })
  const open = async (on: Page) => {
    await on.goto(address)
    await shown(on)
  }
  /** The profile's name: another at each try, for what is kept stays. */
  let atWork = ''
  const said = (on: Page) => on.getByRole('dialog').getByRole('status').last()
  const cells = (on: Page) =>
    on
      .locator('#packets [role=row]:not(.head)')
      .evaluateAll((rows) =>
        rows.map((row) => [...row.children].map((cell) => cell.textContent?.replace('●', '')).slice(0, 7)),
      )
  const heads = (on: Page) => on.locator('#packets [role=columnheader]').allTextContents()
  const tab = (on: Page, name: string) => on.getByRole('tab', { name }).click()
  const press = (on: Page, name: string) => on.getByRole('dialog').getByRole('button', { name, exact: true }).click()
  const profileDialog = (on: Page) => on.getByRole('button', { name: 'Profile', exact: true }).click()
  const shot = async (on: Page, name: string) => {
    if (process.env.SHOTS !== undefined) await on.screenshot({ path: join(process.env.SHOTS, `profile-${name}.png`) })
  }
  const odd = () => columnsOf(join(folder, 'odd.pcap'), 100, '-d', 'tcp.port==9999,http', '-t', 'ud')
  const cut = (rows: string[][]) => rows.map((row) => row.map((cell, i) => (i === 1 ? cell.slice(0, -3) : cell)))
  /** What the two versions of Wireshark say otherwise. */
  const alike = (rows: (string | undefined)[][]) =>
    rows.map((row) =>
      row.map((cell) => cell?.replace(/ ?\[TCP (segment of a reassembled PDU|PDU reassembled.*)\]/, '')),
    )

  it('is made from a packet, refused where it is wrong, and kept with the account', async () => {
    atWork = `At work ${randomUUID().slice(0, 8)}`
    await open(page)
    await page.locator('#packets [role=row]:not(.head)').nth(3).click({ button: 'right' })
    await page.getByRole('menuitem', { name: 'Decode as…' }).click()
    expect(await page.getByRole('spinbutton', { name: 'Port of entry 1' }).inputValue()).toBe('9999')
    await page.getByRole('combobox', { name: 'Protocol of entry 1' }).fill('no such thing')
    await press(page, 'Save and use')
    await page.getByText('Wireshark knows no protocol by the name of no such thing.').first().waitFor()
    await page.getByRole('combobox', { name: 'Protocol of entry 1' }).fill('http')
    await tab(page, 'Time')
    await page.getByRole('combobox', { name: 'The Time column shows' }).selectOption('utc-date')
    await page.getByRole('combobox', { name: 'Digits of a second' }).selectOption('3')
    await tab(page, '802.11 keys')
    await press(page, 'Add a key')
    await page.getByRole('textbox', { name: 'Text of key 1' }).fill('a secret word')
    await tab(page, 'Colours')
    await press(page, 'Change them')
    await press(page, 'Add a rule')
    await page.getByRole('textbox', { name: 'Name of rule 1', exact: true }).fill('odd')
    await page.getByRole('textbox', { name: 'Display filter of rule 1', exact: true }).fill('http ==')
    await page.getByRole('button', { name: 'Save as new…' }).click()
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill(atWork)
    await page.keyboard.press('Enter')
    await page.locator('.part-line.invalid', { hasText: 'This is no display filter' }).waitFor()
    await page.getByRole('textbox', { name: 'Display filter of rule 1', exact: true }).fill('http')
    await page.getByLabel('Background of rule 1', { exact: true }).fill('#102030')
    await shot(page, 'colours')
    await press(page, 'Save')
    await expect.poll(() => said(page).textContent()).toBe(`${atWork} is saved, and in use.`)
    await shown(page)
    await tab(page, 'Columns')
    await page.getByRole('checkbox', { name: 'UTC time' }).check()
    await page.keyboard.press('Escape')
    const wanted = alike(cut(await odd()))
    await expect.poll(async () => alike(await cells(page))).toEqual(wanted)
    const http = page.locator('#packets [role=row]', { hasText: 'GET /odd' }).first()
    expect(await http.evaluate((row) => row.style.getPropertyValue('--ground'))).toContain('rgb(16 32 48)')
  })

  it('is there in another browser of the account, and two do not write over each other', async () => {
    const other = await browser.newContext()
    await other.addCookies(await mine.cookies())
    const there = await other.newPage()
    await open(there)
    await profileDialog(there)
    await there.getByRole('combobox', { name: 'Profile', exact: true }).selectOption({ label: atWork })
    await expect.poll(() => said(there).textContent()).toBe(`${atWork} is in use.`)
    await shown(there)
    await expect.poll(async () => alike(await cells(there))).toEqual(alike(cut(await odd())))
    expect((await heads(there)).at(-1)).toBe('UTC time')
    await tab(there, '802.11 keys')
    expect(await there.getByRole('textbox', { name: 'Text of key 1' }).inputValue()).toBe('a secret word')
    await profileDialog(page)
    await press(page, 'Save and use')
    await expect.poll(() => said(page).textContent()).toBe(`${atWork} is saved, and in use.`)
    await press(there, 'Save and use')
    await expect.poll(() => said(there).textContent()).toContain('changed in another tab or browser')
    await there.reload()
    await shown(there)
    await expect.poll(async () => alike(await cells(there))).toEqual(alike(cut(await odd())))
    await other.close()
  })

  it('is given out without its secrets unless they are asked for, and taken in by a stranger without what is wrong', async () => {
    const exported = async (withKeys: boolean) => {
      await page.getByRole('button', { name: 'Export…' }).click()
      if (withKeys) await page.getByRole('checkbox', { name: /802\.11 keys/ }).check()
      const [download] = await Promise.all([page.waitForEvent('download'), press(page, 'Export the file')])
      expect(download.suggestedFilename()).toBe(`${atWork}.json`)
      return readFile(await download.path(), 'utf8')
    }
    const plain = await exported(false)
    expect(plain).not.toContain('a secret word')
    expect(await exported(true)).toContain('a secret word')
    const file = JSON.parse(plain)
    file.profile.colours.unshift({ ...file.profile.colours[0], name: 'broken', filter: 'http ==' })
    file.profile.colours.unshift({ ...file.profile.colours[0], name: 'two\n@lines@tcp@[0,0,0][0,0,0]' })
    file.profile.keys = [{ kind: 'wep', key: 'zz' }]
    await writeFile(join(folder, 'given.json'), JSON.stringify(file))
    await writeFile(join(folder, 'colorfilters'), '# rules\n@mine@tcp.port == 9999@[65535,0,0][0,0,0]\n')

    const stranger = await browser.newContext({ viewport: NARROW, colorScheme: 'dark' })
    const there = await stranger.newPage()
    // as a browser has it that was here before there were profiles
    await there.addInitScript(`localStorage.setItem('pcaport.viewer.columns', '["number","info"]')`)
    await open(there)
    expect(await heads(there)).toEqual(['No.', 'Info'])
    await profileDialog(there)
    await there.locator('input[type=file].unseen').setInputFiles(join(folder, 'given.json'))
    await expect.poll(() => said(there).textContent()).toContain(`${atWork} is taken in, and in use.`)
    for (const words of ['colour rule “broken”', 'two', 'WEP key has 10 or 26'])
      expect(await said(there).textContent()).toContain(words)
    await shown(there)
    await there.reload()
    await shown(there)
    await expect.poll(async () => alike(await cells(there))).toEqual(alike(cut(await odd())))
    await profileDialog(there)
    await there.locator('input[type=file].unseen').setInputFiles(join(folder, 'colorfilters'))
    await expect
      .poll(() => there.getByRole('textbox', { name: 'Display filter of rule 1', exact: true }).inputValue())
      .toBe('tcp.port == 9999')
    await there.evaluate(AXE)
    for (const name of ['Columns', 'Colours', 'Time', 'Decode As', 'Names', '802.11 keys']) {
      await tab(there, name)
      await shot(there, `360-dark-${name}`)
      expect(await there.evaluate(RUN_AXE), name).toEqual([])
      expect(await there.evaluate('document.documentElement.scrollWidth'), name).toBe(360)
    }
    await there.getByRole('button', { name: 'Delete…' }).click()
    await press(there, `Delete ${atWork}`)
    await expect.poll(() => said(there).textContent()).toBe(`${atWork} is deleted. Default is in use.`)
    await shown(there)
    expect(await heads(there)).toEqual(['No.', 'Info'])
    await stranger.close()
  })
})
