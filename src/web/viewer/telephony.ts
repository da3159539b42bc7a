// SPDX-License-Identifier: GPL-2.0-or-later
/** What of a capture is telephony: the columns by which its packets are read, and what they hold. */
import type { Column } from './engine.ts'
import type { Way } from './flow.ts'
import { type RtpPacket, ssrcText } from './rtp-streams.ts'
import type { SipMessage } from './sip-calls.ts'

const field = (name: string, occurrence = 1): Column => ({ title: name, format: `%Cus:${name}:${occurrence}:U` })

/** SDP comes with RTSP, too. */
export const TELEPHONY_FILTER = 'rtp || sip || sdp'

/** Of fields that come twice in a packet, the first is meant; of SDP, all. */
export const TELEPHONY_COLUMNS = [
  { title: 'from', format: '%us' },
  { title: 'to', format: '%ud' },
  { title: 'fromPort', format: '%uS' },
  { title: 'toPort', format: '%uD' },
  { title: 'info', format: '%i' },
  field('frame.time_relative'),
  field('udp.stream'),
  field('rtp.ssrc'),
  field('rtp.seq'),
  field('rtp.timestamp'),
  field('rtp.p_type'),
  field('rtp.marker'),
  field('rtp.setup-frame'),
  field('sdp.media', 0),
  field('sdp.media_attr', 0),
  field('sip.Call-ID'),
  field('sip.Method'),
  field('sip.Status-Line'),
  field('sip.CSeq.seq'),
  field('sip.CSeq.method'),
  field('sip.from.addr'),
  field('sip.to.addr'),
] as const satisfies readonly Column[]

const AT = new Map(TELEPHONY_COLUMNS.map(({ title }, i) => [title, i]))

/** A name and a rate that a session gives to a payload type. */
interface Mapped {
  name: string
  rate: number
}

/** Payload types that are remembered at most, the last ones. */
const MOST_MAPPED = 100_000

/** Reads packets that come one after the other: what sessions say of payload types holds for what comes later. */
export class TelephonyReader {
  /** By the packet that says so, as the engine counts, and the type. */
  readonly #maps = new Map<string, Mapped>()

  /**
   * @param own number of the packet, as the engine counts
   * @param number as the capture counts
   * @param cells by `TELEPHONY_COLUMNS`
   */
  read(own: number, number: number, cells: readonly string[]): { rtp: RtpPacket | null; sip: SipMessage | null } {
    const cell = (title: string) => cells[AT.get(title) ?? -1] ?? ''
    const maps = this.#learn(own, cell('sdp.media_attr'))
    const ends = {
      number,
      at: milliseconds(cell('frame.time_relative')),
      from: cell('from'),
      to: cell('to'),
      fromPort: cell('fromPort'),
      toPort: cell('toPort'),
      isUdp: cell('udp.stream') !== '',
    }
    return {
      rtp: cell('rtp.ssrc') === '' ? null : { ...ends, ...this.#rtp(cell) },
      sip: cell('sip.Call-ID') === '' ? null : { ...ends, own, ...sipOf(cell, maps) },
    }
  }

  /** `rtpmap:111 opus/48000/2`, RFC 8866 §6.6. */
  #learn(own: number, attributes: string): Map<number, Mapped> {
    const found = new Map<number, Mapped>()
    for (const [, type = '', name = '', rate = ''] of attributes.matchAll(/\brtpmap:(\d+)\s+([^\s/,]+)\/(\d+)/g)) {
      const mapped = { name, rate: Number(rate) }
      found.set(Number(type), mapped)
      this.#maps.set(`${own} ${type}`, mapped)
      for (const oldest of this.#maps.keys()) {
        if (this.#maps.size <= MOST_MAPPED) break
        this.#maps.delete(oldest)
      }
    }
    return found
  }

  #rtp(cell: (title: string) => string) {
    const type = cell('rtp.p_type')
    const setup = cell('rtp.setup-frame')
    const mapped = this.#maps.get(`${setup} ${type}`)
    const shown = /^PT=(.+?), SSRC=/.exec(cell('info'))?.[1]
    return {
      ssrc: Number(cell('rtp.ssrc')),
      sequence: Number(cell('rtp.seq')),
      timestamp: Number(cell('rtp.timestamp')),
      payloadType: Number(type),
      isMarked: /^(1|True)$/.test(cell('rtp.marker')),
      said: mapped?.name ?? (shown?.startsWith('DynamicRTP-') ? null : (shown ?? null)),
      rate: mapped?.rate ?? 0,
      setup: setup === '' ? null : Number(setup),
    }
  }
}

function sipOf(cell: (title: string) => string, maps: Map<number, Mapped>) {
  const [, status, reason = ''] = /^SIP\/\S+ (\d{3}) ?(.*)$/.exec(cell('sip.Status-Line')) ?? []
  const types = [...cell('sdp.media').matchAll(/\bRTP\/\S+((?: \d+)+)/g)].flatMap(([, list = '']) =>
    list.trim().split(' ').map(Number),
  )
  return {
    callId: cell('sip.Call-ID'),
    method: cell('sip.Method'),
    status: status === undefined ? null : Number(status),
    reason,
    sequence: Number(cell('sip.CSeq.seq')),
    of: cell('sip.CSeq.method'),
    caller: cell('sip.from.addr'),
    callee: cell('sip.to.addr'),
    offered: types.map((type) => ({ type, said: maps.get(type)?.name ?? null })),
  }
}

/** `1444.509099000`, without what is lost by reading it as one number. */
function milliseconds(time: string): number {
  const [seconds = '', fraction = ''] = time.split('.')
  const parts = Number(fraction.padEnd(9, '0').slice(0, 9)) / 1e6
  return Number(seconds) * 1000 + (time.startsWith('-') ? -parts : parts)
}

/** Streams whose ends stand in a filter: an engine takes so many operators (filter-bounds.ts). */
const MOST_WITH_ENDS = 20

/** Filters of which one lets each of these streams through. */
export const streamsFilter = (streams: readonly RtpEnds[]): string[] =>
  streams.length <= MOST_WITH_ENDS
    ? streams.map((one) => `(${streamFilter(one)})`)
    : [`rtp.ssrc in {${streams.map(({ ssrc }) => ssrcText(ssrc)).join(', ')}}`]

type RtpEnds = Omit<Way, 'number'> & Pick<RtpPacket, 'ssrc' | 'isUdp'>

/** A display filter for a stream, with its ends: an SSRC alone may be that of others, too. */
export function streamFilter({ from, to, fromPort, toPort, isUdp, ssrc }: RtpEnds): string {
  const ip = from.includes(':') ? 'ipv6' : 'ip'
  const transport = isUdp ? 'udp' : 'tcp'
  return [
    `${ip}.src == ${from}`,
    `${transport}.srcport == ${fromPort}`,
    `${ip}.dst == ${to}`,
    `${transport}.dstport == ${toPort}`,
    `rtp.ssrc == ${ssrcText(ssrc)}`,
  ].join(' && ')
}
