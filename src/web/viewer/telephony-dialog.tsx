// SPDX-License-Identifier: GPL-2.0-or-later
/** Calls of SIP, and streams of RTP, in what is open. */
import { useState } from 'preact/hooks'
import { CallDialog } from './call-dialog.tsx'
import { Dialog } from './dialog.tsx'
import { stemOf } from './ladder-tools.tsx'
import { type Figure, Listing } from './listing.tsx'
import { NotRead, type ReadingProgress, readRows, useReading } from './reading.tsx'
import { type RtpStream, RtpStreams, ssrcText } from './rtp-streams.ts'
import type { Session } from './session.ts'
import { callFilter, type SipCall, SipCalls, stateOf, streamsOf } from './sip-calls.ts'
import { streamFilter, streamsFilter, TELEPHONY_COLUMNS, TELEPHONY_FILTER, TelephonyReader } from './telephony.ts'

/** A call with what it has set up. */
interface Call {
  call: SipCall
  streams: RtpStream[]
  /** For its packets. */
  filter: string
}

interface Found {
  calls: Call[]
  streams: RtpStream[]
  /** Messages of SIP that are of no call. */
  others: number
  /** There are more calls, or streams, than are listed. */
  isCut: boolean
}

async function telephonyIn(
  session: Session,
  signal: AbortSignal,
  told: (progress: ReadingProgress) => void,
): Promise<Found> {
  const reader = new TelephonyReader()
  const [sipCalls, rtpStreams] = [new SipCalls(), new RtpStreams()]
  await readRows(session, {
    columns: TELEPHONY_COLUMNS,
    filter: TELEPHONY_FILTER,
    signal,
    told,
    take(rows) {
      for (const row of rows) {
        const { rtp, sip } = reader.read(row.number, session.numberOf(row), row.cells)
        if (rtp !== null) rtpStreams.add(rtp)
        if (sip !== null) sipCalls.add(sip)
      }
    },
  })
  const streams = rtpStreams.list()
  const bySetup = Map.groupBy(streams, ({ setup }) => setup)
  const calls = sipCalls.list().map((call) => {
    const own = streamsOf(call, bySetup)
    return {
      call,
      streams: own,
      filter: [callFilter(call), ...streamsFilter(own)].join(' || '),
    }
  })
  return { calls, streams, others: sipCalls.others, isCut: sipCalls.isCut || rtpStreams.isCut }
}

const fixed = (digits: number) => (value: number) => value.toFixed(digits)

const CALL_FIGURES: readonly Figure<Call>[] = [
  { title: 'Start, s', width: 110, of: ({ call }) => call.start / 1000, shown: fixed(6) },
  { title: 'From', width: 200, isText: true, of: ({ call }) => call.caller },
  { title: 'To', width: 200, isText: true, of: ({ call }) => call.callee },
  { title: 'Begun by', width: 120, isText: true, of: ({ call }) => call.from },
  { title: 'Call-ID', width: 150, isText: true, of: ({ call }) => call.callId },
  { title: 'Duration, s', width: 100, of: ({ call }) => (call.end - call.start) / 1000, shown: fixed(6) },
  { title: 'State', width: 180, isText: true, of: ({ call }) => stateOf(call) },
  { title: 'Packets', width: 76, of: ({ call }) => call.packets },
  { title: 'Streams', width: 76, of: ({ streams }) => streams.length },
]

