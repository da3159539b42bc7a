/** Calls made by hand: SIP with SDP, and RTP, in UDP over IPv4. */
import { bytes, ethernet, ipv4, text, u16, u32, udp } from '../summary/frames.ts'
import { pcap } from './captures.ts'

export interface End {
  host: string
  port: number
}

export interface Datagram {
  /** Milliseconds after the first. */
  at: number
  from: End
  to: End
  data: Uint8Array
}

export const captureOf = (datagrams: readonly Datagram[]): Uint8Array =>
  pcap(
    datagrams.map(({ at, from, to, data }) => {
      const microseconds = Math.round(at * 1000)
      return {
        seconds: 1_700_000_000 + Math.floor(microseconds / 1_000_000),
        fraction: microseconds % 1_000_000,
        data: ethernet(0x0800, ipv4(17, udp(data, from.port, to.port), { from: from.host, to: to.host })),
      }
    }),
  )

interface Rtp {
  sequence: number
  timestamp: number
  payloadType?: number
  ssrc?: number
  marker?: boolean
}

/** A packet of RTP with 160 bytes of nothing. RFC 3550 §5.1. */
export const rtp = ({ sequence, timestamp, payloadType = 0, ssrc = 0x11223344, marker = false }: Rtp): Uint8Array =>
  bytes(
    0x80,
    (marker ? 0x80 : 0) | payloadType,
    u16(sequence & 0xffff),
    u32(timestamp >>> 0),
    u32(ssrc >>> 0),
    new Uint8Array(160),
  )

/** RFC 8866, for audio at an end. @param maps of dynamic payload types: `111 opus/48000/2` */
export function sdp({ host, port }: End, payloadTypes: readonly number[], maps: readonly string[] = []): string {
  const attributes = maps.map((map) => `a=rtpmap:${map}`)
  return [
    'v=0',
    `o=- 1 1 IN IP4 ${host}`,
    's=-',
    `c=IN IP4 ${host}`,
    't=0 0',
    `m=audio ${port} RTP/AVP ${payloadTypes.join(' ')}`,
    ...attributes,
    '',
  ].join('\r\n')
}

interface Sip {
  /** `INVITE sip:b@example.net SIP/2.0`, or `SIP/2.0 200 OK`. */
  line: string
  /** `1 INVITE` */
  sequence: string
  callId?: string
  from?: string
  to?: string
  body?: string
}

/** A message of RFC 3261. */
export function sip({
  line,
  sequence,
  callId = 'one@example.net',
  from = 'alice@example.net',
  to = 'bob@example.net',
  body = '',
}: Sip): Uint8Array {
  return text(
    [
      line,
      'Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1',
      `From: <sip:${from}>;tag=1`,
      `To: <sip:${to}>${sequence.startsWith('1 INVITE') ? '' : ';tag=2'}`,
      `Call-ID: ${callId}`,
      `CSeq: ${sequence}`,
      ...(body === '' ? [] : ['Content-Type: application/sdp']),
      `Content-Length: ${body.length}`,
      '',
      body,
    ].join('\r\n'),
  )
}

export const ALICE: End = { host: '192.0.2.1', port: 5060 }
export const BOB: End = { host: '192.0.2.2', port: 5060 }
/** Where each hears. */
const ALICE_HEARS: End = { host: ALICE.host, port: 4000 }
const BOB_HEARS: End = { host: BOB.host, port: 5000 }
const MAPS = ['97 iLBC/8000', '98 H264/90000', '99 AMR-WB/16000', '101 telephone-event/8000', '111 opus/48000/2']
const TYPES = [0, 8, ...MAPS.map((map) => Number.parseInt(map, 10))]

/** An INVITE and its 200, by which what lies between the two ends is known as RTP. */
export const CALL_SET_UP: readonly Datagram[] = [
  {
    at: 0,
    from: ALICE,
    to: BOB,
    data: sip({
      line: 'INVITE sip:bob@example.net SIP/2.0',
      sequence: '1 INVITE',
      body: sdp(ALICE_HEARS, TYPES, MAPS),
    }),
  },
  {
    at: 900.25,
    from: BOB,
    to: ALICE,
    data: sip({ line: 'SIP/2.0 200 OK', sequence: '1 INVITE', body: sdp(BOB_HEARS, TYPES, MAPS) }),
  },
]

export const heard = (at: number, packet: Rtp): Datagram => ({
  at,
  from: ALICE_HEARS,
  to: BOB_HEARS,
  data: rtp(packet),
})
