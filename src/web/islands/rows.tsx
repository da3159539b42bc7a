/** A table of conversations or endpoints as one, however long: rows come as they are scrolled to, sorted and filtered by the server. */
import { render } from 'preact'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { TableKind } from '../../summary/long-tables.ts'
import type { TableName } from '../../summary/tables.ts'
import { packetsAt } from '../ui/display-filter.ts'
import {
  columnsOf,
  inserted,
  openingAt,
  openingButton,
  rowFilter,
  rowName,
  sortedBy,
  type TableRow,
} from '../ui/row-columns.ts'
import { TRAFFIC } from '../words/traffic.ts'

const WORDS = TRAFFIC.rows

/** Rows asked for at once; drawn beyond those that are seen, at each side; and kept, at most. */
const BLOCK = 500
const BEYOND = 30
const MOST_KEPT = 20_000
/** Milliseconds after which what was typed is asked for, and a place that is scrolled past quickly is not. */
const TYPING = 250
const PASSING = 60

interface Source {
  of: TableKind
  table: TableName
  /** Address of its rows. */
  url: string
  packets: string
  byStream: boolean
  /** Each row has a button that opens its conversation: it is the only way to see it whole, or also one; empty: none has. */
  opening: string
  listed: number
}
interface Wish {
  sort: string
  filter: string
}
interface Rows extends Wish {
  matched: number
  known: Map<number, TableRow>
}

for (const host of document.querySelectorAll<HTMLElement>('[data-rows]')) begin(host)

function begin(host: HTMLElement): void {
  const {
    of,
    table,
    source = '',
    packets = '',
    streams,
    opening = '',
    sort = '-bytes',
    from,
    matched,
    listed,
  } = host.dataset
  const field = host.querySelector<HTMLInputElement>('#filter')
  const first = host.querySelector('#first-rows')?.textContent
  if (!field || !first) return
  const rows = JSON.parse(first) as TableRow[]
  const known = new Map(rows.map((row, i) => [Number(from) + i, row]))
  const place = document.createElement('div')
  for (const part of host.querySelectorAll('.tally, .scroll, .pages')) part.remove()
  host.append(place)
  render(
    <Long
      source={{
        of: of as TableKind,
        table: table as TableName,
        url: source,
        packets,
        byStream: streams === 'yes',
        opening,
        listed: Number(listed),
      }}
      first={{ sort, filter: field.value, matched: Number(matched), known }}
      start={Number(from)}
      field={field}
    />,
    place,
  )
  performance.mark('rows')
}

