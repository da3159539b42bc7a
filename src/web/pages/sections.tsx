/** The sections of a capture that has several. */
import type { SectionFacts } from '../../summary/facts.ts'
import { Foreign } from '../ui/foreign.tsx'
import { grouped } from '../ui/numbers.ts'
import { type Column, Rows } from '../ui/rows.tsx'
import { SECTIONS } from '../words/facts.ts'

const text = (value: string | null) => (value ? <Foreign text={value} /> : '')

const COLUMNS: Column<SectionFacts>[] = [
  { title: SECTIONS.number, kind: 'number', cell: (_, index) => grouped(index) },
  { title: SECTIONS.version, cell: (section) => section.version },
  { title: SECTIONS.byteOrder, cell: (section) => section.byteOrder },
  { title: SECTIONS.hardware, kind: 'free', cell: (section) => text(section.hardware) },
  { title: SECTIONS.os, kind: 'free', cell: (section) => text(section.os) },
  { title: SECTIONS.application, kind: 'free', cell: (section) => text(section.application) },
]

/** @param label id of the heading that names the table */
export function SectionTable({ label, sections, total }: { label: string; sections: SectionFacts[]; total: number }) {
  return <Rows label={label} rows={sections} total={total} columns={COLUMNS} what={SECTIONS.what} />
}
