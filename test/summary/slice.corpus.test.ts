import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { linktypeOf } from '../../src/capture/linktypes.ts'
import type { Frame, Interface } from '../../src/capture/sink.ts'
import { readCorpusFile, readTable, tally } from '../corpus/oracle.ts'
import { everyBlock, pcap } from '../support/captures.ts'
import { needs } from '../support/needs.ts'
import { recordingOf, type ToldPacket } from '../support/reading.ts'
import { capture, sliceOf, type Unit, unitsOf } from './slicing.ts'

/** Formats of which slices are made, other than pcap and pcapng. */
const OTHERS = ['aixpcap', 'btsnoop', 'erf', 'modpcap', 'netmon1', 'netmon2', 'nokiapcap', 'rh6_1pcap', 'snoop']

/** Files to be compared on: when there is no corpus, some made here. */
const SAMPLES: [name: string, content: () => Uint8Array][] = !needs.corpus.met
  ? [
      ['every block', everyBlock],
      ['every block, big-endian', () => everyBlock('big')],
      [
        'a pcap',
        () => pcap(Array.from({ length: 40 }, (_, i) => ({ seconds: 1_700_000_000 + ((i * 7) % 11), fraction: i }))),
      ],
      ...fc
        .sample(capture, { seed: 5, numRuns: 10 })
        .map((content, i): [string, () => Uint8Array] => [`a drawn one, ${i}`, () => content]),
    ]
  : corpusSample().map((file) => [file, () => readCorpusFile(file)])

/** Of pcapng and of pcap some 60 files each, evenly taken out of those that have enough packets, but not too many; all others. */
function corpusSample(): string[] {
  const fit = readTable('MANIFEST.tsv').filter(
    ({ rc, packets, codec, size }) =>
      rc === '0' && codec === '' && Number(packets) >= 3 && Number(packets) <= 1000 && Number(size) < 1_000_000,
  )
  const formats = [['pcapng'], ['pcap', 'nsecpcap'], [...OTHERS, 'suse6_3pcap', 'shomiti']]
  return formats.flatMap((types) => {
    const files = fit.filter(({ file_type }) => types.includes(file_type ?? ''))
    const step = Math.max(1, Math.floor(files.length / 60))
    return files.filter((_, i) => i % step === 0).map(({ file }) => file ?? '')
  })
}

/** Of so many files tshark, which is slow, is asked about one. */
const SELDOM = 5

