/** The links that take a table away. */
import { TRAFFIC } from '../../words/traffic.ts'
import type { Traffic } from './traffic.ts'

/** @param query what the rows are chosen by, with its question mark @param what names the table to those who hear the links */
export function Exports({
  traffic,
  table,
  what,
  query = '',
}: {
  traffic: Traffic
  table: string
  what: string
  query?: string
}) {
  const at = (format: 'csv' | 'json') => `${traffic.path}/tables/${table}.${format}${query}`
  return (
    <span class="exports">
      <a href={at('csv')} download aria-label={TRAFFIC.export.csvOf(what)}>
        {TRAFFIC.export.csv}
      </a>
      <a href={at('json')} download aria-label={TRAFFIC.export.jsonOf(what)}>
        {TRAFFIC.export.json}
      </a>
    </span>
  )
}
