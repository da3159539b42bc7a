/** The columns of the tables of conversations and endpoints, as text: the same on the server and in the browser. */
import { endText } from '../../summary/addresses.ts'
import type { TableKind } from '../../summary/long-tables.ts'
import type { Conversation, Endpoint, TableName } from '../../summary/tables.ts'
import { TRAFFIC } from '../words/traffic.ts'
import { conversationFilter, endpointFilter } from './display-filter.ts'
import { bytes, grouped } from './numbers.ts'

const { rows: WORDS } = TRAFFIC

export type TableRow = Conversation | Endpoint

export interface RowColumn {
  title: string
  /** What the table is sorted by for it; `null`: it is not. */
  sort: string | null
  isNumber: boolean
  text: (row: TableRow) => string
  /** The whole figure, where `text` is rounded. */
  exact?: (row: TableRow) => string
}

const count = <Row>(title: string, sort: string | null, of: (row: Row) => number): RowColumn => ({
  title,
  sort,
  isNumber: true,
  text: (row) => grouped(of(row as Row)),
})

const amount = <Row>(title: string, sort: string | null, of: (row: Row) => number): RowColumn => ({
  title,
  sort,
  isNumber: true,
  text: (row) => bytes(of(row as Row)).text,
  exact: (row) => bytes(of(row as Row)).exact,
})

const seconds = <Row>(title: string, sort: string, of: (row: Row) => number): RowColumn => ({
  title,
  sort,
  isNumber: true,
  text: (row) => of(row as Row).toFixed(6),
})

const text = <Row>(title: string, of: (row: Row) => string): RowColumn => ({
  title,
  sort: null,
  isNumber: false,
  text: (row) => of(row as Row),
})

/** The first one names the row. */
export function columnsOf(of: TableKind, table: TableName): RowColumn[] {
  if (of === 'endpoints')
    return [
      text<Endpoint>(WORDS.address, (row) => endText(row.address, row.port)),
      count<Endpoint>(WORDS.packets, 'packets', (row) => row.packetsSent + row.packetsReceived),
      amount<Endpoint>(WORDS.bytes, 'bytes', (row) => row.bytesSent + row.bytesReceived),
      count<Endpoint>(WORDS.packetsSent, null, (row) => row.packetsSent),
      amount<Endpoint>(WORDS.bytesSent, 'bytesSent', (row) => row.bytesSent),
      count<Endpoint>(WORDS.packetsReceived, null, (row) => row.packetsReceived),
      amount<Endpoint>(WORDS.bytesReceived, 'bytesReceived', (row) => row.bytesReceived),
    ]
  const isTcp = table === 'tcp'
  return [
    text<Conversation>(WORDS.a, (row) => endText(row.a, row.aPort)),
    text<Conversation>(WORDS.b, (row) => endText(row.b, row.bPort)),
    count<Conversation>(WORDS.packets, 'packets', (row) => row.packetsAToB + row.packetsBToA),
    amount<Conversation>(WORDS.bytes, 'bytes', (row) => row.bytesAToB + row.bytesBToA),
    count<Conversation>(WORDS.packetsAToB, null, (row) => row.packetsAToB),
    amount<Conversation>(WORDS.bytesAToB, null, (row) => row.bytesAToB),
    count<Conversation>(WORDS.packetsBToA, null, (row) => row.packetsBToA),
    amount<Conversation>(WORDS.bytesBToA, null, (row) => row.bytesBToA),
    seconds<Conversation>(WORDS.start, 'start', (row) => row.start),
    seconds<Conversation>(WORDS.duration, 'duration', (row) => row.duration),
    ...(isTcp
      ? [
          count<Conversation>(WORDS.retransmissions, 'retransmissions', (row) => row.retransmissions ?? 0),
          text<Conversation>(WORDS.guess, (row) => row.guess ?? ''),
        ]
      : []),
  ]
}

/** What a row is about, in words. */
export function rowName(of: TableKind, row: TableRow): string {
  if (of === 'endpoints') {
    const { address, port } = row as Endpoint
    return endText(address, port)
  }
  const { a, aPort, b, bPort } = row as Conversation
  return WORDS.between(endText(a, aPort), endText(b, bPort))
}

export function rowFilter(of: TableKind, table: TableName, row: TableRow, byStream: boolean): string {
  return of === 'endpoints'
    ? endpointFilter(table, row as Endpoint)
    : conversationFilter(table, row as Conversation, byStream)
}

/** The form by which a row's conversation is opened: its buttons stand in the rows. */
export const OPENING_FORM = 'open-conversation'

/** A row's conversation, as that form takes it: `tcp 192.0.2.1 50000 198.51.100.7 80`. */
function conversationText(table: TableName, row: TableRow): string {
  const { a, aPort, b, bPort } = row as Conversation
  return [table, a, aPort, b, bPort].filter((part) => part !== null).join(' ')
}

/** Before which column its button stands: early where there is no other way to see it whole. */
export const openingAt = (isOnlyWay: boolean, columns: number): number => (isOnlyWay ? 2 : columns)

/** Cells, with one more at a place; `null`: as they are. */
export const inserted = <T>(cells: T[], place: number | null, more: T): T[] =>
  place === null ? cells : cells.toSpliced(place, 0, more)

/** What that button is, and what it says. */
export function openingButton(isOnlyWay: boolean, table: TableName, row: TableRow) {
  const what = rowName('conversations', row)
  return {
    text: isOnlyWay ? WORDS.open : WORDS.openShort,
    attributes: {
      class: 'copy',
      type: 'submit',
      form: OPENING_FORM,
      name: 'conversation',
      value: conversationText(table, row),
      'aria-label': isOnlyWay ? WORDS.openOf(what) : WORDS.openShortOf(what),
    },
  } as const
}

/** The same table sorted by a column: the other way round where it is sorted by it already, greatest first otherwise. */
export const sortedBy = (column: string, present: string): string => (present === `-${column}` ? column : `-${column}`)
