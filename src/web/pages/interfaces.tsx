/** The interfaces of a capture: what all of them share said once, the rest one a row. */
import type { Child } from 'hono/jsx'
import type { InterfaceFacts } from '../../summary/facts.ts'
import { Fact, FactTable } from '../ui/facts.tsx'
import { Foreign } from '../ui/foreign.tsx'
import { bitRate, counted, grouped } from '../ui/numbers.ts'
import { Amount } from '../ui/quantity.tsx'
import { type Column, Rows } from '../ui/rows.tsx'
import { INTERFACES } from '../words/facts.ts'

const text = (value: string | undefined): Child => (value === undefined ? '' : <Foreign text={value} />)
const list = (values: string[] | undefined): Child =>
  (values ?? []).map((value) => (
    <span class="line">
      <Foreign text={value} />
    </span>
  ))
const number = (value: string | number | undefined): Child => (value === undefined ? '' : grouped(value))
const speed = (value: string | undefined): Child => {
  const rate = value === undefined ? null : bitRate(value)
  return rate === null ? '' : <Amount of={rate} />
}

/** What can be said of an interface, by the fact it comes from, in the order in which one asks. */
const COLUMNS: (Column<InterfaceFacts> & { from: keyof InterfaceFacts })[] = [
  { from: 'if_name', title: INTERFACES.name, cell: (one) => text(one.if_name) },
  { from: 'if_description', title: INTERFACES.description, kind: 'free', cell: (one) => text(one.if_description) },
  { from: 'packets', title: INTERFACES.packets, kind: 'number', cell: (one) => grouped(one.packets) },
  {
    from: 'encapsulation',
    title: INTERFACES.encapsulation,
    cell: (one) => (
      <>
        <Foreign text={one.encapsulationName} />
        <span class="soft">{INTERFACES.linktype(one.linktype)}</span>
      </>
    ),
  },
  {
    from: 'snaplen',
    title: INTERFACES.snaplen,
    kind: 'number',
    cell: (one) => (one.snaplen === 0 ? INTERFACES.noLimit : counted(one.snaplen, INTERFACES.byte)),
  },
  { from: 'timePrecision', title: INTERFACES.precision, cell: (one) => one.timePrecision },
  { from: 'if_filter', title: INTERFACES.filter, kind: 'free', cell: (one) => text(one.if_filter) },
  { from: 'if_hardware', title: INTERFACES.hardware, kind: 'free', cell: (one) => text(one.if_hardware) },
  { from: 'if_os', title: INTERFACES.os, kind: 'free', cell: (one) => text(one.if_os) },
  { from: 'if_speed', title: INTERFACES.speed, kind: 'number', cell: (one) => speed(one.if_speed) },
  { from: 'if_txspeed', title: INTERFACES.speedOut, kind: 'number', cell: (one) => speed(one.if_txspeed) },
  { from: 'if_rxspeed', title: INTERFACES.speedIn, kind: 'number', cell: (one) => speed(one.if_rxspeed) },
  { from: 'if_MACaddr', title: INTERFACES.mac, cell: (one) => text(one.if_MACaddr) },
  { from: 'if_EUIaddr', title: INTERFACES.eui, cell: (one) => text(one.if_EUIaddr) },
  { from: 'if_IPv4addr', title: INTERFACES.ipv4, cell: (one) => list(one.if_IPv4addr) },
  { from: 'if_IPv6addr', title: INTERFACES.ipv6, cell: (one) => list(one.if_IPv6addr) },
  { from: 'if_fcslen', title: INTERFACES.fcs, kind: 'number', cell: (one) => number(one.if_fcslen) },
  { from: 'if_tsresol', title: INTERFACES.tsresol, kind: 'number', cell: (one) => number(one.if_tsresol) },
  { from: 'if_tsoffset', title: INTERFACES.tsoffset, kind: 'number', cell: (one) => number(one.if_tsoffset) },
  { from: 'if_tzone', title: INTERFACES.zone, kind: 'number', cell: (one) => number(one.if_tzone) },
  { from: 'if_iana_tzname', title: INTERFACES.zoneName, cell: (one) => text(one.if_iana_tzname) },
  { from: 'statistics', title: INTERFACES.statistics, kind: 'number', cell: (one) => number(one.statistics) },
  { from: 'comments', title: INTERFACES.comments, kind: 'free', cell: (one) => list(one.comments) },
]

const INDEX: Column<InterfaceFacts> = { title: INTERFACES.number, kind: 'number', cell: (_, index) => grouped(index) }

/** Never said once for all: they tell the interfaces apart. */
const OWN: readonly string[] = ['if_name', 'packets']

const says = (value: unknown) =>
  value !== undefined && value !== null && value !== '' && !(Array.isArray(value) && value.length === 0)

/** The columns that say something of at least one of them. */
const columnsFor = (interfaces: InterfaceFacts[]) =>
  COLUMNS.filter(({ from }) => interfaces.some((one) => says(one[from]) && !(from === 'statistics' && one[from] === 0)))

interface Props {
  /** Id of the heading that names the table. */
  label: string
  interfaces: InterfaceFacts[]
  /** How many the capture has, with those that the summary left out. */
  total: number
}

export function InterfaceTable({ label, interfaces, total }: Props) {
  const columns = columnsFor(interfaces)
  const [first] = interfaces
  const shared =
    first === undefined
      ? []
      : columns.filter(
          ({ from }) =>
            !OWN.includes(from) && interfaces.every((one) => JSON.stringify(one[from]) === JSON.stringify(first[from])),
        )
  return (
    <>
      {first !== undefined && shared.length > 0 && (
        <div class="shared">
          <p>{INTERFACES.same(total === interfaces.length ? null : grouped(interfaces.length))}</p>
          <FactTable label={label}>
            {shared.map((column) => (
              <Fact name={column.title}>{column.cell(first, 0)}</Fact>
            ))}
          </FactTable>
        </div>
      )}
      <Rows
        label={label}
        rows={interfaces}
        total={total}
        columns={[INDEX, ...columns.filter((column) => !shared.includes(column))]}
        what={INTERFACES.what}
      />
    </>
  )
}

/** The only interface of a capture: a fact a row. */
export function OnlyInterface({ label, one }: { label: string; one: InterfaceFacts }) {
  return (
    <FactTable label={label}>
      {columnsFor([one]).map((column) => (
        <Fact name={column.title}>{column.cell(one, 0)}</Fact>
      ))}
    </FactTable>
  )
}
