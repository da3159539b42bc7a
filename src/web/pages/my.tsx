/** The page of somebody's own captures: found, sorted, and what is done with many of them. */
import type { Child } from 'hono/jsx'
import { CodeLine } from '../ui/code-line.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Empty } from '../ui/empty.tsx'
import { Foreign, visible } from '../ui/foreign.tsx'
import { Icon } from '../ui/icon.tsx'
import { bytes, duration, grouped } from '../ui/numbers.ts'
import { page, type Reader } from '../ui/page.tsx'
import { Amount, Time, Zone } from '../ui/quantity.tsx'
import { StatusMark, statusOf } from '../ui/status.tsx'
import { Tags } from '../ui/tags.tsx'
import { Toast } from '../ui/toast.tsx'
import { Tray } from '../ui/tray.tsx'
import { MY } from '../words/my.ts'
import { addressOf, type Listed, MOST_AT_ONCE, MOST_ZIPPED, type Order, type SortKey } from './my-order.ts'

type Row = Listed['captures'][number]

/** What was done last, and with how many captures. */
export interface Done {
  what: keyof typeof MY.done | null
  /** Why nothing was done. */
  said: keyof typeof SAID | null
  done: number
  /** Not the account's, or not there any more. */
  missed: number
  /** Changed by somebody else meanwhile. */
  changed: number
  /** With more tags than one may have. */
  full: number
  /** Ids of what was deleted and can be restored. */
  undo: string[]
}

const SAID = {
  none: MY.nothingSelected,
  many: MY.tooMany(MOST_AT_ONCE),
  tags: MY.noTags,
  large: MY.zipTooLarge(bytes(MOST_ZIPPED).text),
} as const

export const isDeed = (word = ''): word is keyof typeof MY.done => Object.hasOwn(MY.done, word)
export const isSaid = (word = ''): word is keyof typeof SAID => Object.hasOwn(SAID, word)

export interface MyView {
  reader: Reader
  origin: string
  now: number
  order: Order
  /** `null`: the query was refused. */
  list: Listed | null
  /** Why the query was refused. */
  refusal: string | null
  plan: {
    maxFileSize: number
    files: number
    filesLimit: number
    bytes: number
    bytesLimit: number
    apiAllowed: boolean
  }
  done: Done | null
}

/** Goes with `ISLAND_HEADERS`; status 400 with a refusal. */
export function myPage(view: MyView): string {
  const { reader, order, plan, refusal, done } = view
  return page({
    areas: ['files'],
    reader,
    at: '/my',
    title: MY.title,
    class: 'broad stack',
    islands: ['my', 'drop'],
    children: (
      <>
        <div class="bar">
          <h1>{MY.title}</h1>
          <p class="soft" id="usage">
            {MY.usage(
              grouped(plan.files),
              grouped(plan.filesLimit),
              bytes(plan.bytes).text,
              bytes(plan.bytesLimit).text,
            )}
          </p>
          <div class="acts">
            <span class="wide-only" data-zones />
            <button type="button" class="button small" id="keys" aria-haspopup="dialog" hidden>
              {MY.keys}
            </button>
            <a class="button small" href="/my?deleted">
              {MY.deletedLink}
            </a>
            <a class="button small first" href="/upload">
              {MY.upload}
            </a>
          </div>
        </div>
        <SearchForm order={order} refusal={refusal} />
        <div id="found">
          <Found {...view} />
        </div>
        <Toast id="toast">{done && <Said done={done} back={addressOf(order)} />}</Toast>
        <Tray reader={reader} most={plan.maxFileSize} />
        <Help />
      </>
    ),
  })
}

