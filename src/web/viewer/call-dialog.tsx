// SPDX-License-Identifier: GPL-2.0-or-later
/** Who said what to whom in a call, with its streams. */
import { useMemo, useState } from 'preact/hooks'
import { Dialog } from './dialog.tsx'
import { Ladder } from './ladder.tsx'
import { LadderTools, stemOf } from './ladder-tools.tsx'
import type { RtpStream } from './rtp-streams.ts'
import type { Session } from './session.ts'
import { callArrows, type SipCall, stateOf } from './sip-calls.ts'

interface Props {
  session: Session
  call: SipCall
  /** Its own. */
  streams: readonly RtpStream[]
  /** A display filter for its packets. */
  filter: string
  apply(filter: string): Promise<boolean>
  back(): void
  close(): void
}

export function CallDialog({ session, call, streams, filter, apply, back, close }: Props) {
  const [chosen, setChosen] = useState(-1)
  const arrows = useMemo(() => callArrows(call, streams), [call, streams])
  /** Its packets are shown, for this one to be among them. */
  const show = async (index: number) => {
    const arrow = arrows[index]
    if (!arrow || (session.filter !== filter && !(await apply(filter)))) return
    await session.goTo(arrow.number)
  }
  const leave = (index: number) => {
    close()
    void show(index)
  }
  return (
    <Dialog title={session.isPart ? 'Flow of a call in this window' : 'Flow of a call'} close={close} isWide>
      <div class="tools">
        <button type="button" class="quiet" onClick={back}>
          Back to the calls
        </button>
        <span class="soft" role="status">
          {call.caller} to {call.callee}: {stateOf(call)}
          {call.messages.length < call.packets
            ? `. The first ${call.messages.length.toLocaleString('en')} of ${call.packets.toLocaleString('en')} messages are drawn.`
            : ''}
        </span>
        <LadderTools
          arrows={arrows}
          name={`${stemOf(session.settings.filename)}-call-${call.number}`}
          go={chosen < 0 ? null : () => leave(chosen)}
        />
      </div>
      <Ladder
        label="Flow of the call"
        arrows={arrows}
        chosen={chosen}
        choose={setChosen}
        show={(index) => void show(index)}
        use={leave}
      />
    </Dialog>
  )
}
