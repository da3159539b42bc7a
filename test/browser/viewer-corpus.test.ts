/**
 * The viewer's engine in Chromium beside Debian's tshark: columns, lines of the tree, filters. A third of the files each day; all by `PCAPORT_LONG=1`.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launch } from '../support/chromium.ts'
import { needs } from '../support/needs.ts'
import { columnsOf, numbersOf, treesOf } from '../support/tshark.ts'
import { askEngine, serveViewer, type ViewerServer } from '../support/viewer.ts'
import { alike, COLUMN_CLASSES, LINE_CLASSES, LINES_GONE } from './viewer-classes.ts'

const FILES = [
  'Beatle95__pcapng_pp/tests/resources/simple_correct.pcapng',
  'KimiNewt__pyshark/tests/data/capture_test.pcapng',
  'LibtraceTeam__libtrace/test/traces/8021x.pcap',
  'OISF__suricata-verify/tests/http2-userinfo-authority/http2_userinfo_in_authority_1.pcap',
  'Technica-Engineering__LightPcapNg/pcaps/many_interfaces.pcapng',
  'aircrack-ng__aircrack-ng/test/wpa-psk-linksys.cap',
  'arkime__arkime/tests/pcap/pop3-tag.pcap',
  'cisagov__icsnpp-s7comm/tests/traces/s7ident.pcap',
  'corelight__community-id-spec/pcaps/combined.pcap.gz',
  'corelight__community-id-spec/pcaps/icmp6.pcap',
  'dotpcap__packetnet/Test/CaptureFiles/udp-ip-fragmented.pcap',
  'good-tools__wiregasm/samples/tftp_rrq.pcap',
  'google__gopacket/pcap/test_loopback.pcap',
  'irontec__sngrep/tests/aaa.pcap',
  'irontec__sngrep/tests/ipv6frag.pcap',
  'kbandla__dpkt/examples/data/http.pcap',
  'kbandla__dpkt/examples/data/nb6-http.pcap',
  'ntop__nDPI/tests/cfgs/default/pcap/nfsv3.pcap',
  'seladb__PcapPlusPlus/Tests/Pcap++Test/PcapExamples/solaris.snoop',
  'seladb__PcapPlusPlus/Tests/Pcap++Test/PcapExamples/example.pcap',
  'simsong__tcpflow/tests/test1.pcap',
  'simsong__tcpflow/samplePcaps/jpegs.cap',
  'the-tcpdump-group__libpcap/tests/filter/arcnet-rfc1051-arp-icmp-http.pcap',
  'the-tcpdump-group__tcpdump/tests/of10_s4810.pcap',
  'the-tcpdump-group__tcpdump/tests/quic_handshake.pcap',
  'the-tcpdump-group__tcpdump/tests/various_gre.pcap',
  'wader__fq/format/pcap/testdata/ipv6_http.pcap',
  'wader__fq/format/tls/testdata/dump.pcapng',
  'wireshark__wireshark/test/captures/smb311-lz77-lz77huff-lznt1.pcap.gz',
  'zeek__zeek/testing/btest/Traces/ldap/gap-data-missing.pcapng',
]
const today = Math.floor(Date.now() / 86_400_000)
const TAKEN = process.env.PCAPORT_LONG ? FILES : FILES.filter((_, i) => i % 3 === today % 3)

const FILTERS = [
  'tcp || udp',
  'frame.len > 100 && !(ip.ttl > 64)',
  '_ws.malformed || tcp.flags.syn == 1 || dns || icmpv6',
]
/** Rows and trees that are compared. */
const ROWS = 1000
const TREES = 10
/** Of a file's lines of trees, at most so many may be otherwise without a name in viewer-classes.ts. */
const UNNAMED = 0.025

const corpus = process.env.PCAPORT_CORPUS ?? ''
const met = needs.chromium.met && needs.tshark.met && needs.corpus.met

describe.skipIf(!met)('the engine beside tshark', () => {
  let server: ViewerServer
  let browser: Browser
  let page: Page

  beforeAll(async () => {
    server = await serveViewer({ capture: (name) => readFile(join(corpus, 'captures', name)) })
    browser = await launch()
    page = await browser.newPage()
    await page.goto(`${server.url}/test/`)
  })
  afterAll(async () => {
    await browser?.close()
    server?.close()
  })

  it.each(TAKEN)('%s', async (name) => {
    const path = join(corpus, 'captures', name)
    const [got, columns, trees, ...numbers] = await Promise.all([
      askEngine(page, server, name, { rows: ROWS, trees: TREES, filters: FILTERS }),
      columnsOf(path, ROWS),
      treesOf(path, TREES),
      ...FILTERS.map((filter) => numbersOf(path, filter)),
    ])
    const made = (rows: string[][]) => rows.map((row) => row.map((cell) => alike(cell, COLUMN_CLASSES)))
    expect(made(got.rows)).toEqual(made(columns))
    expect(got.numbers).toEqual(numbers)
    const missing = trees.flatMap((lines, i) => {
      const there = new Set(got.trees[i]?.map((line) => alike(line.trim(), LINE_CLASSES)))
      return lines
        .map((line) => alike(line.trim(), LINE_CLASSES))
        .filter((line) => !there.has(line) && !LINES_GONE.some(({ is }) => is.test(line)))
    })
    const most = Math.ceil(UNNAMED * trees.reduce((sum, lines) => sum + lines.length, 0))
    expect(missing.length <= most ? [] : missing).toEqual([])
  })
})