describe.skipIf(!needs.editcap.met || !needs.tshark.met)('beside editcap', () => {
  const folder = mkdtempSync(join(tmpdir(), 'slices-'))
  const classes = tally('slices beside editcap')
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
  /** @returns what editcap writes; `null` where it cannot */
  const editcap = (...args: string[]): Uint8Array | null => {
    try {
      run('editcap', ...args)
      return readFileSync(join(folder, 'theirs'))
    } catch {
      return null
    }
  }
  /** What tshark says of each packet of a file. */
  const tshark = (name: string, file: Uint8Array): string[] => {
    writeFileSync(join(folder, name), file)
    const fields = ['time_epoch', 'cap_len', 'len', 'encap_type', 'md5_hash']
    const args = ['-n', '-r', name, '-o', 'frame.generate_md5_hash:TRUE', '-T', 'fields']
    return run('tshark', ...args, ...fields.flatMap((field) => ['-e', `frame.${field}`]))
      .split('\n')
      .slice(0, -1)
  }
  const iso = (time: bigint) =>
    `${new Date(Number(time / 1_000_000_000n) * 1000).toISOString().slice(0, 19)}.${String(time % 1_000_000_000n).padStart(9, '0')}Z`

  it.each(SAMPLES.map(([name, make], i) => [name, make, i] as const))(
    '%s: the same packets, times and interfaces',
    async (name, make, i) => {
      const content = make()
      writeFileSync(join(folder, 'in'), content)
      const units = unitsOf(content)
      // editcap makes one section of several, and numbers their interfaces anew.
      const named = recordingOf(content).told.filter(([callback]) => callback === 'section').length === 1
      const [from, to] = [Math.ceil(units.length / 4), Math.ceil((units.length * 3) / 4)]
      const ours = (await sliceOf(content, { numbers: { from, to } })).file
      const theirs = editcap('-r', 'in', 'theirs', `${from}-${to}`)
      if (theirs === null) {
        classes.add('that editcap cannot write', name)
        return
      }
      const same = isEqual(rowsOf(ours, named), rowsOf(theirs, named))
      if (!same) expect(tshark('ours', ours)).toEqual(tshark('in', content).slice(from - 1, to))
      else if (i % SELDOM === 0) expect(zeroed(tshark('ours', ours))).toEqual(zeroed(tshark('theirs', theirs)))
      classes.add(same ? 'by number' : 'by number, as tshark reads the capture', name)

      const list = Uint32Array.from([1, 2, 5, 6, 7, 9, 300])
      const listed = same ? editcap('-r', 'in', 'theirs', '1-2', '5-7', '9', '300') : null
      if (listed !== null) {
        expect(rowsOf((await sliceOf(content, { list })).file, named)).toEqual(rowsOf(listed, named))
        classes.add('by list', name)
      }

      const times = units.flatMap(({ time }) => (time === null ? [] : [time])).sort((a, b) => (a < b ? -1 : 1))
      const [first, last] = [times[Math.floor(times.length / 4)] ?? 0n, times[Math.floor((times.length * 3) / 4)] ?? 0n]
      if (first < 0n || first >= last) return
      const timely = (await sliceOf(content, { times: { from: first, to: last } })).file
      const asked = editcap('-A', iso(first), '-B', iso(last), 'in', 'theirs')
      const timed = (file: Uint8Array) => rowsOf(file, named).filter((row) => !row.startsWith(NO_TIME))
      if (asked !== null && isEqual(timed(timely), timed(asked))) {
        classes.add('by time', name)
        return
      }
      const isChosen = ({ time }: Unit) => time !== null && time >= first && time < last
      const chosen = new Set(units.filter(isChosen).map(({ number }) => number))
      const hasTime = (row: string) => !row.startsWith('\t')
      const wanted = tshark('in', content).filter((row, i) => chosen.has(i + 1) && hasTime(row))
      expect(tshark('ours', timely).filter(hasTime)).toEqual(wanted)
      classes.add('by time, as tshark reads the capture', name)
    },
  )
})

/** editcap makes an Enhanced Packet Block with a time of 0 out of a Simple one, and leaves it out where it goes by time. */
const NO_TIME = '0.000000000'
const zeroed = (rows: string[]) => rows.map((row) => row.replace(/^(?=\t)/, NO_TIME))

const isEqual = (a: string[], b: string[]) => a.join('\n') === b.join('\n')

/** What is the same in two files, packet by packet. @param named whether their interfaces' numbers and names are */
function rowsOf(file: Uint8Array, named: boolean): string[] {
  const interfaces: Interface[] = []
  const rows: string[] = []
  for (const [callback, what] of recordingOf(file).told) {
    if (callback === 'interface') interfaces.push(what as Interface)
    if (callback !== 'packet' && callback !== 'frame') continue
    const { timed, seconds, nanoseconds, caplen, origlen, ...rest } = what as ToldPacket | Frame
    const time = timed ? `${seconds}.${String(nanoseconds).padStart(9, '0')}` : NO_TIME
    const row = [time, caplen, origlen]
    if ('kind' in rest) rows.push([...row, rest.kind].join(' '))
    else {
      const { if_name, linktype } = interfaces[rest.interfaceId] as Interface
      const described = named ? [rest.interfaceId, if_name] : []
      rows.push([...row, linktypeOf(linktype)?.encapsulation, ...described, rest.bytes].join(' '))
    }
  }
  return rows
}
