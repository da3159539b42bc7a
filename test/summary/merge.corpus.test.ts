/** Merges beside mergecap's, and what is left without duplicates beside editcap's. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { linktypeOf } from '../../src/capture/linktypes.ts'
import type { Frame, Interface } from '../../src/capture/sink.ts'
import { openStored } from '../../src/capture/stored.ts'
import { nodeEngines } from '../../src/node-engines.ts'
import { type MergeOptions, merge } from '../../src/summary/merge.ts'
import { readCorpusFile, readTable, tally } from '../corpus/oracle.ts'
import { bytes, everyBlock, payload, pcap } from '../support/captures.ts'
import { needs } from '../support/needs.ts'
import { arriving, recordingOf, type ToldPacket } from '../support/reading.ts'

interface Sample {
  name: string
  content: Uint8Array
}

/**
 * mergecap 4.0 numbers the interfaces of a later section, and those that are described behind a packet, as if they were the first ones:
 * of such files interfaces are compared by their link types alone.
 */
const LATE = 'interfaces by link type alone: some are described late'

/**
 * What each pair and the ten at once are made of: `file_type` of the manifest, and what else tells the files. Not here: NetMon, which
 * mergecap 4.0 refuses ("an interface ID that does not match any IDB"), and clocks that tick in powers of two, of which it recounts the
 * ticks from whole nanoseconds and loses one, or finer than nanoseconds, which it miscounts.
 */
const KINDS: [string, (file: Record<string, string>) => boolean][] = [
  ['pcap', ({ endian }) => endian === 'BE'],
  ['pcap', ({ linktypes }) => linktypes === '113'],
  ['pcap', ({ linktypes }) => linktypes === '105' || linktypes === '127'],
  ['pcap', ({ linktypes }) => linktypes === '101'],
  ['nsecpcap', () => true],
  ['modpcap', () => true],
  ['rh6_1pcap', () => true],
  ['nokiapcap', () => true],
  ['suse6_3pcap', () => true],
  ['snoop', () => true],
  ['btsnoop', () => true],
  ['erf', () => true],
  ['pcap', ({ codec }) => codec === 'gzip'],
  ['pcapng', ({ codec }) => codec === 'zstd'],
  ['pcapng', ({ interfaces_struct }) => Number(interfaces_struct) > 1],
  ['pcapng', ({ endian }) => endian === 'BE'],
  ['pcapng', ({ sections }) => Number(sections) > 1],
  ['pcapng', ({ tsresol }) => tsresol === '0x09'],
  ['pcapng', ({ tsresol }) => tsresol === '0x03'],
  ['pcapng', ({ tsresol }) => tsresol === '0x08'],
  ['pcapng', ({ options }) => /IDB:14/.test(options ?? '')],
  ['pcapng', ({ options }) => /EPB:1\b/.test(options ?? '')],
]

/** One file of each kind, not too long; where there is no corpus, some made here. */
function samples(): Sample[] {
  if (!needs.corpus.met) {
    const times = (size: number, step: number) =>
      pcap(Array.from({ length: 40 }, (_, i) => ({ seconds: 1_700_000_000 + i * step, data: payload(size, i % 3) })))
    return [
      { name: 'every block', content: everyBlock() },
      { name: 'a pcap', content: times(60, 1) },
      { name: 'another', content: times(60, 2) },
      { name: 'a third', content: times(90, 3) },
    ]
  }
  const fit = readTable('MANIFEST.tsv').filter(
    ({ rc, packets, size, tshark_rc }) =>
      rc === '0' && tshark_rc === '0' && Number(packets) >= 3 && Number(packets) <= 2000 && Number(size) < 1_000_000,
  )
  const used = new Set<string>()
  const found: Sample[] = []
  for (const [type, suits] of KINDS) {
    const file = fit.find(
      (row) => row.file_type?.split(' / ')[0] === type && suits(row) && !used.has(row.file ?? ''),
    )?.file
    if (file === undefined) continue
    used.add(file)
    found.push({ name: file, content: readCorpusFile(file) })
  }
  return found
}

const SAMPLES = samples()
/** Of so many pairs tshark, which is slow, is asked about one. */
const SELDOM = 5

async function mergeOf(files: Uint8Array[], options?: MergeOptions): Promise<Uint8Array> {
  const sources = await Promise.all(
    files.map(async (file) => (await openStored(arriving(file, 50_001), nodeEngines)).chunks()),
  )
  const parts: Uint8Array[] = []
  for await (const part of merge(sources, options)) parts.push(part)
  return bytes(...parts)
}

/** How many interfaces a capture begins with, and whether there are more. */
function interfacesOf(file: Uint8Array): { first: number; late: boolean } {
  let first = 0
  let later = 0
  let isOpen = false
  for (const [callback] of recordingOf(file).told) {
    if (callback === 'opened') isOpen = true
    if (callback === 'interface' && isOpen) later++
    if (callback === 'interface' && !isOpen) first++
  }
  return { first, late: later > 0 }
}