const STREAM_FIGURES: readonly Figure<RtpStream>[] = [
  { title: 'Start, s', width: 110, of: ({ start }) => start / 1000, shown: fixed(6) },
  { title: 'Source', width: 130, isText: true, of: ({ from }) => from },
  { title: 'Source port', width: 90, of: ({ fromPort }) => Number(fromPort), shown: String },
  { title: 'Destination', width: 130, isText: true, of: ({ to }) => to },
  { title: 'Dest. port', width: 84, of: ({ toPort }) => Number(toPort), shown: String },
  { title: 'SSRC', width: 96, isText: true, of: ({ ssrc }) => ssrcText(ssrc) },
  { title: 'Payload', width: 100, isText: true, of: ({ payloads }) => payloads.join(', ') },
  { title: 'Packets', width: 70, of: ({ packets }) => packets },
  { title: 'Lost', width: 60, of: ({ lost }) => lost },
  { title: 'Lost, %', width: 66, of: ({ lostShare }) => lostShare, shown: fixed(1) },
  { title: 'Min delta, ms', width: 102, of: ({ delta }) => delta.least ?? '', shown: fixed(3) },
  { title: 'Mean delta, ms', width: 112, of: ({ delta }) => delta.mean, shown: fixed(3) },
  { title: 'Max delta, ms', width: 104, of: ({ delta }) => delta.most, shown: fixed(3) },
  { title: 'Min jitter, ms', width: 102, of: ({ jitter }) => jitter.least ?? '', shown: fixed(3) },
  { title: 'Mean jitter, ms', width: 112, of: ({ jitter }) => jitter.mean, shown: fixed(3) },
  { title: 'Max jitter, ms', width: 104, of: ({ jitter }) => jitter.most, shown: fixed(3) },
  { title: 'Problems', width: 80, isText: true, of: ({ isTroubled }) => (isTroubled ? 'yes' : '') },
]

const many = (count: number, one: string) => `${count.toLocaleString('en')} ${one}${count === 1 ? '' : 's'}`

interface Props {
  session: Session
  close(): void
  apply(filter: string): Promise<boolean>
}

export function TelephonyDialog({ session, close, apply }: Props) {
  const [kind, setKind] = useState('calls')
  const [open, setOpen] = useState<Call | null>(null)
  const { reading, cancel, again } = useReading('', (signal, told) => telephonyIn(session, signal, told))
  const show = (filter: string) => {
    close()
    void apply(filter)
  }
  if (open !== null)
    return <CallDialog session={session} {...open} apply={apply} back={() => setOpen(null)} close={close} />
  const stem = stemOf(session.settings.filename)
  const choice = (value: Found) => (
    <>
      <label>
        Of{' '}
        <select value={kind} onChange={(event) => setKind(event.currentTarget.value)}>
          <option value="calls">SIP: calls</option>
          <option value="streams">RTP: streams</option>
        </select>
      </label>
      <span class="soft" role="status">
        {many(value.calls.length, 'call')}, {many(value.streams.length, 'stream')}
        {value.others === 0 ? '' : `; ${many(value.others, 'message')} of SIP in no call`}
        {value.isCut ? '; more are not listed' : ''}
      </span>
    </>
  )
  return (
    <Dialog title={session.isPart ? 'Telephony in this window' : 'Telephony'} close={close} isWide>
      {reading.is !== 'read' ? (
        <NotRead reading={reading} cancel={cancel} again={again} />
      ) : kind === 'calls' ? (
        <Listing
          key="calls"
          label="Calls"
          figures={CALL_FIGURES}
          all={reading.value.calls}
          name={`${stem}-calls`}
          none={
            reading.value.calls.length > 0
              ? null
              : 'No call begins in what is open here: there is no INVITE of SIP. Calls of other protocols are not listed.'
          }
          deeds={[
            { label: 'Flow of the call', act: (one: Call) => setOpen(one) },
            { label: 'Show its packets', act: ({ filter }) => show(filter) },
          ]}
        >
          {choice(reading.value)}
        </Listing>
      ) : (
        <Listing
          key="streams"
          label="Streams"
          figures={STREAM_FIGURES}
          all={reading.value.streams}
          name={`${stem}-rtp`}
          none={
            reading.value.streams.length > 0
              ? null
              : 'There is no RTP in what is open here. It is known by the session that sets it up: without that, it is plain UDP.'
          }
          deeds={[{ label: 'Show its packets', act: (one) => show(streamFilter(one)) }]}
        >
          {choice(reading.value)}
        </Listing>
      )}
    </Dialog>
  )
}
