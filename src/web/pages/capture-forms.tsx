/** The forms with which its owner changes a capture: dialogs, which the address opens where there is no script. */
import type { Child } from 'hono/jsx'
import type { Annotation } from '../../store/annotations.ts'
import { Entry } from '../ui/entry.tsx'
import { Notice } from '../ui/notice.tsx'
import { grouped } from '../ui/numbers.ts'
import { OWNER } from '../words/capture-owner.ts'
import type { Capture } from './capture.tsx'

/** Which of them is open: `?open=`. */
export type Opened = 'edit' | 'share' | 'note' | 'keylog' | 'revoke' | 'remove-note' | 'remove-keylog'
export const OPENED: readonly string[] = ['edit', 'share', 'note', 'keylog', 'revoke', 'remove-note', 'remove-keylog'] satisfies Opened[] // biome-ignore format: one thought

export interface FormsView {
  opened: Opened | null
  /** What was typed into the form that is open, where it was refused, and in which words. */
  refused: { words: string; typed: (name: string) => string } | null
  /** The link, or the note, that the open form is about. */
  about: { share: string | null; note: Pick<Annotation, 'frame' | 'text'> | null }
}

const pathOf = ({ id }: Capture) => `/captures/${id}`

export function Forms({ capture, forms }: { capture: Capture; forms: FormsView }) {
  const { opened, about } = forms
  return (
    <>
      <EditForm capture={capture} forms={forms} />
      <ShareForm capture={capture} forms={forms} />
      <NoteForm capture={capture} forms={forms} />
      <KeylogForm capture={capture} forms={forms} />
      {opened === 'revoke' && about.share !== null && (
        <Confirm
          capture={capture}
          forms={forms}
          of="revoke"
          to={`shares/${about.share}/revoke`}
          words={OWNER.links.revoke}
        />
      )}
      {opened === 'remove-note' && about.note !== null && (
        <Confirm
          capture={capture}
          forms={forms}
          of="remove-note"
          to={`notes/${about.note.frame}/remove`}
          words={{ ...OWNER.note.removal, title: OWNER.note.removal.title(grouped(about.note.frame)) }}
        />
      )}
      {opened === 'remove-keylog' && (
        <Confirm capture={capture} forms={forms} of="remove-keylog" to="keylog/remove" words={OWNER.keylog.removal} />
      )}
    </>
  )
}

interface DialogProps {
  capture: Capture
  forms: FormsView
  of: Opened
  /** Of its address, under the capture's. */
  to: string
  title: string
  button: string
  /** It sends a file. */
  sends?: boolean
  children: Child
}

function Dialog({ capture, forms, of, to, title, button, sends = false, children }: DialogProps) {
  const isOpen = forms.opened === of
  return (
    <dialog id={of} open={isOpen} aria-labelledby={`${of}-title`}>
      <form method="post" action={`${pathOf(capture)}/${to}`} enctype={sends ? 'multipart/form-data' : undefined}>
        <h2 id={`${of}-title`}>{title}</h2>
        {isOpen && forms.refused && (
          <div role="alert">
            <Notice icon="failed" tone="failed" title={OWNER.refused}>
              <p class="prose">{forms.refused.words}</p>
            </Notice>
          </div>
        )}
        {children}
        <div class="ends">
          <button class="button first" type="submit">
            {button}
          </button>
          <a class="button" href={pathOf(capture)} data-closes>
            {OWNER.cancel}
          </a>
        </div>
      </form>
    </dialog>
  )
}

function Confirm({
  words,
  ...rest
}: Pick<DialogProps, 'capture' | 'forms' | 'of' | 'to'> & { words: { title: string; text: string; button: string } }) {
  return (
    <Dialog {...rest} title={words.title} button={words.button}>
      <p class="prose">{words.text}</p>
    </Dialog>
  )
}

/** What a field shows: what was typed into it, where its form was refused. */
function typedIn({ opened, refused }: FormsView, of: Opened, name: string, otherwise: string): string {
  return opened === of && refused ? refused.typed(name) : otherwise
}

interface ChoiceProps {
  name: string
  legend: string
  chosen: string
  choices: [value: string, words: string, more?: Child][]
}

function Choice({ name, legend, chosen, choices }: ChoiceProps) {
  return (
    <fieldset>
      <legend>{legend}</legend>
      {choices.map(([value, words, more]) => (
        <div class="choice">
          <label>
            <input type="radio" name={name} value={value} checked={value === chosen} /> {words}
          </label>
          {more}
        </div>
      ))}
    </fieldset>
  )
}

/** As `datetime-local` has it, in UTC. @param at milliseconds since 1970 */
const localTime = (at: number | null) => (at === null ? '' : new Date(at).toISOString().slice(0, 16))

