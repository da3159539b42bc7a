/** Streams of RTP, beside `tshark -z rtp,streams`. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { clockOf, payloadName } from '../../../src/web/viewer/rtp-payloads.ts'
import { type RtpPacket, type RtpStream, RtpStreams } from '../../../src/web/viewer/rtp-streams.ts'
import {
  streamFilter,
  TELEPHONY_COLUMNS,
  TELEPHONY_FILTER,
  TelephonyReader,
} from '../../../src/web/viewer/telephony.ts'
import { CALL_SET_UP, captureOf, type Datagram, heard } from '../../support/calls.ts'
import { needs } from '../../support/needs.ts'
import { cellsOf, numbersOf, rtpStreamsOf } from '../../support/tshark.ts'

async function streamsIn(path: string): Promise<RtpStream[]> {
  const [numbers, rows] = await Promise.all([
    numbersOf(path, TELEPHONY_FILTER),
    cellsOf(path, TELEPHONY_COLUMNS, TELEPHONY_FILTER),
  ])
  const reader = new TelephonyReader()
  const streams = new RtpStreams()
  rows.forEach((cells, i) => {
    const number = numbers[i] ?? 0
    const { rtp } = reader.read(number, number, cells)
    if (rtp !== null) streams.add(rtp)
  })
  return streams.list()
}

/** As tshark prints it, without the times of day. */
const printed = ({
  from,
  fromPort,
  to,
  toPort,
  ssrc,
  payloads,
  packets,
  lost,
  lostShare,
  delta,
  jitter,
  isTroubled,
}: RtpStream) => ({
  ends: `${from} ${fromPort} ${to} ${toPort}`,
  ssrc,
  payload: payloads.join(', '),
  packets,
  lost,
  lostShare: Number(lostShare.toFixed(1)),
  delta: [delta.least ?? -1, delta.mean, delta.most],
  jitter: [jitter.least ?? -1, jitter.mean, jitter.most],
  isTroubled,
})

/** Alike but for the last digit, which both round. */
const near = (wanted: ReturnType<typeof printed>) => ({
  ...wanted,
  lostShare: expect.closeTo(wanted.lostShare, 0.06),
  delta: wanted.delta.map((value) => expect.closeTo(value, 2.7)),
  jitter: wanted.jitter.map((value) => expect.closeTo(value, 2.7)),
})

/** One number after the other that looks like chance, and is the same each time. */
function chances(): () => number {
  let state = 7
  return () => {
    state = (state * 1_103_515_245 + 12_345) & 0x7fffffff
    return state / 0x7fffffff
  }
}

interface Turn {
  at: number
  sequence: number
  timestamp: number
  payloadType: number
  marker: boolean
}

/** What becomes of the packets of a stream of 60 on their way: gone where it gives nothing, there twice where it gives two. */
const WAYS: Record<string, (turn: Turn, i: number, chance: () => number) => Partial<Turn>[]> = {
  'none too late': () => [{}],
  'some lost': (_, __, chance) => (chance() < 0.2 ? [] : [{}]),
  'some out of order': ({ at }, _, chance) => [{ at: chance() < 0.2 ? at + 25 : at }],
  'some much too late': ({ at }, _, chance) => [{ at: chance() < 0.1 ? at + 200 : at }],
  'some twice': ({ at }, _, chance) => (chance() < 0.2 ? [{}, { at: at + 3 }] : [{}]),
  'in bursts': ({ at }, i) => [{ at: at - (i % 4) * 20 }],
  'sequence numbers go around': ({ sequence }) => [{ sequence: sequence + 65_500 }],
  'sequence numbers go around where some are lost': ({ sequence }, i) =>
    i > 30 && i < 40 ? [] : [{ sequence: sequence + 65_500 }],
  'timestamps go around': ({ timestamp }) => [{ timestamp: timestamp - 160 * 20 }],
  'timestamps go back once': ({ timestamp }, i) => [{ timestamp: i === 30 ? timestamp - 100_000 : timestamp }],
  'both leap': ({ timestamp, sequence }, i) =>
    i < 30 ? [{}] : [{ timestamp: timestamp + 0x90000000, sequence: sequence + 300 }],
  'timestamps waver': ({ timestamp }, _, chance) => [{ timestamp: timestamp + Math.floor(chance() * 2000) }],
  'talk spurts': (_, i) => [{ marker: i % 7 === 0 }],
  'comfort noise': (_, i) => [{ payloadType: i % 7 === 3 ? 13 : 0, marker: i % 7 === 5 }],
  'telephone events': ({ timestamp }, i) =>
    i > 20 && i < 30 ? [{ payloadType: 101, timestamp: timestamp - (i - 20) * 160, marker: i === 21 }] : [{}],
  opus: ({ timestamp }) => [{ payloadType: 111, timestamp: timestamp * 6 }],
  'a type of which nothing is known': () => [{ payloadType: 120 }],
  'video of a static type': ({ timestamp }) => [{ payloadType: 31, timestamp: timestamp * 11 }],
  '11,025 Hz, counted as 11 a millisecond': ({ timestamp }) => [{ payloadType: 16, timestamp }],
  'a single packet': (_, i) => (i === 0 ? [{}] : []),
  'all of it at once': ({ at, timestamp }, _, chance) =>
    chance() < 0.3
      ? []
      : [
          {
            at: at + (chance() < 0.3 ? 70 : 0),
            marker: chance() < 0.1,
            payloadType: chance() < 0.1 ? 13 : 8,
            timestamp: chance() < 0.05 ? timestamp - 640 : timestamp,
          },
        ],
}

