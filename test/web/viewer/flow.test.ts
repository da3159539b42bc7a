/** Ladder diagrams as text, beside `tshark -z flow`. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  ANY_COLUMNS,
  type Arrow,
  addressesOf,
  anyArrow,
  TCP_COLUMNS,
  TCP_FILTER,
  tcpArrow,
} from '../../../src/web/viewer/flow.ts'
import { flowSvg } from '../../../src/web/viewer/flow-svg.ts'
import { flowText } from '../../../src/web/viewer/flow-text.ts'
import { bytes, ethernet, ipv4, PACKET4, PACKET6, tcp } from '../../summary/frames.ts'
import { pcap } from '../../support/captures.ts'
import { needs } from '../../support/needs.ts'
import { cellsOf, tshark } from '../../support/tshark.ts'

const KINDS = {
  any: { columns: ANY_COLUMNS, filter: 'frame', arrowOf: anyArrow },
  tcp: { columns: TCP_COLUMNS, filter: TCP_FILTER, arrowOf: tcpArrow },
} as const

async function arrowsOf(path: string, kind: keyof typeof KINDS): Promise<Arrow[]> {
  const { columns, filter, arrowOf } = KINDS[kind]
  const cells = await cellsOf(path, columns, filter)
  return cells.map((row, i) => arrowOf(i + 1, row)).filter((arrow) => arrow !== null)
}

const sent = (from: string, to: string, flags: number, length = 0) =>
  ethernet(0x0800, ipv4(6, tcp(new Uint8Array(length), { from: 1024 + flags, to: 80, flags }), { from, to }))
const quoted = ipv4(6, tcp(new Uint8Array(0), { flags: 2 }), { from: '10.0.0.2', to: '10.0.0.1' })
const FRAMES = [
  ...Array.from({ length: 256 }, (_, flags) =>
    sent(`10.0.0.${1 + (flags % 3)}`, `10.0.0.${1 + (flags % 4)}`, flags, flags % 7),
  ),
  ethernet(0x0800, ipv4(1, bytes('0301 0000 00000000', quoted), { from: '10.0.0.9' })),
  ethernet(0x0800, PACKET4),
  ethernet(0x86dd, PACKET6),
  ethernet(0x0806, bytes('00010800060400010200000000010a0000010000000000000a000002')),
  ethernet(0x0800, ipv4(1, bytes('0800 0000 00010001'), { from: '10.0.0.1', to: '10.0.0.1' })),
]

describe.skipIf(!needs.tshark.met)('a flow as text', () => {
  let folder: string
  let made: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pcaport-flow-'))
    made = join(folder, 'made.pcap')
    await writeFile(made, pcap(FRAMES.map((data, i) => ({ seconds: 1_700_000_000 + i * 997, fraction: i, data }))))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it.each(['any', 'tcp'] as const)('of %s is what tshark prints: every flag, packets to oneself, ARP', async (kind) => {
    const arrows = await arrowsOf(made, kind)
    expect(arrows.length).toBe(kind === 'any' ? FRAMES.length : 256)
    expect(flowText(arrows)).toBe(await tshark('-2', '-q', '-r', made, '-z', `flow,${kind},network`))
  })

  it.skipIf(!needs.corpus.met).each([
    ['irontec__sngrep/tests/aaa.pcap', 'any'],
    ['simsong__tcpflow/tests/test4.pcap', 'tcp'],
    ['corelight__community-id-spec/pcaps/combined.pcap.gz', 'tcp'],
    ['seladb__PcapPlusPlus/Tests/ExamplesTest/pcap_examples/tcp-reassembly.pcap', 'tcp'],
  ] as const)('of %s, %s, is what tshark prints', async (name, kind) => {
    const path = join(process.env.PCAPORT_CORPUS ?? '', 'captures', name)
    expect(flowText(await arrowsOf(path, kind))).toBe(
      await tshark('-2', '-q', '-r', path, '-z', `flow,${kind},network`),
    )
  })
})

describe('arrows', () => {
  const cells = (from: string, to: string, ...more: string[]) => ['0.5', from, to, '1', '2', ...more]

  it('are between two addresses, or are not', () => {
    expect(anyArrow(1, cells('', 'b', 'X', 'y'))).toBeNull()
    expect(tcpArrow(1, cells('a', 'b', '', '', '', '', ''))).toBeNull()
  })

  it('have the innermost of TCP in TCP', () => {
    expect(tcpArrow(7, cells('a', 'b', '0x0002,0x0018', '1,5', '0,6', '60,20', '0,1'))).toMatchObject({
      number: 7,
      label: 'PSH, ACK - Len: 20',
      comment: 'Seq = 5 Ack = 6',
      conversation: 1,
    })
  })

  it('have their columns in the order in which addresses come up', () => {
    const arrows = [anyArrow(1, cells('b', 'a', 'X', 'y')), anyArrow(2, cells('c', 'b', 'X', 'y'))] as Arrow[]
    expect(addressesOf(arrows)).toEqual(['b', 'a', 'c'])
  })

  it('are drawn as SVG, in which what packets say is text', () => {
    const arrow = anyArrow(1, cells('a', 'b', 'X', '<script>&"\u0000\u0001')) as Arrow
    const svg = flowSvg([arrow, { ...arrow, to: 'a' }])
    expect(svg).not.toContain('<script')
    expect(svg).toContain('X: &#60;script&#62;&#38;&#34;\ufffd\ufffd')
    expect(svg.match(/<path d=/g)).toHaveLength(2)
    expect(svg.match(/<path class="life"/g)).toHaveLength(2)
  })
})
