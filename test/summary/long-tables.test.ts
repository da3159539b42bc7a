import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  LongConversation,
  LongEndpoint,
  type LongTable,
  type LongTables,
  widthOf,
} from '../../src/summary/long-tables.ts'
import type { Tables } from '../../src/summary/summary.ts'
import { type Conversation, type Endpoint, keptConversation, keptEndpoint, TABLES } from '../../src/summary/tables.ts'
import { needs } from '../support/needs.ts'
import { ACK, bytes, ethernet, ipv4, ipv6, SYN, tcp, text, udp } from './frames.ts'
import { differences, ourRows, summaryOfFile, theirRows } from './oracle-tables.ts'
import { packetOf, summaryOf } from './summarised.ts'

const joined = ({ pieces }: LongTables) => bytes(...pieces())

function conversationsIn(view: DataView, long: LongTable): Conversation[] {
  const row = new LongConversation(long)
  return Array.from({ length: long.rows }, (_, i) => {
    row.move(view, long.at + i * widthOf(long))
    return keptConversation(row)
  })
}

function endpointsIn(view: DataView, long: LongTable): Endpoint[] {
  const row = new LongEndpoint(long)
  return Array.from({ length: long.rows }, (_, i) => {
    row.move(view, long.at + i * widthOf(long))
    return keptEndpoint(row)
  })
}

/** The tables of conversations and endpoints as they are read back, with none of them in JSON. */
function readBack(long: LongTables, of: Tables): Tables {
  const whole = joined(long)
  expect(whole.length).toBe(long.length)
  const view = new DataView(whole.buffer)
  const each = <Row>(kind: LongTable['of'], read: (view: DataView, long: LongTable) => Row[]) =>
    Object.fromEntries(
      TABLES.map((name) => {
        const found = long.tables.find((one) => one.of === kind && one.table === name)
        if (found === undefined) return [name, { rows: [], kept: 0, others: of[kind][name].others }]
        return [name, { rows: read(view, found), kept: found.kept, others: found.others }]
      }),
    )
  return {
    ...of,
    conversations: each('conversations', conversationsIn) as Tables['conversations'],
    endpoints: each('endpoints', endpointsIn) as Tables['endpoints'],
  }
}

/** Every kind of row: both versions of IP, ports used again, names of what streams carry, ties, equal ends. */
const mixed = () => {
  const request = text('GET / HTTP/1.1\r\nHost: a.example\r\n\r\n')
  const packets = [
    ipv4(6, tcp(new Uint8Array(0), { from: 5000, to: 80, flags: SYN })),
    ipv4(6, tcp(request, { from: 5000, to: 80, sequence: 2, flags: ACK })),
    ipv4(6, tcp(request, { from: 5000, to: 80, sequence: 2, flags: ACK })),
    ipv4(6, tcp(new Uint8Array(0), { from: 5000, to: 80, sequence: 9000, flags: SYN })),
    ipv4(17, udp(new Uint8Array(9), 7, 7), { from: '255.1.2.3', to: '255.1.2.3' }),
    ipv4(17, udp(new Uint8Array(9), 65_535, 1), { from: '10.9.8.7', to: '192.0.2.200' }),
  ].map((data) => ethernet(0x0800, data))
  const six = [ipv6(17, udp(new Uint8Array(3), 53, 54)), ipv6(6, tcp(text('SSH-2.0-x\r\n'), { from: 22, to: 60_000 }))]
  return [...packets, ...six.map((data) => ethernet(0x86dd, data))].map((data, i) =>
    packetOf(1, data, { seconds: 1_700_000_000 + i * i, nanoseconds: i * 1001, origlen: data.length + i * 3 }),
  )
}

describe('long tables', () => {
  it('say what the short ones say, row by row', () => {
    const summary = summaryOf(mixed())
    const tables = summary.finish(Number.POSITIVE_INFINITY)
    expect(tables.conversations.tcp.rows.map(({ guess }) => guess).sort()).toEqual(['http', 'ssh', null].sort())
    const back = readBack(summary.longTables(0), tables)
    expect(back.conversations).toEqual(tables.conversations)
    expect(back.endpoints).toEqual(tables.endpoints)
  })

  it('are none where the short ones have all rows', () => {
    expect(summaryOf(mixed()).longTables()).toMatchObject({ tables: [], length: 0 })
  })

  it('are cut at their bound, and count what is left out', () => {
    const summary = summaryOf(mixed())
    const { conversations, endpoints } = summary.finish(2)
    const back = readBack(summary.longTables(1, 2), summary.finish(2))
    expect(back.conversations.tcp).toEqual(conversations.tcp)
    expect(back.endpoints.udp).toEqual(endpoints.udp)
    expect(back.conversations.tcp.others.rows).toBe(1)
  })

  it('are the same for a summary that was put away in between', async () => {
    const { createSummary } = await import('../../src/summary/summary.ts')
    const summary = summaryOf(mixed())
    expect(joined(createSummary({}, summary.save()).longTables(0))).toEqual(joined(summary.longTables(0)))
  })
})

describe.skipIf(!needs.corpus.met)('long tables of the corpus', () => {
  const corpus = process.env.PCAPORT_CORPUS ?? ''
  const lines = () => readFileSync(join(corpus, 'MANIFEST.tsv'), 'utf8').split('\n').slice(1)

  it('are sharkd’s', () => {
    let rows = 0
    for (const line of lines()) {
      const [id = '', file = ''] = line.split('\t', 2)
      const theirs = theirRows(join(corpus, 'oracle/stats', `${id}.sharkd.json`))
      const summary = theirs && summaryOfFile(join(corpus, file))
      if (!theirs || !summary) continue
      const tables = summary.finish(Number.POSITIVE_INFINITY)
      const direct = ourRows(tables)
      const ours = ourRows(readBack(summary.longTables(0), tables))
      for (const [name, wanted] of theirs) {
        if (differences(direct.get(name) ?? [], wanted).length > 0) continue // known: see tables.corpus.test.ts
        expect(differences(ours.get(name) ?? [], wanted), `${id} ${name}`).toEqual([])
        rows += wanted.length
      }
    }
    expect(rows).toBeGreaterThan(2000)
  })
})
