// SPDX-License-Identifier: GPL-2.0-or-later
/** The columns of the packet list: which the engine fills, which are shown, in what order and how wide. */
import type { Column } from './engine.ts'
import { FIELD, type Profile, SHOWN, TIME_FORMATS } from './profile.ts'

/** A column that can be shown; those of one field have the field's name as their id. */
export interface ListColumn extends Column {
  id: string
  /** Pixels until somebody changes it. */
  width: number
  isNumber?: boolean
}

const KNOWN: readonly ListColumn[] = [
  { id: 'number', title: 'No.', format: '%m', width: 76, isNumber: true },
  { id: 'time', title: 'Time', format: '%Rt', width: 104, isNumber: true },
  { id: 'source', title: 'Source', format: '%s', width: 172 },
  { id: 'destination', title: 'Destination', format: '%d', width: 172 },
  { id: 'protocol', title: 'Protocol', format: '%p', width: 92 },
  { id: 'length', title: 'Length', format: '%L', width: 68, isNumber: true },
  { id: 'info', title: 'Info', format: '%i', width: 640 },
  { id: 'utc', title: 'UTC time', format: '%Yut', width: 216 },
  { id: 'delta', title: 'Delta', format: '%Tt', width: 104, isNumber: true },
  { id: 'source-port', title: 'Source port', format: '%uS', width: 92, isNumber: true },
  { id: 'destination-port', title: 'Dest. port', format: '%uD', width: 92, isNumber: true },
]

/** The last column, never shown as itself: of a slice it is the packet's number in the capture. */
export const PACKET_ID: ListColumn = {
  id: 'frame.packet_id',
  title: 'id',
  format: '%Cus:frame.packet_id:0:R',
  width: 0,
}

/** Those whose cells end in parts of a second. */
const TIMES = new Set(['time', 'utc', 'delta'])

export class Columns {
  /** As the engine fills them. */
  readonly filled: readonly ListColumn[]
  /** Ids, in the order in which they are shown. */
  readonly shown: readonly string[]
  readonly widths: Readonly<Record<string, number>>
  readonly fields: readonly string[]

  readonly #time: Profile['time']

  constructor({ fields, shown, widths }: Profile['columns'], time: Profile['time']) {
    const own = fields.map((field) => ({ id: field, title: field, format: `%Cus:${field}:0:R`, width: 140 }))
    const { format, width } = TIME_FORMATS[time.format]
    const known = KNOWN.map((column) => ({
      ...column,
      ...(column.id === 'time' ? { format, width } : {}),
      ...(TIMES.has(column.id) && time.digits !== null ? { digits: time.digits } : {}),
    }))
    this.filled = [...known, ...own, PACKET_ID]
    this.fields = fields
    this.shown = shown.filter((id) => id !== PACKET_ID.id && this.filled.some((column) => column.id === id))
    if (this.shown.length === 0) this.shown = SHOWN
    this.widths = widths
    this.#time = time
  }

  /** The same with changes. */
  with({
    fields = this.fields,
    shown = this.shown,
    widths = this.widths,
  }: Partial<Pick<Columns, 'fields' | 'shown' | 'widths'>>): Columns {
    return new Columns({ fields, shown, widths }, this.#time)
  }

  withField(field: string): Columns {
    if (!FIELD.test(field) || this.fields.includes(field))
      return this.with({ shown: [...new Set([...this.shown, field])] })
    const info = this.shown.indexOf('info')
    const at = info < 0 ? this.shown.length : info
    return this.with({ fields: [...this.fields, field], shown: this.shown.toSpliced(at, 0, field) })
  }

  withoutField(field: string): Columns {
    return this.with({
      fields: this.fields.filter((one) => one !== field),
      shown: this.shown.filter((one) => one !== field),
    })
  }

  /** Those that can be shown. */
  get choosable(): readonly ListColumn[] {
    return this.filled.slice(0, -1)
  }

  list(): { column: ListColumn; at: number; width: number }[] {
    return this.shown.flatMap((id) => {
      const at = this.filled.findIndex((column) => column.id === id)
      const column = this.filled[at]
      return column ? [{ column, at, width: this.widths[id] ?? column.width }] : []
    })
  }
}
