/**
 * The traffic of a capture in Chromium, as a real server gives it: at once, without the engine, at every width, by keys alone.
 * `SHOTS=<folder>` keeps pictures.
 */
import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { availableParallelism, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { AXE, hear, NARROW, RUN_AXE, signIn, WIDE } from '../support/chromium.ts'
import { manyConversations } from '../support/conversations.ts'
import { CHROMIUM, needs } from '../support/needs.ts'
import { type Server, startServer } from '../support/server.ts'
import { numbersOf } from '../support/tshark.ts'

const FLAGS =
  '--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync'
const CUT_OFF = `[...document.querySelectorAll('main *')].filter((one) => !one.closest('.scroll') && !one.closest('svg') && one.getBoundingClientRect().right > innerWidth).map((one) => one.outerHTML.slice(0, 100))`
const TABS = ['', '?tab=protocols', '?tab=conversations', '?tab=endpoints', '?tab=map', '?tab=health', '?tab=names']
const MANY = 100_000
const SOON = { timeout: 15_000 }

describe.skipIf(!needs.chromium.met)('traffic in a browser', () => {
  let browser: Browser
  let server: Server
  let many = ''
  let folder = ''

  /** Upload, and wait until it is read. @returns the address of its page */
  async function upload(name: string, body: Uint8Array<ArrayBuffer>): Promise<string> {
    const answer = await fetch(`${server.url}/api/v1/${server.token}/upload?filename=${name}`, { method: 'PUT', body })
    const { id } = (await answer.json()) as { id: string }
    await until(id)
    return `${server.url}/captures/${id}`
  }

  /** Wait until a capture is read. @returns it, as the API has it */
  const until = (id: string) =>
    vi.waitUntil(
      async () => {
        const bearer = { Authorization: `Bearer ${server.token}` }
        const answer = await fetch(`${server.url}/api/v2/captures/${id}`, { headers: bearer })
        const capture = (await answer.json()) as { status: string }
        return capture.status === 'ok' ? capture : null
      },
      { timeout: 60_000, interval: 200 },
    )

  beforeAll(async () => {
    server = await startServer()
    browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS.split(' ') })
    folder = await mkdtemp(join(tmpdir(), 'pcaport-traffic-'))
    await writeFile(join(folder, 'many.pcap'), manyConversations(MANY))
    many = await upload('many.pcap', manyConversations(MANY))
  })
  afterAll(async () => {
    await browser?.close()
    await server?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  /** A page, what the browser complained about, and what it asked for. */
  async function open(url: string, options: Parameters<Browser['newPage']>[0] = { viewport: WIDE }) {
    const page = await browser.newPage(options)
    const complaints: string[] = []
    const asked: string[] = []
    hear(page, complaints)
    page.on('request', (request) => asked.push(new URL(request.url()).pathname))
    await page.goto(url, { waitUntil: 'load' })
    return { page, complaints, asked }
  }

  async function shot(page: Page, name: string): Promise<void> {
    if (process.env.SHOTS === undefined) return
    await mkdir(process.env.SHOTS, { recursive: true })
    await page.screenshot({ path: join(process.env.SHOTS, `${name}.png`), fullPage: true })
  }

  const firstRow = (page: Page) => page.locator('tbody th[scope=row]').first()

  /** The requirement, of the page and of its main thread alone. Milliseconds. */
  const AT_ONCE = 500

  it(`shows a capture of ${MANY} conversations without the engine, within ${AT_ONCE} ms of its HTML`, async () => {
    for (const [query, mark] of [
      ['', 'graph'],
      ['?tab=conversations', 'rows'],
    ] as const) {
      const walls: number[] = []
      const works: number[] = []
      for (let i = 0; i < 5; i++) {
        const page = await browser.newPage({ viewport: WIDE })
        const asked: string[] = []
        page.on('request', (request) => asked.push(new URL(request.url()).pathname))
        const thread = await page.context().newCDPSession(page)
        await thread.send('Performance.enable', { timeDomain: 'threadTicks' })
        await page.goto(`${many}${query}`, { waitUntil: 'load' })
        const wall = (await page.evaluate(`(async () => {
          while (!performance.getEntriesByName('${mark}').length) await new Promise((then) => setTimeout(then, 5))
          await new Promise((then) => requestAnimationFrame(() => setTimeout(then)))
          const [html] = performance.getEntriesByType('navigation')
          const painted = performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0
          return Math.max(performance.getEntriesByName('${mark}')[0].startTime, painted) - html.responseEnd
        })()`)) as number
        const { metrics } = await thread.send('Performance.getMetrics')
        walls.push(wall)
        works.push((metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN) * 1000)
        expect(asked.filter((path) => !/^\/(captures|fonts|islands)\/|favicon/.test(path))).toEqual([])
        expect(asked.filter((path) => path.startsWith('/captures/'))).toHaveLength(1)
        await page.close()
      }
      const said = (of: number[]) =>
        of
          .sort((a, b) => a - b)
          .map((ms) => ms.toFixed(0))
          .join(', ')
      console.log(`${mark}: drawn ${said(walls)} ms after the HTML; main thread ${said(works)} ms`)
      expect(works[2]).toBeLessThan(AT_ONCE)
      if ((loadavg()[0] ?? 0) < availableParallelism()) expect(walls[2]).toBeLessThan(AT_ONCE) // else the wait is for others
    }
  })

  it('scrolls through all conversations as one table', async () => {
    const { page, complaints } = await open(`${many}?tab=conversations&sort=start`)
    const box = page.locator('.scroll.tall')
    expect(await page.locator('table[aria-rowcount="100001"]').count()).toBe(1)
    for (const [at, row] of [
      [0.5, 50_000],
      [1, 99_999],
    ] as const) {
      await box.evaluate((one, at) => {
        const { scrollHeight, clientHeight } = one as unknown as { scrollHeight: number; clientHeight: number }
        ;(one as unknown as { scrollTop: number }).scrollTop = at * (scrollHeight - clientHeight)
      }, at)
      const i = row === 99_999 ? row : 50_010
      const address = `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}:${1024 + (i % 60_000)}`
      await page.getByRole('row', { name: address }).waitFor({ timeout: 10_000 })
    }
    expect(await page.locator('tbody tr').count()).toBeLessThan(200)
    expect(complaints).toEqual([])
    await page.close()
  })

  it('sorts and filters by keys alone, and says so in the address', async () => {
    const { page, complaints } = await open(`${many}?tab=conversations`)
    await page.locator('th a', { hasText: 'Start' }).focus()
    await page.keyboard.press('Enter')
    await expect.poll(() => firstRow(page).textContent(), SOON).toBe('10.1.134.159:41023') // the last one: 99,999
    await page.keyboard.press('Enter')
    await expect.poll(() => firstRow(page).textContent(), SOON).toBe('10.0.0.0:1024')
    expect(new URL(page.url()).search).toBe('?tab=conversations&table=tcp&sort=start')
    expect(await page.locator('th[aria-sort=ascending]').textContent()).toBe('Start, s')
    await page.getByLabel('Filter').first().focus()
    await page.keyboard.type('10.0.7.209')
    await expect
      .poll(() => page.getByRole('status').last().textContent(), SOON)
      .toBe('1 of 100,000 rows match the filter')
    expect(await firstRow(page).textContent()).toBe('10.0.7.209:3025')
    const href = (await firstRow(page).locator('a').getAttribute('href')) ?? ''
    expect(new URL(href, many).searchParams.get('filter')).toBe('tcp.stream eq 2001')
    const csv = (await page.getByRole('link', { name: /as CSV/ }).getAttribute('href')) ?? ''
    expect((await (await fetch(new URL(csv, many))).text()).trimEnd().split('\r\n')).toHaveLength(2)
    await page.reload()
    expect(await firstRow(page).textContent()).toBe('10.0.7.209:3025')
    expect(complaints).toEqual([])
    await page.close()
  })

  it('chooses a span of the graph by dragging and by typing, and leads on from it', async () => {
    const { page, complaints } = await open(many)
    const over = page.locator('.u-over')
    const box = await over.boundingBox()
    if (!box) throw new Error('there is no graph')
    await page.mouse.move(box.x + box.width * 0.25, box.y + 60)
    await page.mouse.down()
    await page.mouse.move(box.x + box.width * 0.5, box.y + 60, { steps: 4 })
    await page.mouse.up()
    const packets = page.getByRole('link', { name: 'Show its packets' })
    const filter = new URL((await packets.getAttribute('href')) ?? '', many).searchParams.get('filter') ?? ''
    const [from, to] = [...filter.matchAll(/\d+\.\d{9}/g)].map(Number) as [number, number]
    expect(from - 1_700_000_000).toBeGreaterThan(20)
    expect(to - 1_700_000_000).toBeLessThan(60)
    await page.getByRole('button', { name: 'Zoom in' }).click()
    await page.getByRole('button', { name: 'Whole capture' }).click()
    await page.getByLabel('From, s').fill('10')
    await page.getByLabel('To, s').fill('10.5')
    await page.keyboard.press('Enter')
    const href = (await page.getByRole('link', { name: 'Download these packets' }).getAttribute('href')) ?? ''
    const path = join(folder, 'span.pcapng')
    await writeFile(path, new Uint8Array(await (await fetch(new URL(href, many))).arrayBuffer()))
    if (needs.capinfos.met) expect(execFileSync('capinfos', ['-cM', path], { encoding: 'utf8' })).toMatch(/:\s+1000\n/)
    await page.getByRole('link', { name: 'Bytes', exact: true }).click()
    expect(new URL(page.url()).searchParams.get('unit')).toBe('bytes')
    await page.getByRole('button', { name: /^All packets/ }).click()
    expect(await page.getByRole('button', { name: /^All packets/ }).getAttribute('aria-pressed')).toBe('false')
    expect(complaints).toEqual([])
    await page.close()
  })

  it('keeps a span as a capture of its own: by a button for its owner, by a line to paste for others', async () => {
    const cookies = await signIn(browser, server)
    const own = await browser.newContext({ viewport: WIDE })
    await own.addCookies(cookies)
    const page = await own.newPage()
    const at = new URL(many)
    at.hostname = 'localhost'
    await page.goto(`${at}?from=10&to=10.5`)
    await page.getByRole('button', { name: 'Keep it as a capture' }).click()
    await page.waitForURL((url) => url.pathname !== at.pathname)
    const kept = await until(new URL(page.url()).pathname.split('/').at(-1) ?? '')
    expect(kept).toMatchObject({ visibility: 'unlisted', facts: { packets: 1000 } }) // two each millisecond
    await own.close()

    const { page: others, complaints } = await open(`${many}?from=10&to=10.5`)
    expect(await others.getByRole('button', { name: 'Keep it as a capture' }).count()).toBe(0)
    await shot(others, 'traffic-span')
    const line = (await others.locator('.chosen .code code').textContent()) ?? ''
    expect(await others.locator('.chosen .code').textContent()).toContain('Keep it as a capture of its own:')
    if (needs.curl.met) {
      const said = execFileSync('sh', ['-c', line], { encoding: 'utf8', env: { ...process.env, TOKEN: server.token }, stdio: ['ignore', 'pipe', 'ignore'] }) // biome-ignore format: one command
      expect(await until((JSON.parse(said) as { id: string }).id)).toMatchObject({ facts: { packets: 1000 } })
    }
    expect(complaints).toEqual([])
    await others.close()
    const { page: plain } = await open(`${many}?from=10&to=10.5`, { javaScriptEnabled: false })
    expect(await plain.locator('.chosen .code code').textContent()).toBe(line)
    await plain.close()
  })

  it.skipIf(!needs.tshark.met)('leads from a row to its packets, and to no others', async () => {
    const path = join(folder, 'rows.pcap')
    await writeFile(path, manyConversations(300))
    const { page } = await open(
      `${await upload('rows.pcap', manyConversations(300))}?tab=conversations&filter=10.0.0.77`,
    )
    await firstRow(page).getByRole('link', { name: '10.0.0.77:1101' }).click()
    await page.waitForURL('**/packets?filter=**')
    await page.locator('.status-line', { hasText: '2 shown' }).waitFor({ timeout: 40_000 })
    expect(await page.getByRole('combobox', { name: 'Display filter' }).inputValue()).toBe('tcp.stream eq 77')
    const numbers = await page.locator('#packets [role=row]:not(.head) [role=gridcell]:first-child').allTextContents()
    expect(numbers.map(Number)).toEqual(await numbersOf(path, 'ip.addr == 10.0.0.77'))
    await page.close()
  })

  it.skipIf(!needs.tshark.met)('has tshark’s figures', async () => {
    const path = join(folder, 'few.pcap')
    await writeFile(path, manyConversations(300))
    const few = await upload('few.pcap', manyConversations(300))
    const tshark = (tap: string) =>
      execFileSync('tshark', ['-n', '-q', '-r', path, '-z', tap], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      })
    const theirs = [
      ...tshark('conv,tcp').matchAll(/^(\S+):(\d+)\s+<-> (\S+):(\d+)\s+(\d+) (\S+) bytes\s+(\d+) (\S+) bytes/gm),
    ]
      .map(([, a, aPort, b, bPort, back, , there]) => `${a}:${aPort} ${b}:${bPort} ${there} ${back}`)
      .sort()
    expect(theirs).toHaveLength(300)
    const { page } = await open(`${few}?tab=conversations`, { javaScriptEnabled: false })
    const ours: string[] = []
    for (;;) {
      for (const cells of await page
        .locator('tbody tr')
        .evaluateAll((rows) =>
          rows.map((row) =>
            [...(row as unknown as { children: { textContent: string }[] }).children].map((cell) => cell.textContent),
          ),
        ))
        ours.push(`${cells[0]} ${cells[1]} ${cells[4]} ${cells[6]}`)
      const next = page.getByRole('link', { name: 'Next' })
      if ((await next.count()) === 0) break
      await next.click()
    }
    expect(ours.sort()).toEqual(theirs)
    const phs = [...tshark('io,phs').matchAll(/^( *)(\S+)\s+frames:(\d+) bytes:(\d+)/gm)].map(
      ([, , name, frames]) => `${name} ${frames}`,
    )
    await page.goto(`${few}?tab=protocols`)
    const nodes = await page.locator('.node').evaluateAll((all) =>
      all.map((node) => {
        const [name, , frames] = [...(node as unknown as { children: { textContent: string }[] }).children]
        return `${name?.textContent} ${Number.parseInt((frames?.textContent ?? '').replaceAll(',', ''), 10)}`
      }),
    )
    expect(nodes).toEqual(phs)
    await page.close()
  })

  it.each(TABS)('%s: no violation, no complaint, no sideways scroll', async (tab) => {
    const { page, complaints } = await open(`${many}${tab}`, { colorScheme: 'light', viewport: WIDE })
    await page.evaluate('document.fonts.ready.then(() => null)')
    await page.evaluate(AXE)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      for (const viewport of [WIDE, NARROW]) {
        await page.setViewportSize(viewport)
        await shot(page, `traffic${tab.replace('?tab=', '-') || '-facts'}.${colorScheme}.${viewport.width}`)
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(viewport.width)
        await expect.poll(() => page.evaluate(CUT_OFF)).toEqual([]) // the graph follows the window a frame later
      }
      expect(await page.evaluate(RUN_AXE), colorScheme).toEqual([])
    }
    expect(complaints).toEqual([])
    await page.close()
  })

  it('says all of it with scripts off', async () => {
    const { page } = await open(many, { javaScriptEnabled: false, viewport: WIDE })
    expect(await page.getByRole('img', { name: /^Packets in each/ }).count()).toBe(1)
    expect(await page.locator('.io table tbody tr').count()).toBeGreaterThan(20)
    await page.getByLabel('From, s').fill('1')
    await page.getByLabel('To, s').fill('2')
    await page.getByRole('button', { name: 'Show this span' }).click()
    expect(await page.getByRole('link', { name: 'Download these packets' }).count()).toBe(1)
    await page.goto(`${many}?tab=conversations`)
    await page.getByLabel('Filter').first().fill('10.0.7.209')
    await page.getByRole('button', { name: 'Filter' }).click()
    expect(await firstRow(page).textContent()).toBe('10.0.7.209:3025')
    await page.close()
  })

  it('prints the facts with their graph on two sheets', async () => {
    const { page } = await open(many)
    const pdf = await page.pdf({ format: 'A4', path: process.env.SHOTS && join(process.env.SHOTS, 'traffic.pdf') })
    expect(pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)?.length).toBeLessThanOrEqual(2)
    if (process.env.SHOTS !== undefined) {
      await page.emulateMedia({ media: 'print' })
      await page.setViewportSize({ width: 688, height: 1000 })
      await shot(page, 'traffic-print')
    }
    await page.close()
  })
})