function Long({
  source,
  first,
  start,
  field,
}: {
  source: Source
  first: Rows
  start: number
  field: HTMLInputElement
}) {
  const [rows, setRows] = useState(first)
  const [wish, setWish] = useState<Wish>(first)
  const [height, setHeight] = useState(29)
  const [seen, setSeen] = useState({ from: start, to: start + 40 })
  const [state, setState] = useState<'' | 'loading' | 'failed'>('')
  const scroll = useRef<HTMLDivElement>(null)
  const columns = columnsOf(source.of, source.table)
  const isOnlyWay = source.opening === 'only'
  const place = source.opening === '' ? null : openingAt(isOnlyWay, columns.length)

  const look = () => {
    const box = scroll.current
    if (!box) return
    const from = Math.max(0, Math.floor(box.scrollTop / height) - BEYOND)
    const to = from + Math.ceil(box.clientHeight / height) + 2 * BEYOND
    setSeen((now) => (now.from === from && now.to === to ? now : { from, to }))
  }

  useLayoutEffect(() => {
    const row = scroll.current?.querySelector('tbody tr[aria-rowindex]')
    const measured = row?.getBoundingClientRect().height
    if (measured) setHeight(measured)
    if (scroll.current && start > 0) scroll.current.scrollTop = start * (measured ?? height)
    look()
    const box = new ResizeObserver(look)
    if (scroll.current) box.observe(scroll.current)
    return () => box.disconnect()
  }, [])

  // Columns keep the width that they once needed: rows that come do not make them jump.
  useLayoutEffect(() => {
    for (const head of scroll.current?.querySelectorAll<HTMLElement>('thead th') ?? [])
      head.style.minWidth = `${Math.max(Number.parseFloat(head.style.minWidth) || 0, head.offsetWidth)}px`
  })

  useEffect(() => {
    let typed = 0
    const ask = (delay: number) => {
      clearTimeout(typed)
      typed = window.setTimeout(() => setWish((now) => ({ ...now, filter: field.value.trim() })), delay)
    }
    const onInput = () => ask(TYPING)
    const onSubmit = (event: Event) => {
      event.preventDefault()
      ask(0)
    }
    field.addEventListener('input', onInput)
    field.form?.addEventListener('submit', onSubmit)
    return () => {
      field.removeEventListener('input', onInput)
      field.form?.removeEventListener('submit', onSubmit)
    }
  }, [field])

  const isNew = wish.sort !== rows.sort || wish.filter !== rows.filter
  const end = Math.min(seen.to, rows.matched)
  let missing = -1
  for (let at = seen.from; at < end && missing < 0; at++) if (!rows.known.has(at)) missing = at
  const wanted = isNew ? 0 : missing < 0 ? -1 : Math.floor(missing / BLOCK) * BLOCK

  useEffect(() => {
    if (wanted < 0) return
    const leaving = new AbortController()
    const passing = setTimeout(
      async () => {
        setState('loading')
        try {
          const query = new URLSearchParams({ ...wish, from: String(wanted), limit: String(BLOCK) })
          const answer = await fetch(`${source.url}?${query}`, { signal: leaving.signal })
          if (!answer.ok) throw new Error(String(answer.status))
          const found = (await answer.json()) as { matched: number; rows: TableRow[] }
          const known = isNew || rows.known.size > MOST_KEPT ? new Map<number, TableRow>() : new Map(rows.known)
          found.rows.forEach((row, i) => {
            known.set(wanted + i, row)
          })
          setRows({ ...wish, matched: found.matched, known })
          setState('')
          if (!isNew) return
          if (scroll.current) scroll.current.scrollTop = 0
          look()
          address(source, wish)
        } catch {
          if (!leaving.signal.aborted) setState('failed')
        }
      },
      isNew ? 0 : PASSING,
    )
    return () => {
      clearTimeout(passing)
      leaving.abort()
    }
  }, [wanted, wish.sort, wish.filter, rows])

  const sort = (event: MouseEvent, column: string) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return
    event.preventDefault()
    setWish((now) => ({ ...now, sort: sortedBy(column, now.sort) }))
  }
  const from = Math.min(seen.from, end)
  return (
    <>
      <p class="tally" role="status">
        {state === 'failed'
          ? WORDS.failed
          : rows.matched === 0
            ? WORDS.none
            : WORDS.matched(rows.matched, source.listed)}
        {state === 'loading' && ` ${WORDS.loading}`}
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it is scrolled by keys */}
      <div class="scroll tall" tabIndex={0} ref={scroll} onScroll={look}>
        <table
          class="rows fixed"
          aria-labelledby="rows"
          aria-rowcount={rows.matched + 1}
          aria-busy={state === 'loading'}
        >
          <thead>
            <tr>
              {inserted(
                columns.map((column) => {
                  const name = column.sort
                  const way =
                    name === null
                      ? undefined
                      : wish.sort === name
                        ? 'ascending'
                        : wish.sort === `-${name}`
                          ? 'descending'
                          : undefined
                  return (
                    <th scope="col" class={column.isNumber ? 'number' : undefined} aria-sort={way}>
                      {name === null ? (
                        column.title
                      ) : (
                        <a
                          href={hrefOf(source, { ...wish, sort: sortedBy(name, wish.sort) })}
                          onClick={(event) => sort(event, name)}
                        >
                          {column.title}
                        </a>
                      )}
                    </th>
                  )
                }),
                place,
                <th scope="col">{WORDS.opens}</th>,
              )}
            </tr>
          </thead>
          <tbody>
            <Room rows={from} height={height} columns={columns.length + (place === null ? 0 : 1)} />
            {Array.from({ length: end - from }, (_, i) => from + i).map((at) => {
              const row = rows.known.get(at)
              return (
                <tr key={at} aria-rowindex={at + 2}>
                  {inserted(
                    columns.map((column, i) => {
                      const text = row ? column.text(row) : i === 0 ? '…' : ''
                      if (i > 0)
                        return (
                          <td class={column.isNumber ? 'number' : undefined} title={row && column.exact?.(row)}>
                            {text}
                          </td>
                        )
                      return (
                        <th scope="row">
                          {row && source.packets !== '' ? (
                            <a
                              href={packetsAt(source.packets, rowFilter(source.of, source.table, row, source.byStream))}
                              title={TRAFFIC.packetsOf(rowName(source.of, row))}
                            >
                              {text}
                            </a>
                          ) : (
                            text
                          )}
                        </th>
                      )
                    }),
                    place,
                    <td>{row && <Opens table={source.table} row={row} isOnlyWay={isOnlyWay} />}</td>,
                  )}
                </tr>
              )
            })}
            <Room rows={rows.matched - end} height={height} columns={columns.length + (place === null ? 0 : 1)} />
          </tbody>
        </table>
      </div>
    </>
  )
}

/** As the page has it: its form stands outside of the table. */
function Opens({ table, row, isOnlyWay }: { table: TableName; row: TableRow; isOnlyWay: boolean }) {
  const { text, attributes } = openingButton(isOnlyWay, table, row)
  return <button {...attributes}>{text}</button>
}

/** The room of rows that are not drawn. */
function Room({ rows, height, columns }: { rows: number; height: number; columns: number }) {
  if (rows <= 0) return null
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: nothing in it can have the focus
    <tr class="room" aria-hidden="true" style={{ height: `${rows * height}px` }}>
      <td colSpan={columns} />
    </tr>
  )
}

function hrefOf({ of, table }: Source, { sort, filter }: Wish): string {
  const query = new URLSearchParams({ tab: of, table })
  if (sort !== '-bytes') query.set('sort', sort)
  if (filter !== '') query.set('filter', filter)
  return `${location.pathname}?${query}`
}

/** Say what is shown where it is said: in the address, and in the links that take it away. */
function address(source: Source, wish: Wish): void {
  history.replaceState(null, '', hrefOf(source, wish))
  for (const link of document.querySelectorAll<HTMLAnchorElement>('.exports a[href*="/tables/"]')) {
    const url = new URL(link.href)
    url.search = String(new URLSearchParams({ ...wish }))
    link.href = url.href
  }
}