/** The page of what was deleted and is not gone yet. */
export function deletedPage({
  reader,
  now,
  captures,
  done,
}: Pick<MyView, 'reader' | 'now' | 'done'> & { captures: Row[] }): string {
  return page({
    areas: ['files'],
    reader,
    at: '/my',
    title: MY.deletedTitle,
    class: 'broad stack',
    islands: ['my'],
    children: (
      <>
        <div class="bar">
          <h1>{MY.deletedTitle}</h1>
          <p class="soft">{captures.length > 0 && MY.deletedText}</p>
          <div class="acts">
            <a class="button small" href="/my">
              {MY.allLink}
            </a>
          </div>
        </div>
        <div id="found">
          {captures.length === 0 ? (
            <section class="panel" aria-label={MY.deletedTitle}>
              <Empty title={MY.noneDeleted.title} top>
                <p class="prose">{MY.noneDeleted.text}</p>
              </Empty>
            </section>
          ) : (
            <form class="panel pick" method="post" action="/my">
              <input type="hidden" name="deleted" value="1" />
              <div class="tools">
                <p class="idle">{MY.shown(captures.length)}</p>
                <fieldset class="bulk" aria-label={MY.bulk}>
                  <button class="button small" name="action" value="restore" type="submit">
                    {MY.restore}
                  </button>
                </fieldset>
              </div>
              <div class="scroll tall">
                <table class="rows list" aria-label={MY.deletedTitle}>
                  <thead>
                    <tr>
                      <PickAll />
                      <th scope="col">{MY.columns.name}</th>
                      <th scope="col" class="number wide-only">
                        {MY.columns.size}
                      </th>
                      <th scope="col">{MY.columns.goes}</th>
                    </tr>
                  </thead>
                  <tbody>
                    {captures.map((row) => (
                      <tr data-id={row.id}>
                        <Pick row={row} />
                        <th scope="row" class="name">
                          <Foreign text={row.filename} />
                        </th>
                        <td class="number wide-only">
                          <Amount of={bytes(row.size)} />
                        </td>
                        <td>{row.dueAt !== null && <When at={row.dueAt} words={MY.ahead(row.dueAt - now)} />}</td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
            </form>
          )}
        </div>
        <Toast id="toast">{done && <Said done={done} back="?deleted" />}</Toast>
        <Help />
      </>
    ),
  })
}

function SearchForm({ order, refusal }: { order: Order; refusal: string | null }) {
  return (
    <search>
      <form class="finder" id="finder" method="get" action="/my">
        <label class="hidden" for="q">
          {MY.search}
        </label>
        <div class="line">
          <input
            id="q"
            name="q"
            type="search"
            value={order.query}
            placeholder={MY.searchHint}
            maxlength={1000}
            autocomplete="off"
            autocapitalize="none"
            spellcheck={false}
            aria-describedby="refusal"
            aria-invalid={refusal === null ? undefined : 'true'}
          />
          {order.sort && <input type="hidden" name="sort" value={`${order.sort.down ? '-' : ''}${order.sort.key}`} />}
          <button class="button" type="submit">
            {MY.searchButton}
          </button>
          {order.query !== '' && (
            <a class="button" href={`/my${addressOf({ ...order, query: '', cursor: null, page: 1 })}`}>
              {MY.clear}
            </a>
          )}
        </div>
        <p id="refusal" class="refusal" role="alert">
          {refusal}
        </p>
        <details class="language">
          <summary>{MY.language}</summary>
          <dl>
            {MY.examples.map(([query, words]) => (
              <div>
                <dt>
                  <a href={`/my?q=${encodeURIComponent(query)}`}>
                    <code>{query}</code>
                  </a>
                </dt>
                <dd>{words}</dd>
              </div>
            ))}
          </dl>
        </details>
      </form>
    </search>
  )
}

function Found(view: MyView) {
  const { list, order, plan, now } = view
  if (list === null) return null
  const isBegun = order.cursor !== null || order.page > 1
  if (list.captures.length === 0 && !isBegun && order.query === '' && list.next === null) return <Teach {...view} />
  const waits = list.captures.some(({ state }) => state !== 'ok' && state !== 'error')
  const address = addressOf(order)
  return (
    <form class="panel pick" method="post" action="/my" data-waits={waits ? 'yes' : undefined}>
      <input type="hidden" name="back" value={address} />
      <div class="tools">
        <p class="idle">
          <span class="count">
            {MY.shown(order.query === '' && !isBegun && list.next === null ? plan.files : list.captures.length)}
          </span>
          {list.captures.length > 0 && <span class="soft wide-only"> {MY.hint}</span>}
        </p>
        <Bulk />
      </div>
      {list.sorted !== null && <p class="more said">{MY.newestSorted(list.sorted)}</p>}
      {list.captures.length === 0 ? (
        <Empty title={MY.nothing.title} top>
          <p class="prose">
            {list.next === null ? <Foreign text={MY.nothing.text(order.query)} /> : MY.nothing.goesOn}
          </p>
          {list.next === null && (
            <>
              <p class="prose soft">{MY.nothing.hint}</p>
              <a class="button" href="/my">
                {MY.nothing.all}
              </a>
            </>
          )}
        </Empty>
      ) : (
        <div class="scroll tall" tabindex={-1}>
          <table class="rows list" aria-label={MY.table}>
            <thead>
              <tr>
                <PickAll />
                <Head of="name" order={order} />
                <Head of="status" order={order} />
                <Head of="packets" order={order} class="number wide-only" />
                <Head of="size" order={order} class="number wide-only" />
                <Head of="time" order={order} class="wide-only">
                  , <Zone />
                </Head>
                <th scope="col" class="wide-only">
                  {MY.columns.protocols}
                </th>
                <Head of="age" order={order} class="wide-only" />
              </tr>
            </thead>
            <tbody>
              {list.captures.map((row) => (
                <CaptureRow row={row} protocols={list.protocols.get(row.id) ?? []} now={now} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      <Pager list={list} order={order} />
      {list.partial && (
        <p class="more">
          {MY.partial} <a href="/my?q=indexed:partial">{MY.partialLink}</a>
        </p>
      )}
    </form>
  )
}

function Teach({ origin, plan }: MyView) {
  return (
    <section class="panel" aria-label={MY.table}>
      <Empty title={MY.empty.title} top>
        {plan.apiAllowed ? (
          <>
            <p class="prose">{MY.empty.text}</p>
            <CodeLine
              title={MY.empty.line}
              line={`curl -T traffic.pcapng ${origin}/api/v1/$TOKEN/upload`}
              what={MY.empty.line}
            />
            <p class="prose">
              <a href="/account">{MY.empty.key}</a>
            </p>
          </>
        ) : (
          <p class="prose">{MY.empty.noApi}</p>
        )}
        <a class="button first" href="/upload">
          {MY.upload}
        </a>
      </Empty>
    </section>
  )
}

/** The first direction of a column: the largest, or the latest, is what one looks for. */
const DOWN_FIRST: readonly SortKey[] = ['packets', 'size', 'time', 'age']

function Head({ of, order, class: name, children }: { of: SortKey; order: Order; class?: string; children?: Child }) {
  const sort = order.sort ?? { key: 'age', down: true }
  const isThis = sort.key === of
  const down = isThis ? !sort.down : DOWN_FIRST.includes(of)
  const next = addressOf({ ...order, sort: of === 'age' && down ? null : { key: of, down }, cursor: null, page: 1 })
  return (
    <th scope="col" class={name} aria-sort={isThis ? (sort.down ? 'descending' : 'ascending') : undefined}>
      <a class="sort" href={`/my${next}`} title={MY.sortBy(MY.columns[of])}>
        {MY.columns[of]}
        {children}
      </a>
    </th>
  )
}

const PickAll = () => (
  <th scope="col" class="check">
    <input type="checkbox" class="all" aria-label={MY.selectAll} hidden />
  </th>
)

const Pick = ({ row }: { row: Row }) => (
  <td class="check">
    <input type="checkbox" name="ids" value={row.id} aria-label={MY.select(visible(row.filename))} />
  </td>
)

function CaptureRow({ row, protocols, now }: { row: Row; protocols: string[]; now: number }) {
  const status = statusOf(row.state) ?? 'processing'
  const { facts } = row
  const size = row.state === 'uploading' ? null : bytes(row.size)
  const packets = facts === null ? null : grouped(facts.packets)
  const span = facts?.duration == null ? null : duration(facts.duration)
  return (
    <tr data-id={row.id}>
      <Pick row={row} />
      <th scope="row" class="name">
        <a class="open" href={`/captures/${row.id}`}>
          <Foreign text={row.filename} />
        </a>
        {row.visibility === 'private' && <span class="badge">{MY.private}</span>}
        <span class="meta narrow-only">
          {[facts && MY.packets(facts.packets), size?.text, MY.ago(now - row.createdAt)]
            .filter((each) => each)
            .map((each) => (
              <span class="nowrap">{each} </span>
            ))}
        </span>
        <Tags tags={row.tags} label={MY.tags} />
      </th>
      <td>
        <StatusMark status={status} percent={row.progress} live={false} />
        {row.failure && (
          <span class="meta why">
            <Foreign text={row.failure.message} />
          </span>
        )}
      </td>
      <td class="number wide-only">{packets ?? MY.none}</td>
      <td class="number wide-only">{size === null ? MY.none : <Amount of={size} />}</td>
      <td class="wide-only">
        {facts?.firstTime == null ? MY.none : <Time at={facts.firstTime} />}
        {span !== null && (
          <span class="meta" title={span.exact}>
            {span.text}
          </span>
        )}
      </td>
      <td class="wide-only">
        <Protocols all={protocols} />
      </td>
      <td class="wide-only">
        <When at={row.createdAt} words={MY.ago(now - row.createdAt)} />
      </td>
    </tr>
  )
}

/** Layers that nearly every capture has: they are shown where there is nothing above them. */
const CARRIERS = new Set(
  'frame eth ethertype sll llc snap vlan loop null raw ip ipv6 ip_raw ipv6_fraghdr tcp udp data data-text-lines ppp pppoes radiotap wlan wlan_radio prism'.split(
    ' ',
  ),
)
/** Shown one by one. */
const MOST_PROTOCOLS = 4

function Protocols({ all }: { all: string[] }) {
  if (all.length === 0) return <>{MY.none}</>
  const telling = all.filter((name) => !CARRIERS.has(name) && !name.startsWith('_'))
  const shown = telling.length > 0 ? telling : all.slice(-1)
  const rest = shown.length - MOST_PROTOCOLS
  return (
    <span class="protocols" title={visible(all.join(', '))}>
      <Foreign text={shown.slice(0, MOST_PROTOCOLS).join(', ')} />
      {rest > 0 && <span class="soft"> {MY.more(rest)}</span>}
    </span>
  )
}

/** A time as words, exact in `title`. */
const When = ({ at, words }: { at: number; words: string }) => (
  <span class="nowrap" title={`${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`}>
    {words}
  </span>
)

function Bulk() {
  const act = (value: string, words: string, danger = false) => (
    <button class={danger ? 'button small danger' : 'button small'} name="action" value={value} type="submit">
      {words}
    </button>
  )
  return (
    <fieldset class="bulk" aria-label={MY.bulk}>
      <span class="chosen" />
      <span class="tagging">
        <input name="tags" aria-label={MY.tags} placeholder={MY.tags} maxlength={1000} autocomplete="off" />
        {act('tag', MY.addTag)}
        {act('untag', MY.removeTag)}
      </span>
      {act('private', MY.makePrivate)}
      {act('unlisted', MY.makeUnlisted)}
      <button class="button small" type="submit" formaction="/my/download">
        <Icon of="download" />
        {MY.download}
      </button>
      {act('delete', MY.delete, true)}
    </fieldset>
  )
}

function Pager({ list, order }: { list: Listed; order: Order }) {
  const links: Child[] = []
  const link = (change: Partial<Order>, words: string, rel: string) =>
    links.push(
      <a class="button small" href={`/my${addressOf({ ...order, cursor: null, page: 1, ...change })}`} rel={rel}>
        {words}
      </a>,
    )
  if (order.cursor !== null) link({}, MY.newest, 'first')
  if (list.previous !== null) link({ page: list.previous }, MY.previous, 'prev')
  if (list.next !== null) link(list.next, 'cursor' in list.next ? MY.older : MY.next, 'next')
  if (links.length === 0) return null
  return (
    <nav class="pager" aria-label={MY.pages}>
      {links}
    </nav>
  )
}

function Said({ done, back }: { done: Done; back: string }) {
  const sentences = [
    done.what && done.done > 0 && MY.done[done.what](done.done),
    done.missed > 0 && MY.missed(done.missed),
    done.changed > 0 && MY.changed(done.changed),
    done.full > 0 && MY.tooManyTags(done.full),
    done.said && SAID[done.said],
  ].filter(Boolean)
  return (
    <div class="saying">
      <p>{sentences.join(' ')}</p>
      {done.undo.length > 0 && (
        <form method="post" action="/my" class="undo">
          {done.undo.map((id) => (
            <input type="hidden" name="ids" value={id} />
          ))}
          <input type="hidden" name="back" value={back} />
          <button class="button small" name="action" value="restore" type="submit">
            {MY.undo}
          </button>
        </form>
      )}
    </div>
  )
}

function Help() {
  const { title, close, keys, single } = MY.help
  return (
    <Dialog id="help" title={title} close={close}>
      <dl class="keys">
        {keys.map(([key, words]) => (
          <div>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{words}</dd>
          </div>
        ))}
      </dl>
      <label class="choice">
        <input type="checkbox" id="single" checked /> {single}
      </label>
    </Dialog>
  )
}
