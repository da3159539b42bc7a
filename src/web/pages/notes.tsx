/** What was noted on packets. */
import type { Annotation } from '../../store/annotations.ts'
import { Foreign } from '../ui/foreign.tsx'
import { grouped } from '../ui/numbers.ts'
import { Panel } from '../ui/panel.tsx'
import { CAPTURE } from '../words/capture.ts'
import { OWNER } from '../words/capture-owner.ts'
import type { Capture } from './capture.tsx'
import { Opens } from './capture-owner.tsx'

/** Notes that a page shows. */
export const NOTES_SHOWN = 200

/**
 * Who wrote them is not shown.
 * @param notes one more than are shown, where there are more
 * @param own the capture, where its owner may change them here
 */
export function Notes({ notes, own }: { notes: readonly Annotation[]; own?: Capture | undefined }) {
  if (notes.length === 0 && own === undefined) return null
  const hasMore = notes.length > NOTES_SHOWN
  return (
    <Panel
      id="notes"
      title={CAPTURE.notes.title}
      count={hasMore || notes.length === 0 ? undefined : notes.length}
      long
      aside={own && <Opens capture={own} of="note" words={OWNER.note.add} class="copy" />}
    >
      {notes.length === 0 ? (
        <p class="inner prose">{OWNER.note.none}</p>
      ) : (
        <dl class="notes">
          {notes.slice(0, NOTES_SHOWN).map(({ frame, text }) => (
            <div>
              <dt>{CAPTURE.notes.packet(grouped(frame))}</dt>
              <dd>
                <div class="plain">
                  <Foreign text={text} />
                </div>
                {own && <NoteActs capture={own} frame={frame} />}
              </dd>
            </div>
          ))}
        </dl>
      )}
      {hasMore && <p class="more">{CAPTURE.notes.more(NOTES_SHOWN)}</p>}
    </Panel>
  )
}

function NoteActs({ capture, frame }: { capture: Capture; frame: number }) {
  const words = OWNER.note
  const about = `&frame=${frame}`
  const number = grouped(frame)
  return (
    <div class="note-acts">
      <Opens capture={capture} of="note" about={about} words={words.edit} label={words.editOf(number)} class="copy" />
      <Opens
        capture={capture}
        of="remove-note"
        about={about}
        words={words.remove}
        label={words.removeOf(number)}
        class="copy"
      />
    </div>
  )
}
