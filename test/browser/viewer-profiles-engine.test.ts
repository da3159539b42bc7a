/** What a profile says, in the viewer's engine in Chromium, beside Debian's tshark given the same: Decode As, 802.11 keys, times, names, colours. */
import { pbkdf2Sync } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FIRST, type Profile, TIME_FORMATS } from '../../src/web/viewer/profile.ts'
import { launch } from '../support/chromium.ts'
import { needs } from '../support/needs.ts'
import { columnsOf, numbersOf, tshark } from '../support/tshark.ts'
import { askEngine, serveViewer, type ViewerServer } from '../support/viewer.ts'

const corpus = process.env.PCAPORT_CORPUS ?? ''
const DNS_8053 = 'the-tcpdump-group__tcpdump/tests/dns_tcp_8053.pcap'
const DNS = 'the-tcpdump-group__tcpdump/tests/dns_tcp.pcap'
const LINKSYS = 'aircrack-ng__aircrack-ng/test/wpa-psk-linksys.cap'
const WIRESHARK = 'the-tcpdump-group__libpcap/tests/filter/wpa2linkuppassphraseiswireshark.pcap'
const WEP = 'aircrack-ng__aircrack-ng/test/wep_64_ptw_01.cap'
const ROWS = 400

describe.skipIf(!needs.chromium.met || !needs.tshark.met || !needs.corpus.met)('a profile in the engine', () => {
  let server: ViewerServer
  let browser: Browser
  let page: Page

  beforeAll(async () => {
    server = await serveViewer({ capture: (name) => readFile(join(corpus, 'captures', name)) })
    browser = await launch()
    const context = await browser.newContext({ timezoneId: 'Asia/Tokyo' })
    page = await context.newPage()
    await page.goto(`${server.url}/test/`)
  })
  afterAll(async () => {
    await browser?.close()
    server?.close()
  })

  const pathOf = (name: string) => join(corpus, 'captures', name)
  /** The seven columns, and the colours. */
  const seen = async (name: string, profile: Partial<Profile>) => {
    const { rows, colours } = await askEngine(page, server, name, { rows: ROWS, profile: { ...FIRST, ...profile } })
    return { rows: rows.map((row) => row.slice(0, 7)), colours }
  }
  const protocols = (rows: string[][]) => rows.map(([number, , , , protocol]) => `${number} ${protocol}`)

  it('decodes a port as another protocol', async () => {
    const decodeAs = [{ table: 'tcp.port' as const, port: 8053, dissector: 'DNS' }]
    const said = await columnsOf(pathOf(DNS_8053), ROWS, '-d', 'tcp.port==8053,dns')
    expect(protocols(said).join()).toContain('DNS')
    expect((await seen(DNS_8053, { decodeAs })).rows).toEqual(said)
    const plain = await seen(DNS_8053, {})
    expect(plain.rows).toEqual(await columnsOf(pathOf(DNS_8053), ROWS))
    // … and without rules of one's own the colours are Wireshark's
    const color = await tshark('--color', '-r', pathOf(DNS_8053), '-T', 'fields', '-e', 'frame.coloring_rule.name')
    const wiresharks: Record<string, number> = { 'TCP SYN/FIN': 0xa0a0a0, TCP: 0xe7e6ff }
    const wanted = color.split('\n').slice(0, -1)
    expect(plain.colours.map((one) => one?.ground)).toEqual(wanted.map((rule) => wiresharks[rule]))
  })

  it('decrypts 802.11 by a passphrase, by a PSK, by a WEP key', async () => {
    const psk = pbkdf2Sync('dictionary', 'linksys', 4096, 32, 'sha1').toString('hex') // IEEE 802.11-2020 J.4.1
    const keys = [
      { kind: 'wpa-pwd', key: '%77ireshark' },
      { kind: 'wpa-psk', key: psk },
      { kind: 'wep', key: '1f:1f:1f:1f:1f' },
    ] as const
    const given = keys.flatMap(({ kind, key }) => ['-o', `uat:80211_keys:"${kind}","${key}"`])
    for (const [name, inside] of [
      [WIRESHARK, 'DHCP'],
      [LINKSYS, 'DNS'],
      [WEP, 'ARP'],
    ] as const) {
      const said = await columnsOf(pathOf(name), ROWS, '-o', 'wlan.enable_decryption:TRUE', ...given)
      const { rows } = await seen(name, { keys })
      expect(protocols(rows)).toEqual(protocols(said))
      expect(rows.map((row) => row[4])).toContain(inside)
    }
  })

  it('leaves out keys that would end the engine, and lines that no field of a profile may begin', async () => {
    const said = await columnsOf(pathOf(DNS_8053), ROWS)
    const evil = 'x"\nwlan.enable_decryption: TRUE\n"'
    const { rows } = await seen(DNS_8053, {
      keys: [
        { kind: 'wpa-psk', key: 'ab' },
        { kind: 'wep', key: evil },
      ],
      decodeAs: [{ table: 'tcp.port', port: 8053, dissector: 'DNS\ndecode_as_entry: tcp.port,8053,(none),SSH' }],
      colours: [{ name: evil, filter: 'tcp', ink: 0, ground: 0xffffff, isOn: true }],
      names: { ...FIRST.names, hosts: `${said[0]?.[2]} a"b\n` },
      columns: { ...FIRST.columns, fields: ['tcp.len"\nnameres.network_name: TRUE'] },
    })
    expect(rows).toEqual(said)
  })

  it('shows times in each way, and cuts them to the digits that are wanted', async () => {
    const formats = Object.values(TIME_FORMATS).map(({ format }) => ({ title: format, format, digits: 3 }))
    const { rows } = await askEngine(page, server, WIRESHARK, { rows: ROWS, columns: formats })
    const said: Record<string, string[]> = {}
    for (const option of ['r', 'ud', 'u', 'udoy', 'd', 'dd', 'e'])
      said[option] = (await columnsOf(pathOf(WIRESHARK), ROWS, '-t', option)).map((row) => row[1] ?? '')
    const cut = (option: string) => said[option]?.map((text) => text.replace(/(\.\d{3})\d*$/, '$1'))
    const tokyo = (cut('ud') ?? []).map((text) =>
      new Date(Date.parse(`${text.replace(' ', 'T')}Z`) + 9 * 3_600_000).toISOString().slice(0, -1).split('T'),
    )
    expect(Object.fromEntries(Object.keys(TIME_FORMATS).map((name, i) => [name, rows.map((row) => row[i])]))).toEqual({
      relative: cut('r'),
      'utc-date': cut('ud'),
      utc: cut('u'),
      'local-date': tokyo.map((both) => both.join(' ')),
      local: tokyo.map(([, time]) => time),
      'utc-day': cut('udoy'),
      epoch: cut('e'),
      delta: cut('d'),
      'delta-shown': cut('dd'),
    })
  })

  it('names hosts by their lines, by the DNS answers of the capture, and ports by their services', async () => {
    const names = { mac: true, transport: true, network: true, dns: true, hosts: '192.168.1.11 here.example # me\n' }
    const sources = (rows: string[][]) => rows.map(([, , source, destination]) => [source, destination])
    const said = await columnsOf(pathOf(DNS), ROWS, '-N', 'mtnd')
    const mine = sources(said).map((pair) => pair.map((one) => one?.replace(/^192\.168\.1\.11$/, 'here.example')))
    const { rows } = await seen(DNS, { names })
    expect(sources(rows)).toEqual(mine)
    expect(mine.flat()).toContain('nic.sandelman.ca')
    expect(rows[0]?.[6]).toContain('domain(53)')
  })

  it('colours packets by the first rule that is for them, and no other', async () => {
    const rules = [
      { name: 'off', filter: 'frame', ink: 0x000000, ground: 0x00ff00, isOn: false },
      { name: 'no filter', filter: 'nothing.such == ', ink: 0, ground: 0x00ff00, isOn: true },
      { name: 'syn', filter: 'tcp.flags.syn == 1', ink: 0xfefefe, ground: 0x801020, isOn: true },
      { name: 'long', filter: 'frame.len > 100 || tcp.flags.syn == 1', ink: 0x102030, ground: 0x90a0b0, isOn: true },
    ]
    const { colours } = await seen(DNS_8053, { colours: rules })
    const by = (ground: number | null) => colours.flatMap((one, i) => ((one?.ground ?? null) === ground ? [i + 1] : []))
    expect(by(0x801020)).toEqual(await numbersOf(pathOf(DNS_8053), 'tcp.flags.syn == 1'))
    expect(by(0x90a0b0)).toEqual(await numbersOf(pathOf(DNS_8053), 'frame.len > 100 && tcp.flags.syn == 0'))
    expect(by(null)).toEqual(await numbersOf(pathOf(DNS_8053), 'frame.len <= 100 && tcp.flags.syn == 0'))
    expect(by(null).length).toBeGreaterThan(0)
  })
})
