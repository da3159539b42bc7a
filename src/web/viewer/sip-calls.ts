// SPDX-License-Identifier: GPL-2.0-or-later
/** Calls of SIP: what an INVITE began, message by message, and where it stands. RFC 3261. */
import type { Arrow, Way } from './flow.ts'
import { payloadName } from './rtp-payloads.ts'
import { type RtpStream, ssrcText } from './rtp-streams.ts'

export interface SipMessage extends Way {
  /** Its number as the engine counts. */
  own: number
  /** Milliseconds. */
  at: number
  callId: string
  /** Of a request; empty: it is a response. */
  method: string
  /** Of a response; `null`: it is a request. */
  status: number | null
  reason: string
  /** CSeq: number, and the method that it is of. */
  sequence: number
  of: string
  caller: string
  callee: string
  /** Payload types of an SDP that it carries, with what it calls them. */
  offered: { type: number; said: string | null }[]
}

type CallState = 'setting up' | 'ringing' | 'in call' | 'completed' | 'cancelled' | 'rejected'

export interface SipCall {
  callId: string
  caller: string
  callee: string
  /** Of its first packet, as the capture counts. */
  number: number
  /** Address from which it was begun. */
  from: string
  /** Milliseconds. */
  start: number
  end: number
  packets: number
  state: CallState
  /** Why it was rejected: `486 Busy Here`; empty: it was not. */
  reason: string
  /** Its messages, as far as they are kept. */
  messages: SipMessage[]
}

/** Calls that are listed at most. */
const MOST_CALLS = 50_000
/** Messages that are kept for diagrams: of a call, and of all. */
const MOST_OF_CALL = 2000
const MOST_KEPT = 100_000

/** The calls of messages that come one after the other. */
export class SipCalls {
  readonly #calls = new Map<string, SipCall>()
  #kept = 0
  /** Messages that are of no call: of registrations, and of calls that began before the capture. */
  others = 0
  /** There are more calls than are listed. */
  isCut = false

  add(message: SipMessage): void {
    const { callId, number, at, from, caller, callee, method } = message
    let call = this.#calls.get(callId)
    if (call === undefined) {
      if (method !== 'INVITE') {
        this.others++
        return
      }
      if (this.#calls.size === MOST_CALLS) {
        this.isCut = true
        return
      }
      call = {
        callId,
        caller,
        callee,
        number,
        from,
        start: at,
        end: at,
        packets: 0,
        state: 'setting up',
        reason: '',
        messages: [],
      }
      this.#calls.set(callId, call)
    }
    call.packets++
    call.end = at
    if (call.messages.length < MOST_OF_CALL && this.#kept < MOST_KEPT) {
      call.messages.push(message)
      this.#kept++
    }
    follow(call, message)
  }

  /** In the order in which they began. */
  list(): SipCall[] {
    return [...this.#calls.values()]
  }
}

/** What a message makes of a call. An INVITE within a call that stands changes its media, and not its state. */
function follow(call: SipCall, { method, status, reason, of }: SipMessage): void {
  const isOpen = call.state === 'setting up' || call.state === 'ringing'
  if (method === 'BYE') call.state = 'completed'
  else if (method === 'CANCEL' && isOpen) call.state = 'cancelled'
  else if (method === 'INVITE' && call.state === 'rejected') {
    call.state = 'setting up' // once more, with what was asked for: 401, 407
    call.reason = ''
  } else if (of === 'INVITE' && status !== null && isOpen) {
    if (status >= 300) {
      call.state = 'rejected'
      call.reason = `${status} ${reason}`.trim()
    } else if (status >= 200) call.state = 'in call'
    else if (status === 180) call.state = 'ringing'
  }
}

/** In words. */
export const stateOf = ({ state, reason }: SipCall): string => (reason === '' ? state : `${state}: ${reason}`)

/** Its ladder diagram, with an arrow for each of its streams where that begins. */
export function callArrows({ messages }: SipCall, streams: readonly RtpStream[]): Arrow[] {
  const time = (at: number) => (at / 1000).toFixed(6)
  const none = { conversation: null, colours: null }
  return [
    ...messages.map(({ at, method, status, reason, sequence, caller, callee, offered, ...ends }) => {
      const formats = offered.map(({ type, said }) => payloadName(type, said)).join(' ')
      const what = method || `${status} ${reason}`.trim()
      const arrow: Arrow = {
        ...ends,
        ...none,
        time: time(at),
        label: formats === '' ? what : `${what} SDP (${formats})`,
        comment: method === '' ? `SIP Status ${what}` : `SIP ${method} From: ${caller} To: ${callee} CSeq: ${sequence}`,
      }
      return { at, arrow }
    }),
    ...streams.map(({ start, end, packets, payloads, ssrc, ...ends }) => {
      const seconds = ((end - start) / 1000).toFixed(3)
      const arrow: Arrow = {
        ...ends,
        ...none,
        time: time(start),
        label: `RTP (${payloads.join(', ')})`,
        comment: `RTP, ${packets} packets in ${seconds} s, SSRC ${ssrcText(ssrc)}`,
      }
      return { at: start, arrow }
    }),
  ]
    .sort((a, b) => a.at - b.at)
    .map(({ arrow }) => arrow)
}

/** Streams that a message of the call has set up. @param streams by the packet that set them up */
export const streamsOf = ({ messages }: SipCall, streams: ReadonlyMap<number | null, RtpStream[]>): RtpStream[] =>
  messages.flatMap(({ own }) => streams.get(own) ?? [])

/** A display filter for its messages. */
export const callFilter = ({ callId }: SipCall): string => `sip.Call-ID == "${callId.replace(/["\\]/g, '\\$&')}"`
