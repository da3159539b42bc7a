/** Calls of SIP, message by message. */
import { describe, expect, it } from 'vitest'
import type { RtpStream } from '../../../src/web/viewer/rtp-streams.ts'
import {
  callArrows,
  callFilter,
  type SipCall,
  SipCalls,
  type SipMessage,
  stateOf,
  streamsOf,
} from '../../../src/web/viewer/sip-calls.ts'
import { TELEPHONY_COLUMNS, TelephonyReader } from '../../../src/web/viewer/telephony.ts'

/** What the engine's columns hold of a packet. */
const cells = (given: Record<string, string>) => TELEPHONY_COLUMNS.map(({ title }) => given[title] ?? '')

/** @param line `INVITE`, or `200 OK INVITE` of a response */
function callOf(...lines: string[]): SipCalls {
  const reader = new TelephonyReader()
  const calls = new SipCalls()
  lines.forEach((line, i) => {
    const [, status, method = ''] = /^(\d{3} .*) (\S+)$/.exec(line) ?? [undefined, undefined, line]
    const { sip } = reader.read(
      i + 1,
      i + 1,
      cells({
        from: status ? 'b' : 'a',
        to: status ? 'a' : 'b',
        'frame.time_relative': `${i}.500000000`,
        'sip.Call-ID': 'x"\\y',
        'sip.Method': status ? '' : method,
        'sip.Status-Line': status ? `SIP/2.0 ${status}` : '',
        'sip.CSeq.seq': '1',
        'sip.CSeq.method': method,
        'sip.from.addr': 'sip:alice',
        'sip.to.addr': 'sip:bob',
        'sdp.media': line === 'INVITE' ? 'audio 4000 RTP/AVP 0 111,video 4002 RTP/AVP 31' : '',
        'sdp.media_attr': line === 'INVITE' ? 'rtpmap:111 opus/48000/2,fmtp:111 useinbandfec=1,sendrecv' : '',
      }),
    )
    if (sip !== null) calls.add(sip)
  })
  return calls
}

describe('a call', () => {
  it.each([
    ['setting up', ['INVITE', '100 Trying INVITE', '183 Session Progress INVITE']],
    ['ringing', ['INVITE', '180 Ringing INVITE']],
    ['in call', ['INVITE', '180 Ringing INVITE', '200 OK INVITE', 'ACK']],
    ['in call', ['INVITE', '200 OK INVITE', 'ACK', 'INVITE', '488 Not Acceptable Here INVITE', 'ACK']],
    ['in call', ['INVITE', '401 Unauthorized INVITE', 'ACK', 'INVITE', '200 OK INVITE']],
    ['in call', ['INVITE', '200 OK INVITE', 'CANCEL', '481 Call Does Not Exist CANCEL', 'ACK']],
    ['completed', ['INVITE', '200 OK INVITE', 'ACK', 'BYE', '200 OK BYE']],
    ['cancelled', ['INVITE', '180 Ringing INVITE', 'CANCEL', '200 OK CANCEL', '487 Request Terminated INVITE', 'ACK']],
    ['rejected: 486 Busy Here', ['INVITE', '100 Trying INVITE', '486 Busy Here INVITE', 'ACK']],
    ['ringing', ['INVITE', '180 Ringing INVITE', 'PRACK', '481 No Such Transaction PRACK']],
  ])('is %s after %j', (state, lines) => {
    const [call] = callOf(...lines).list()
    expect(call && stateOf(call)).toBe(state)
    expect(call).toMatchObject({ packets: lines.length, start: 500, end: lines.length * 1000 - 500, from: 'a' })
  })

  it('begins with an INVITE: what comes without one is of no call', () => {
    const calls = callOf('REGISTER', '200 OK REGISTER', 'BYE')
    expect([calls.list(), calls.others]).toEqual([[], 3])
  })

  it('is drawn with what it offers, and with its streams where they begin', () => {
    const [call] = callOf('INVITE', '200 OK INVITE', 'BYE').list() as [SipCall]
    const stream = {
      start: 2000,
      end: 2250,
      packets: 12,
      payloads: ['opus'],
      ssrc: 0xabc,
      setup: 2,
      from: 'c',
      to: 'd',
    }
    const others = { ...stream, setup: 77 }
    const bySetup = Map.groupBy([stream, others] as RtpStream[], ({ setup }) => setup)
    const own = streamsOf(call, bySetup)
    expect(own).toEqual([stream])
    expect(callArrows(call, own).map(({ time, label, comment }) => [time, label, comment])).toEqual([
      ['0.500000', 'INVITE SDP (g711U opus h261)', 'SIP INVITE From: sip:alice To: sip:bob CSeq: 1'],
      ['1.500000', '200 OK', 'SIP Status 200 OK'],
      ['2.000000', 'RTP (opus)', 'RTP, 12 packets in 0.250 s, SSRC 0x00000abc'],
      ['2.500000', 'BYE', 'SIP BYE From: sip:alice To: sip:bob CSeq: 1'],
    ])
  })

  it('has a display filter in which its id is text', () => {
    expect(callFilter(callOf('INVITE').list()[0] as SipCall)).toBe('sip.Call-ID == "x\\"\\\\y"')
  })

  it('is one of 50,000 that are listed: of more, it is said that there are', () => {
    const calls = new SipCalls()
    const [
      {
        messages: [message],
      },
    ] = callOf('INVITE').list() as [SipCall]
    for (let i = 0; i < 50_000; i++) calls.add({ ...message, callId: `${i}` } as SipMessage)
    expect([calls.list().length, calls.isCut]).toEqual([50_000, false])
    calls.add({ ...message, callId: 'one more' } as SipMessage)
    expect([calls.list().length, calls.isCut]).toEqual([50_000, true])
  })

  it('keeps of many messages as many as are drawn, and counts all', () => {
    const [call] = callOf('INVITE', ...Array<string>(2500).fill('INFO')).list() as [SipCall]
    expect([call.packets, call.messages.length]).toEqual([2501, 2000])
  })
})
