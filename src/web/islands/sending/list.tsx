/** The list of uploads: how far each has come, and what can be done with it. */
import { render } from 'preact'
import { bytes, duration } from '../../ui/numbers.ts'
import { UPLOAD } from '../../words/upload.ts'
import { MOST_FILES } from './gather.ts'
import { type Item, openQueue, type Queue, type State } from './queue.ts'

/** Show the list in this element, for as long as the page is open. */
export function showUploads(place: HTMLElement): Queue {
  const { account = '', most = '0' } = place.dataset
  place.hidden = false
  let turn = 0
  const draw = () => render(<List queue={queue} isTray={place.classList.contains('tray')} turn={++turn} />, place)
  const queue = openQueue(account, Number(most), draw)
  draw()
  return queue
}

const UNDER_WAY: State[] = ['checking', 'waiting', 'sending', 'lost', 'busy', 'finishing']
const isUnderWay = ({ state }: Item) => UNDER_WAY.includes(state)

/** @param turn another one each time: what is shown changes in place, which Preact does not see */
function List({ queue, isTray, turn }: { queue: Queue; isTray: boolean; turn: number }) {
  const { items, skipped, cut } = queue
  if (items.length === 0 && skipped === 0) return null
  const going = items.filter(isUnderWay)
  const paused = items.filter(({ state }) => state === 'paused')
  const isAllPaused = going.length === 0 && paused.length > 0
  const toggle = () => {
    for (const item of isAllPaused ? paused : going)
      if (isAllPaused) queue.resume(item)
      else if (item.state !== 'checking') queue.pause(item)
  }
  const isOver = going.length + paused.length === 0
  return (
    <section class="panel uploads" aria-label={UPLOAD.list}>
      <header>
        <h2>
          {UPLOAD.list}
          <span class="count">{summaryOf(items)}</span>
        </h2>
        {isOver
          ? isTray && (
              <button
                type="button"
                class="button small"
                onClick={() => {
                  for (const item of [...items]) queue.dismiss(item)
                  queue.skipped = 0
                }}
              >
                {UPLOAD.close}
              </button>
            )
          : going.length + paused.length > 1 && (
              <button type="button" class="button small" onClick={toggle}>
                {isAllPaused ? UPLOAD.resumeAll : UPLOAD.pauseAll}
              </button>
            )}
      </header>
      <ul>
        {[...items].reverse().map((item) => (
          <One key={item.key} item={item} queue={queue} turn={turn} />
        ))}
      </ul>
      {skipped > 0 && <p class="more">{UPLOAD.skipped(skipped)}</p>}
      {cut && <p class="more">{UPLOAD.tooManyFiles(MOST_FILES)}</p>}
      <p class="hidden" role="status">
        {announced(items)}
      </p>
    </section>
  )
}

/** Read out: the last that has ended. */
function announced(items: readonly Item[]): string {
  const last = [...items].reverse().find(({ state }) => state === 'ready' || state === 'failed')
  if (last === undefined) return ''
  return last.state === 'ready' ? UPLOAD.announce.stored(last.name) : UPLOAD.announce.failed(last.name)
}

function summaryOf(items: readonly Item[]): string {
  const files = items.filter(({ size, state }) => size !== null && state !== 'failed' && state !== 'cancelled')
  const total = files.reduce((sum, { size }) => sum + (size ?? 0), 0)
  const sent = files.reduce(
    (sum, { sent, state, size }) => sum + (state === 'ready' || state === 'processing' ? (size ?? 0) : sent),
    0,
  )
  const rate = files.reduce((sum, { rate }) => sum + (rate ?? 0), 0)
  if (total === 0 || sent >= total) return ''
  const words = [UPLOAD.sent(bytes(sent).text, bytes(total).text)]
  if (rate > 0)
    words.push(UPLOAD.rate(bytes(Math.round(rate)).text), UPLOAD.left(UPLOAD.seconds((total - sent) / rate)))
  return words.join(' · ')
}

const TONES: Partial<Record<State, string>> = { ready: 'ok', failed: 'failed', cancelled: 'soft' }

function One({ item, queue }: { item: Item; queue: Queue; turn: number }) {
  const { name, size, state, sent, rate, id, again } = item
  const { words } = UPLOAD
  const isSending = size !== null && (isUnderWay(item) || state === 'paused') && state !== 'checking'
  const button = (text: string, label: string, act: (item: Item) => void) => (
    <button type="button" class="button small" aria-label={label} onClick={() => act(item)}>
      {text}
    </button>
  )
  const isOver = state === 'ready' || state === 'failed' || state === 'cancelled'
  return (
    <li class="upload" data-state={state}>
      <div class="what">
        <bdi class="title">{id !== null && state !== 'failed' ? <a href={`/captures/${id}`}>{name}</a> : name}</bdi>
        <span class={`meta ${TONES[state] ?? ''}`}>{standing(item)}</span>
        {item.told !== null && state !== 'failed' && <span class="meta">{factsOf(item)}</span>}
      </div>
      <div class="acts">
        {isSending &&
          state !== 'paused' &&
          state !== 'finishing' &&
          button(words.pause, UPLOAD.pause(name), queue.pause)}
        {state === 'paused' && button(words.resume, UPLOAD.resume(name), queue.resume)}
        {isSending && state !== 'finishing' && button(words.cancel, UPLOAD.cancel(name), queue.cancel)}
        {again && button(words.retry, UPLOAD.retry(name), queue.resume)}
        {id !== null && state !== 'failed' && (
          <a class="button small" href={`/captures/${id}`}>
            {UPLOAD.open}
          </a>
        )}
        {isOver && button(words.dismiss, UPLOAD.dismiss(name), queue.dismiss)}
      </div>
      {isSending && (
        <div class="far">
          <progress max={size ?? 1} value={sent} aria-label={UPLOAD.of(name)} />
          <span class="meta">
            {[
              UPLOAD.sent(bytes(sent).text, bytes(size ?? 0).text),
              rate !== null && rate > 0 && UPLOAD.rate(bytes(Math.round(rate)).text),
              rate !== null && rate > 0 && UPLOAD.left(UPLOAD.seconds(((size ?? 0) - sent) / rate)),
            ]
              .filter(Boolean)
              .join(' · ')}
          </span>
        </div>
      )}
    </li>
  )
}

function standing(item: Item): string {
  switch (item.state) {
    case 'sending':
      return ''
    case 'failed':
      return item.words
    case 'ready':
      return item.words || UPLOAD.ready
    case 'processing':
      return `${UPLOAD.stored}; ${UPLOAD.processing(item.percent)}`
    default:
      return UPLOAD[item.state]
  }
}

function factsOf({ told }: Item): string {
  if (told === null) return ''
  if (told.end === null) return UPLOAD.reading(told.packets)
  const span = told.end.duration === null ? null : duration(told.end.duration)
  const facts = UPLOAD.facts(told.packets, told.end.fileType)
  return span === null ? facts : `${facts}, ${UPLOAD.factsDuration(span.text)}`
}