/** What is the same in two files, packet by packet. @param idOf what an interface's number in the file is called; `null`: nothing */
function rowsOf(file: Uint8Array, idOf: (id: number) => number | null): string[] {
  const interfaces: Interface[] = []
  const rows: string[] = []
  for (const [callback, what, comment] of recordingOf(file).told) {
    if (callback === 'interface') interfaces.push(what as Interface)
    if (callback === 'packetComment') rows.push(`comment ${comment}`)
    if (callback !== 'packet' && callback !== 'frame') continue
    const { timed, seconds, nanoseconds, caplen, origlen, ...rest } = what as ToldPacket | Frame
    const time = timed ? `${seconds}.${String(nanoseconds).padStart(9, '0')}` : ''
    const row = [time, caplen, origlen]
    if ('kind' in rest) rows.push([...row, rest.kind].join(' '))
    else {
      const { if_name, linktype } = interfaces[rest.interfaceId] as Interface
      const id = idOf(rest.interfaceId)
      rows.push([...row, linktypeOf(linktype)?.encapsulation, id, id === null ? '' : if_name, rest.bytes].join(' '))
    }
  }
  return rows
}

const isTimed = (file: Uint8Array) =>
  recordingOf(file).told.every(
    ([callback, what]) => (callback !== 'packet' && callback !== 'frame') || (what as { timed: boolean }).timed,
  )

describe.skipIf(!needs.mergecap.met || !needs.editcap.met || !needs.tshark.met)('beside mergecap', () => {
  const folder = mkdtempSync(join(tmpdir(), 'merges-'))
  const classes = tally('merges beside mergecap')
  afterAll(() => {
    rmSync(folder, { recursive: true })
    classes.print()
  })
  const run = (program: string, ...args: string[]) =>
    execFileSync(program, args, {
      cwd: folder,
      maxBuffer: 1 << 28,
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, TZ: 'UTC' },
    }).toString()

  /** mergecap 4.0 has the last file's packets first where times are equal: it gets the files the other way round. */
  function theirs(files: Uint8Array[]): Uint8Array {
    const names = files.map((_, i) => `in${i}`)
    for (const [i, file] of files.entries()) writeFileSync(join(folder, names[i] as string), file)
    run('mergecap', '-I', 'none', '-w', 'theirs', ...names.reverse())
    return readFileSync(join(folder, 'theirs'))
  }

  /** Our number of an interface by theirs. */
  function ownNumbers(files: Uint8Array[]): number[] {
    const counts = files.map((file) => interfacesOf(file).first)
    const ours: number[][] = []
    let next = 0
    for (const count of counts) ours.push(Array.from({ length: count }, () => next++))
    return ours.reverse().flat()
  }

  const tshark = (name: string): string[][] =>
    run(
      'tshark',
      ...['-n', '-r', name, '-o', 'frame.generate_md5_hash:TRUE', '-T', 'fields'],
      ...['number', 'time_epoch', 'len', 'cap_len', 'encap_type', 'md5_hash', 'interface_id'].flatMap((field) => [
        '-e',
        `frame.${field}`,
      ]),
    )
      .split('\n')
      .slice(0, -1)
      .map((line) => line.split('\t'))

  async function compare(names: string, files: Uint8Array[], withTshark: boolean) {
    const contents = await Promise.all(
      files.map(async (file) => {
        const parts: Uint8Array[] = []
        for await (const part of (await openStored(arriving(file, 65_536), nodeEngines)).chunks())
          parts.push(part.slice())
        return bytes(...parts)
      }),
    )
    const ours = await mergeOf(files)
    const merged = theirs(files)
    const late = contents.some((file) => interfacesOf(file).late)
    const numbers = ownNumbers(contents)
    const own = (file: Uint8Array) => rowsOf(file, (id) => (late ? null : id))
    const other = (file: Uint8Array) => rowsOf(file, (id) => (late ? null : (numbers[id] ?? null)))
    expect(own(ours)).toEqual(other(merged))
    expect(own(ours).length).toBeGreaterThan(0)
    run('editcap', '-d', 'theirs', 'left')
    const left = await mergeOf(files, { dropDuplicates: true })
    expect(own(left)).toEqual(other(readFileSync(join(folder, 'left'))))
    if (withTshark) {
      writeFileSync(join(folder, 'ours'), ours)
      const rows = tshark('theirs').map(([id, ...row]) => [
        id,
        ...row.slice(0, -1),
        String(numbers[Number(row.at(-1))]),
      ])
      if (!late) expect(tshark('ours')).toEqual(rows)
      classes.add('by tshark, too', names)
    }
    classes.add(late ? LATE : 'packets, order, times, interfaces', names)
  }

  const all = SAMPLES.map(({ content }) => content)
  const PAIRS = SAMPLES.map(({ name }, i) => [name, SAMPLES[(i + 3) % SAMPLES.length]?.name ?? '', i] as const)

  it.each(PAIRS)('%s and %s', async (a, b, i) => {
    const files = [all[i], all[(i + 3) % all.length]] as [Uint8Array, Uint8Array]
    await compare(`${a} ${b}`, files, i % SELDOM === 0)
  })

  it('a capture and itself, of which nothing is left twice', async () => {
    const file = all[1] as Uint8Array
    await compare('twice', [file, file, file], true)
  })

  it('ten at once', async () => {
    const timed = SAMPLES.filter(({ content }) => isTimed(content)).slice(0, 10)
    await compare('ten', timed.map(({ content }) => content), true) // biome-ignore format: one call
  })
})
