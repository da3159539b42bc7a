/** What was noted on packets. */
import type { Annotation } from '../../store/annotations.ts'
import { Foreign } from '../ui/foreign.tsx'
import { grouped } from '../ui/numbers.ts'
import { Panel } from '../ui/panel.tsx'

/** Notes that a page shows. */
export const NOTES_SHOWN = 200

/** Who wrote them is not shown. @param notes one more than are shown, where there are more */
export function Notes({ notes }: { notes: readonly Annotation[] }) {
  if (notes.length === 0) return null
  const hasMore = notes.length > NOTES_SHOWN
  return (
    <Panel id="notes" title="Notes on packets" count={hasMore ? undefined : notes.length} long>
      <dl class="notes">
        {notes.slice(0, NOTES_SHOWN).map(({ frame, text }) => (
          <div>
            <dt>Packet {grouped(frame)}</dt>
            <dd class="plain">
              <Foreign text={text} />
            </dd>
          </div>
        ))}
      </dl>
      {hasMore && <p class="more">The first {NOTES_SHOWN} are shown; there are more.</p>}
    </Panel>
  )
}
