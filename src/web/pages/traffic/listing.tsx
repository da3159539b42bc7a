/** A table of conversations or endpoints: a page of it, with what sorts, filters and turns it. The island makes it one long table. */
import { raw } from 'hono/html'
import { TABLES, type TableName } from '../../../summary/tables.ts'
import { packetsAt } from '../../ui/display-filter.ts'
import { inScript } from '../../ui/in-script.ts'
import { bytes } from '../../ui/numbers.ts'
import { Panel } from '../../ui/panel.tsx'
import {
  columnsOf,
  inserted,
  OPENING_FORM,
  openingAt,
  openingButton,
  type RowColumn,
  rowFilter,
  rowName,
  sortedBy,
  type TableRow,
} from '../../ui/row-columns.ts'
import { TRAFFIC } from '../../words/traffic.ts'
import { Exports } from './exports.tsx'
import { CONVERSATION_KEPT, type ListingPage, type Opening, PAGE_ROWS, type Traffic } from './traffic.ts'

const WORDS = TRAFFIC.rows

export function Listing({ traffic }: { traffic: Traffic }) {
  const { listing, tables } = traffic
  const of = traffic.tab === 'endpoints' ? 'endpoints' : 'conversations'
  const title = WORDS[of]
  if (listing === null)
    return (
      <Panel id="rows" title={title}>
        <p class="inner">{WORDS.nothing}</p>
      </Panel>
    )
  const { table } = listing
  const what = `${title}, ${TRAFFIC.tables[table]}`
  const opening = of === 'conversations' ? traffic.opening : null
  const export_ = queryOf({ sort: listing.sort, filter: listing.filter })
  return (
    <Panel
      id="rows"
      title={title}
      count={listing.kept}
      long
      aside={<Exports traffic={traffic} table={`${of}-${table}`} what={what} query={export_} />}
    >
      <div
        class="listing"
        data-rows
        data-of={of}
        data-table={table}
        data-source={`${traffic.path}/tables/${of}-${table}.json`}
        data-packets={traffic.packets ?? ''}
        data-opening={opening === null ? '' : opening.isOnlyWay ? 'only' : 'also'}
        data-streams={traffic.byStream ? 'yes' : 'no'}
        data-sort={listing.sort}
        data-from={listing.from}
        data-matched={listing.matched}
        data-listed={listing.listed}
      >
        <div class="choose">
          <nav class="layers" aria-label={WORDS.which}>
            {TABLES.filter((name) => name === table || tables[of][name].kept > 0).map((name) => (
              <a
                href={`${traffic.path}${queryOf({ tab: of, table: name })}`}
                aria-current={name === table ? 'page' : undefined}
              >
                {TRAFFIC.tables[name]}
              </a>
            ))}
          </nav>
          <search>
            <form method="get" action={traffic.path}>
              <input type="hidden" name="tab" value={of} />
              <input type="hidden" name="table" value={table} />
              <input type="hidden" name="sort" value={listing.sort} />
              <div class="field">
                <label for="filter">{WORDS.filter}</label>
                <input
                  id="filter"
                  name="filter"
                  type="search"
                  value={listing.filter}
                  placeholder={WORDS.filterHint}
                  maxlength={100}
                  size={1}
                  autocomplete="off"
                  spellcheck={false}
                />
                <button type="submit" class="button">
                  {WORDS.apply}
                </button>
              </div>
            </form>
          </search>
        </div>
        {opening && (
          <form class="more" id={OPENING_FORM} method="post" action={opening.action}>
            {opening.isOnlyWay ? WORDS.openNoteLarge(CONVERSATION_KEPT) : WORDS.openNote(CONVERSATION_KEPT)}
          </form>
        )}
        <TableOf traffic={traffic} listing={listing} opening={opening} />
        <script type="application/json" id="first-rows">
          {raw(inScript(listing.rows))}
        </script>
      </div>
      <Others listing={listing} />
    </Panel>
  )
}

interface Shown {
  traffic: Traffic
  listing: ListingPage
  opening: Opening | null
}

