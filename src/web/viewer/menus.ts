// SPDX-License-Identifier: GPL-2.0-or-later
/** What can be done with a packet, a line of its details, its bytes, a column of the list. */
import type { ListColumn } from './columns.ts'
import { csvLine } from './csv.ts'
import { portOf } from './decode-as.ts'
import { fieldOf } from './details.tsx'
import type { Detail, Packet, Row } from './engine.ts'
import type { Followed } from './follow.tsx'
import type { Item } from './menu.tsx'
import type { DecodeAs } from './profile.ts'
import { hexOf } from './saving.ts'
import type { Session } from './session.ts'

/** What the page does when it is chosen. */
export interface Deeds {
  apply(filter: string): void
  /** Put a filter into its field. */
  prepare(filter: string): void
  follow(stream: Followed): void
  mark(): void
  annotate(): void
  /** @param port `null`: there is none */
  decode(port: DecodeAs | null): void
  /** @param what it is, in words */
  copy(what: string, text: string): void
}

const NONE = new Uint8Array(0)

export function packetItems(
  session: Session,
  row: Row,
  { isMarked, isNoted }: { isMarked: boolean; isNoted: boolean },
  deeds: Deeds,
): Item[] {
  const cells = session.columns
    .list()
    .map(({ column, at }) => (column.id === 'number' ? String(session.numberOf(row)) : (row.cells[at] ?? '')))
  const packet = session.packet?.number === row.number ? session.packet : null // it may be on its way
  const [first] = packet?.streams ?? []
  const note = { label: isNoted ? 'Edit its note…' : 'Annotate…', keys: 'Ctrl Alt C', act: deeds.annotate }
  return [
    { label: isMarked ? 'Take its mark away' : 'Mark', keys: 'Ctrl M', act: deeds.mark },
    ...(session.settings.annotations === null ? [] : [note]),
    '-',
    ...followItems(packet, deeds),
    ...(first ? [{ label: 'Only this conversation', act: () => deeds.apply(first.filter) }] : []),
    {
      label: 'Decode as…',
      isOff: packet === null,
      act: () => deeds.decode(packet === null ? null : portOf(packet)),
    },
    '-',
    { label: 'Copy as text', act: () => deeds.copy('the row', cells.join('  ')) },
    { label: 'Copy as CSV', act: () => deeds.copy('the row', csvLine(cells)) },
    {
      label: 'Copy its bytes as hex',
      isOff: packet === null,
      act: () => deeds.copy('the bytes', hexOf(packet?.sources[0]?.bytes ?? NONE)),
    },
    { label: 'Copy a link to it', act: () => deeds.copy('the link', location.href) },
  ]
}

export function detailItems(session: Session, detail: Detail, deeds: Deeds): Item[] {
  const field = fieldOf(detail)
  const column = {
    label: 'Apply as column',
    act: () => void session.setColumns(session.columns.withField(field)),
  }
  return [
    ...(detail.filter === '' ? [] : [...filterItems(session.filter, detail.filter, deeds), '-' as const]),
    ...(field === '' ? [] : [column, '-' as const]),
    ...followItems(session.packet, deeds),
    '-',
    {
      label: 'Copy as filter',
      isOff: detail.filter === '',
      act: () => deeds.copy('the filter', detail.filter),
    },
    { label: 'Copy the line', act: () => deeds.copy('the line', detail.label) },
    { label: 'Copy the value', act: () => deeds.copy('the value', valueIn(detail)) },
    {
      label: 'Copy the bytes as hex',
      isOff: detail.length === 0,
      act: () => deeds.copy('the bytes', hexOf(bytesOf(session.packet, detail))),
    },
  ]
}

/** @param lit the line whose bytes are lit */
export function bytesItems({ packet }: Session, lit: Detail | null, deeds: Deeds): Item[] {
  const all = packet?.sources[lit?.source ?? 0]?.bytes ?? NONE
  const some = lit === null || lit.length === 0 ? null : bytesOf(packet, lit)
  return [
    {
      label: 'Copy what is lit as hex',
      isOff: some === null,
      act: () => deeds.copy('the bytes', hexOf(some ?? all)),
    },
    { label: 'Copy all as hex', act: () => deeds.copy('the bytes', hexOf(all)) },
    {
      label: 'Filter for what is lit',
      isOff: some === null || some.length > 64,
      act: () => deeds.apply(`frame contains ${hexOf(some ?? all, ':')}${some?.length === 1 ? ':' : ''}`),
    },
  ]
}

export function columnItems(session: Session, column: ListColumn): Item[] {
  const { columns } = session
  const show = (shown: string[]) => void session.setColumns(columns.with({ shown }))
  const without = (id: string) => columns.shown.filter((one) => one !== id)
  const away = { label: 'Take this column away', act: () => void session.setColumns(columns.withoutField(column.id)) }
  return [
    {
      label: `Hide ${column.title}`,
      isOff: columns.shown.length === 1,
      act: () => show(without(column.id)),
    },
    ...(columns.fields.includes(column.id) ? [away] : []),
    '-',
    ...columns.choosable.map(({ id, title }) => ({
      label: title,
      isChecked: columns.shown.includes(id),
      act: () => show(columns.shown.includes(id) ? without(id) : [...columns.shown, id]),
    })),
  ]
}

/** @param now the filter by which the rows are */
function filterItems(now: string, wanted: string, { apply, prepare }: Deeds): Item[] {
  const isOff = now === ''
  return [
    { label: 'Apply as filter: this', act: () => apply(wanted) },
    { label: 'Apply as filter: not this', act: () => apply(`!(${wanted})`) },
    { label: '… and this', isOff, act: () => apply(`(${now}) && (${wanted})`) },
    { label: '… or this', isOff, act: () => apply(`(${now}) || (${wanted})`) },
    { label: '… and not this', isOff, act: () => apply(`(${now}) && !(${wanted})`) },
    { label: 'Prepare as filter', act: () => prepare(wanted) },
  ]
}

const followItems = (packet: Packet | null, deeds: Deeds): Item[] =>
  (packet?.streams ?? []).map((stream) => ({
    label: `Follow ${stream.protocol} stream`,
    act: () => deeds.follow(stream),
  }))

const bytesOf = (packet: Packet | null, { source, start, length }: Detail) =>
  packet?.sources[source]?.bytes.subarray(start, start + length) ?? NONE

/** What stands after the first colon of a line. */
const valueIn = ({ label }: Detail) => /^[^:]*: (.*)$/s.exec(label)?.[1] ?? label