function datagrams(): Datagram[] {
  const chance = chances()
  const sent = Object.values(WAYS).flatMap((way, n) =>
    Array.from({ length: 60 }, (_, i) => {
      const turn: Turn = {
        at: 1000 + n * 0.013 + i * 20 + chance() * 8,
        sequence: 10 + i,
        timestamp: i * 160,
        payloadType: 0,
        marker: false,
      }
      return way(turn, i, chance).map((changed) => {
        const { at, ...packet } = { ...turn, ...changed }
        return heard(at, { ...packet, ssrc: 0xf0000000 + n })
      })
    }).flat(),
  )
  return [...CALL_SET_UP, ...sent.sort((a, b) => a.at - b.at)]
}

describe.skipIf(!needs.tshark.met)('streams of RTP', () => {
  let folder: string
  let path: string
  let wanted: Awaited<ReturnType<typeof rtpStreamsOf>>
  let found: RtpStream[]
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pcaport-rtp-'))
    path = join(folder, 'rtp.pcap')
    await writeFile(path, captureOf(datagrams()))
    ;[wanted, found] = await Promise.all([rtpStreamsOf(path), streamsIn(path)])
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it.each(Object.keys(WAYS).map((way, n) => [way, n] as const))('are measured as tshark does: %s', (_, n) => {
    const ssrc = 0xf0000000 + n
    const one = wanted.find((stream) => stream.ssrc === ssrc)
    expect(one).toBeDefined()
    if (one) expect(found.filter((stream) => stream.ssrc === ssrc).map(printed)).toEqual([near(one)])
  })

  it('are as many as tshark finds', () => {
    expect(found.length).toBe(wanted.length)
  })

  it('have display filters that find their packets', async () => {
    const stream = found[1] as RtpStream
    expect(await numbersOf(path, streamFilter(stream))).toHaveLength(stream.packets)
  })

  it.skipIf(!needs.corpus.met)('of a real call are measured as tshark does', async () => {
    const real = join(process.env.PCAPORT_CORPUS ?? '', 'captures/irontec__sngrep/tests/aaa.pcap')
    expect((await streamsIn(real)).map(printed)).toEqual((await rtpStreamsOf(real)).map(near))
  })
})

const PACKET: RtpPacket = {
  number: 1,
  at: 0,
  from: 'a',
  to: 'b',
  fromPort: '1',
  toPort: '2',
  isUdp: true,
  ssrc: 1,
  sequence: 1,
  timestamp: 0,
  isMarked: false,
  payloadType: 0,
  said: null,
  rate: 0,
  setup: null,
}

describe('sequence numbers', () => {
  it.each([0, 1, 65_535])('go around twice from %d, and nothing is lost', (start) => {
    const streams = new RtpStreams()
    for (let i = 0; i < 140_000; i++)
      streams.add({ ...PACKET, at: i * 20, sequence: (start + i) & 0xffff, timestamp: (i * 160) % 2 ** 32 })
    expect(streams.list()).toMatchObject([{ packets: 140_000, lost: 0, lostShare: 0, isTroubled: false }])
  })
})

describe('many streams', () => {
  it('are measured as far as 50,000, and that there are more is said', () => {
    const streams = new RtpStreams()
    for (let ssrc = 0; ssrc < 50_000; ssrc++) streams.add({ ...PACKET, ssrc })
    expect(streams.isCut).toBe(false)
    streams.add({ ...PACKET, ssrc: 50_000 })
    expect([streams.list().length, streams.isCut]).toEqual([50_000, true])
  })
})

describe('jitter', () => {
  it('goes on where the clock changes: each step is counted by its own', () => {
    const streams = new RtpStreams()
    for (let i = 0; i < 10; i++) streams.add({ ...PACKET, at: i * 20, sequence: i, timestamp: i * 160 })
    const last = { ...PACKET, payloadType: 111, said: 'opus', rate: 48_000 }
    for (let i = 1; i < 10; i++)
      streams.add({ ...last, at: 180 + i * 20, sequence: 9 + i, timestamp: 9 * 160 + i * 960 })
    expect(streams.list()).toMatchObject([
      { payloads: ['g711U', 'opus'], packets: 19, lost: 0, jitter: { least: 0, mean: 0, most: 0 }, isTroubled: false },
    ])
  })
})

describe('payload types', () => {
  it('have the name that a session gives them, and its clock', () => {
    expect([payloadName(0, null), payloadName(96, 'VP8'), payloadName(96, null), payloadName(60, null)]).toEqual([
      'g711U',
      'VP8',
      'RTPType-96',
      'Unassigned',
    ])
    expect([clockOf(8, null, 0), clockOf(96, 'opus', 24_000), clockOf(96, 'OPUS', 0)]).toEqual([8000, 24_000, 48_000])
    expect([clockOf(96, 'x', 999), clockOf(96, 'opus', 1)]).toEqual([0, 48_000])
    expect([clockOf(96, null, 0), clockOf(60, null, 0), clockOf(101, 'telephone-event', 8000)]).toEqual([0, 0, 0])
  })
})