function EditForm({ capture, forms }: { capture: Capture; forms: FormsView }) {
  const words = OWNER.editForm
  const typed = (name: string, otherwise: string) => typedIn(forms, 'edit', name, otherwise)
  const retention = capture.keep ? 'keep' : capture.deleteAt === null ? 'plan' : 'until'
  return (
    <Dialog capture={capture} forms={forms} of="edit" to="edit" title={words.title} button={words.save}>
      <input type="hidden" name="version" value={`${capture.revision}.${capture.generation}`} />
      <Entry
        id="edit-name"
        label={words.name}
        control={() => (
          <input
            id="edit-name"
            name="filename"
            type="text"
            required
            maxlength={255}
            value={typed('filename', capture.filename)}
            autocomplete="off"
            autofocus
          />
        )}
      />
      <Entry
        id="edit-tags"
        label={words.tags}
        control={() => (
          <input
            id="edit-tags"
            name="tags"
            type="text"
            value={typed('tags', capture.tags.join(', '))}
            autocomplete="off"
          />
        )}
      />
      <Entry
        id="edit-comments"
        label={words.comments}
        hint={words.markdown}
        control={(described) => (
          <textarea id="edit-comments" name="comments" rows={5} maxlength={16_384} aria-describedby={described}>
            {typed('comments', capture.comments)}
          </textarea>
        )}
      />
      <Choice
        name="visibility"
        legend={words.who}
        chosen={typed('visibility', capture.visibility)}
        choices={[
          ['unlisted', words.unlisted],
          ['private', words.private],
        ]}
      />
      <Choice
        name="retention"
        legend={words.retention}
        chosen={typed('retention', retention)}
        choices={[
          ['plan', words.plan],
          ['keep', words.keep],
          [
            'until',
            words.until,
            <input
              type="datetime-local"
              name="deleteAt"
              aria-label={words.at}
              value={typed('deleteAt', localTime(capture.deleteAt))}
            />,
          ],
        ]}
      />
    </Dialog>
  )
}

function ShareForm({ capture, forms }: { capture: Capture; forms: FormsView }) {
  const words = OWNER.shareForm
  const typed = (name: string, otherwise = '') => typedIn(forms, 'share', name, otherwise)
  const number = (name: string, label: string) => (
    <label class="beside">
      {label} <input type="number" name={name} min={1} step={1} value={typed(name)} />
    </label>
  )
  const time = (name: string, label: string) => (
    <label class="beside">
      {label}{' '}
      <input
        type="text"
        name={name}
        value={typed(name)}
        autocomplete="off"
        maxlength={64}
        aria-describedby="share-times-hint"
      />
    </label>
  )
  return (
    <Dialog capture={capture} forms={forms} of="share" to="shares" title={words.title} button={words.make}>
      <p class="prose">{words.intro}</p>
      {capture.state === 'error' ? (
        <input type="hidden" name="what" value="all" />
      ) : (
        <Choice
          name="what"
          legend={words.what}
          chosen={typed('what', 'all')}
          choices={[
            ['all', words.all],
            [
              'packets',
              words.packets,
              <div class="row">
                {number('firstPacket', words.from)}
                {number('lastPacket', words.to)}
              </div>,
            ],
            [
              'times',
              words.times,
              <>
                <div class="row">
                  {time('fromTime', words.from)}
                  {time('toTime', words.before)}
                </div>
                <p class="hint" id="share-times-hint">
                  {words.timeHint}
                </p>
              </>,
            ],
          ]}
        />
      )}
      <Entry
        id="share-ends"
        label={words.ends}
        control={() => <input id="share-ends" name="expiresAt" type="datetime-local" value={typed('expiresAt')} />}
      />
      <Entry
        id="share-limit"
        label={words.limit}
        control={() => (
          <input
            id="share-limit"
            name="viewLimit"
            type="number"
            min={1}
            max={1_000_000_000}
            step={1}
            value={typed('viewLimit')}
          />
        )}
      />
      <Entry
        id="share-password"
        label={words.password}
        control={() => (
          <input
            id="share-password"
            name="password"
            type="password"
            minlength={8}
            maxlength={256}
            autocomplete="new-password"
          />
        )}
      />
      <div class="choice">
        <label>
          <input type="checkbox" name="keylog" value="1" checked={typed('keylog') === '1'} /> {words.keylog}
        </label>
      </div>
    </Dialog>
  )
}

function NoteForm({ capture, forms }: { capture: Capture; forms: FormsView }) {
  const words = OWNER.note
  const { note } = forms.about
  const typed = (name: string, otherwise: string) => typedIn(forms, 'note', name, otherwise)
  return (
    <Dialog capture={capture} forms={forms} of="note" to="notes" title={words.title} button={words.save}>
      <Entry
        id="note-frame"
        label={words.frame}
        hint={words.hint}
        control={(described) => (
          <input
            id="note-frame"
            name="frame"
            type="number"
            min={1}
            max={capture.facts === null ? undefined : Math.max(1, capture.facts.packets)}
            step={1}
            required
            value={typed('frame', note === null ? '' : String(note.frame))}
            aria-describedby={described}
            autofocus={note === null}
          />
        )}
      />
      <Entry
        id="note-text"
        label={words.text}
        control={() => (
          <textarea id="note-text" name="text" rows={4} maxlength={4096} required autofocus={note !== null}>
            {typed('text', note?.text ?? '')}
          </textarea>
        )}
      />
    </Dialog>
  )
}

function KeylogForm({ capture, forms }: { capture: Capture; forms: FormsView }) {
  const words = OWNER.keylog
  return (
    <Dialog capture={capture} forms={forms} of="keylog" to="keylog" title={words.form} button={words.save} sends>
      <Entry
        id="keylog-file"
        label={words.file}
        hint={words.hint}
        control={(described) => (
          <input id="keylog-file" name="keylog" type="file" required aria-describedby={described} />
        )}
      />
    </Dialog>
  )
}