function TableOf({ traffic, listing, opening }: Shown) {
  const { of, table, rows, from, matched } = listing
  const columns = columnsOf(of, table)
  const place = opening === null ? null : openingAt(opening.isOnlyWay, columns.length)
  return (
    <>
      <p class="tally" role="status">
        {matched === 0 ? WORDS.none : WORDS.matched(matched, listing.listed)}
      </p>
      <div class="scroll tall" tabindex={0}>
        <table class="rows fixed" aria-labelledby="rows" aria-rowcount={matched + 1}>
          <thead>
            <tr>
              {inserted(
                columns.map((column) => <Head column={column} traffic={traffic} listing={listing} />),
                place,
                <th scope="col">{WORDS.opens}</th>,
              )}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, index) => (
              <tr aria-rowindex={from + index + 2}>
                {inserted(
                  columns.map((column, at) => {
                    const text = column.text(row)
                    const kind = column.isNumber ? 'number' : undefined
                    if (at > 0)
                      return (
                        <td class={kind} title={column.exact?.(row)}>
                          {text}
                        </td>
                      )
                    return (
                      <th scope="row">
                        {traffic.packets === null ? (
                          text
                        ) : (
                          <a
                            href={packetsAt(traffic.packets, rowFilter(of, table, row, traffic.byStream))}
                            title={TRAFFIC.packetsOf(rowName(of, row))}
                          >
                            {text}
                          </a>
                        )}
                      </th>
                    )
                  }),
                  place,
                  opening && <Opens table={table} row={row} opening={opening} />,
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <Pages traffic={traffic} listing={listing} />
    </>
  )
}

function Opens({ table, row, opening }: { table: TableName; row: TableRow; opening: Opening }) {
  const { text, attributes } = openingButton(opening.isOnlyWay, table, row)
  return (
    <td>
      <button {...attributes}>{text}</button>
    </td>
  )
}

function Head({ column, traffic, listing }: { column: RowColumn; traffic: Traffic; listing: ListingPage }) {
  const { of, table, sort, filter } = listing
  const kind = column.isNumber ? 'number' : undefined
  if (column.sort === null)
    return (
      <th scope="col" class={kind}>
        {column.title}
      </th>
    )
  const way = sort === column.sort ? 'ascending' : sort === `-${column.sort}` ? 'descending' : undefined
  return (
    <th scope="col" class={kind} aria-sort={way}>
      <a
        href={`${traffic.path}${queryOf({ tab: of, table, sort: sortedBy(column.sort, sort), filter })}`}
        data-sort={column.sort}
      >
        {column.title}
      </a>
    </th>
  )
}

function Pages({ traffic, listing }: { traffic: Traffic; listing: ListingPage }) {
  const { of, table, sort, filter, from, rows, matched } = listing
  if (matched <= rows.length && from === 0) return null
  const last = Math.max(0, Math.floor((matched - 1) / PAGE_ROWS) * PAGE_ROWS)
  const link = (words: string, to: number, rel?: string) =>
    to === from || to < 0 || to > last ? (
      <span class="soft">{words}</span>
    ) : (
      <a
        rel={rel}
        href={`${traffic.path}${queryOf({ tab: of, table, sort, filter, from: to === 0 ? '' : String(to) })}`}
      >
        {words}
      </a>
    )
  return (
    <nav class="pages" aria-label={WORDS.pages}>
      {link(WORDS.first, 0)}
      {link(WORDS.previous, from - PAGE_ROWS, 'prev')}
      <span>{WORDS.shown(Math.min(from + 1, matched), from + rows.length, matched)}</span>
      {link(WORDS.next, from + PAGE_ROWS, 'next')}
      {link(WORDS.last, last)}
    </nav>
  )
}

function Others({ listing: { others } }: { listing: ListingPage }) {
  if (others.rows === 0 && others.packets === 0) return null
  return (
    <p class="more">
      {WORDS.others(others.rows, Math.round(others.packets), bytes(Math.round(others.bytes)).text)}
      {others.packetsBeyondBound > 0 && ` ${WORDS.beyond(others.packetsBeyondBound)}`}
    </p>
  )
}

/** What is not empty, as a query. */
function queryOf(parts: { tab?: string; table?: TableName; sort?: string; filter?: string; from?: string }): string {
  const query = new URLSearchParams(
    Object.entries(parts).filter(([name, value]) => value !== '' && !(name === 'sort' && value === '-bytes')),
  )
  return query.size === 0 ? '' : `?${query}`
}
