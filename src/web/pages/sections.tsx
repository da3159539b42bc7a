/** The sections of a capture that has several. */
import type { SectionFacts } from '../../summary/facts.ts'
import { Foreign } from '../ui/foreign.tsx'
import { grouped } from '../ui/numbers.ts'
import { type Column, Rows } from '../ui/rows.tsx'

const text = (value: string | null) => (value ? <Foreign text={value} /> : '')

const COLUMNS: Column<SectionFacts>[] = [
  { title: '#', kind: 'number', cell: (_, index) => grouped(index) },
  { title: 'Format version', cell: (section) => section.version },
  { title: 'Byte order', cell: (section) => section.byteOrder },
  { title: 'Hardware', kind: 'free', cell: (section) => text(section.hardware) },
  { title: 'Operating system', kind: 'free', cell: (section) => text(section.os) },
  { title: 'Application', kind: 'free', cell: (section) => text(section.application) },
]

/** @param label id of the heading that names the table */
export function SectionTable({ label, sections, total }: { label: string; sections: SectionFacts[]; total: number }) {
  return <Rows label={label} rows={sections} total={total} columns={COLUMNS} what="section" />
}
