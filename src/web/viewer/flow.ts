// SPDX-License-Identifier: GPL-2.0-or-later
/** Packets as arrows between addresses, as a ladder diagram has them. */
import type { Column, Row } from './engine.ts'

/** From where to where a packet went. */
export interface Way {
  /** Of the packet, as the capture counts. */
  number: number
  from: string
  to: string
  /** Empty: there is none. */
  fromPort: string
  toPort: string
}

export interface Arrow extends Way {
  time: string
  label: string
  comment: string
  /** Of TCP, its stream; `null`: it is in none. */
  conversation: number | null
  colours: Row['colours']
}

/** Addresses in the order in which they come up: the columns of the diagram. */
export const addressesOf = (arrows: readonly Arrow[]): string[] => [
  ...new Set(arrows.flatMap(({ from, to }) => [from, to])),
]

/** Pixels from one address to the next: room for their names, and for words between them where they are few. */
export const stepOf = (addresses: readonly string[]): number =>
  Math.min(300, Math.max(addresses.length > 4 ? 150 : 230, 16 + 8 * Math.max(...addresses.map(({ length }) => length))))

const ENDS = [
  { id: 'time', title: 'Time', format: '%Rt' },
  { id: 'source', title: 'Source', format: '%s' },
  { id: 'destination', title: 'Destination', format: '%d' },
  { id: 'source-port', title: 'Source port', format: '%uS' },
  { id: 'destination-port', title: 'Destination port', format: '%uD' },
]

/** For an arrow of any packet; ids are those of the packet list's columns. */
export const ANY_COLUMNS: readonly (Column & { id: string })[] = [
  ...ENDS,
  { id: 'protocol', title: 'Protocol', format: '%p' },
  { id: 'info', title: 'Info', format: '%i' },
]

/** For an arrow of TCP. */
export const TCP_COLUMNS: readonly Column[] = [
  ...ENDS.map(({ title, format }) => ({ title, format })),
  ...['flags', 'seq', 'ack', 'len', 'stream'].map((field) => ({ title: field, format: `%Cus:tcp.${field}:0:U` })),
]

/** Packets that carry TCP, but for those that quote it. */
export const TCP_FILTER = 'tcp && !(icmp || icmpv6 || sflow)'

/** @param cells by `ANY_COLUMNS` @returns `null`: it is between no two addresses */
export function anyArrow(number: number, cells: readonly string[], colours: Row['colours'] = null): Arrow | null {
  const [, , , , , protocol = '', info = ''] = cells
  return arrow(number, cells, colours, info, protocol === '' ? info : `${protocol}: ${info}`, null)
}

/** Bits of the header, from the lowest. RFC 9293 §3.1. */
const FLAGS = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG', 'ECE', 'CWR']
const ACK = 1 << FLAGS.indexOf('ACK')

/** @param cells by `TCP_COLUMNS`; of a packet that carries TCP in TCP, the innermost is meant, whose addresses it has */
export function tcpArrow(number: number, cells: readonly string[], colours: Row['colours'] = null): Arrow | null {
  const [bits = Number.NaN, seq, ack, length, stream = 0] = cells.slice(ENDS.length).map(innermost)
  if (Number.isNaN(bits)) return null
  const flags = FLAGS.filter((_, i) => bits & (1 << i)).join(', ') || '<None>'
  return arrow(
    number,
    cells,
    colours,
    length ? `${flags} - Len: ${length}` : flags,
    bits & ACK ? `Seq = ${seq} Ack = ${ack}` : `Seq = ${seq}`,
    stream,
  )
}

/** The last of the values of a field. */
const innermost = (cell: string): number => {
  const last = cell.slice(cell.lastIndexOf(',') + 1)
  return last === '' ? Number.NaN : Number(last)
}

function arrow(
  number: number,
  [time = '', from = '', to = '', fromPort = '', toPort = '']: readonly string[],
  colours: Row['colours'],
  label: string,
  comment: string,
  conversation: number | null,
): Arrow | null {
  if (from === '' || to === '') return null
  return { number, time, from, to, fromPort, toPort, label, comment, conversation, colours }
}
