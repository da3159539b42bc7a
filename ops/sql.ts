/** SQL written out in full, for the one way into a deployed database (`wrangler d1 execute`) that takes no parameters. */
import { UsageError } from './refusal.ts'

export type Value = string | number | boolean | null

/**
 * A value as an SQLite literal. A string can never end early: quotes are doubled, and what a shell, a splitter of
 * statements or SQLite might read otherwise (control characters, half surrogate pairs) is refused.
 * @throws UsageError for a number that is no safe integer, and for such a string
 */
export function literal(value: Value): string {
  if (value === null) return 'NULL'
  if (typeof value === 'boolean') return value ? '1' : '0'
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw new UsageError(`${value} is not a whole number that can be kept`)
    return String(value)
  }
  if (typeof value !== 'string') throw new UsageError('a value is neither text nor a number')
  if (/\p{Cc}/u.test(value) || !value.isWellFormed())
    throw new UsageError(`${JSON.stringify(value)} holds control characters`)
  return `'${value.replaceAll("'", "''")}'`
}

/** One statement; every `${}` in it is a {@link literal}. */
export function sql(parts: TemplateStringsArray, ...values: Value[]): string {
  return String.raw({ raw: parts }, ...values.map(literal))
}

export type Row = Record<string, Value>

/** A column of milliseconds as an ISO time; `null`: it is NULL. */
export function timeOf(milliseconds: Value | undefined): string | null {
  return typeof milliseconds === 'number' ? new Date(milliseconds).toISOString() : null
}

/** A D1 database, wherever it is. The statements of one `run` take effect together or not at all. */
export interface Database {
  /** @returns the rows of each statement, in order */
  run(statements: string[]): Promise<Row[][]>
}
