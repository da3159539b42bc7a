/** What an operator does with captures that went wrong, as statements for a database wherever it is. */
import { Refusal } from './refusal.ts'
import { type Database, type Row, sql, timeOf } from './sql.ts'

/** Have a parsed capture parsed again, by the next sweep. @throws Refusal where it is not parsed yet, or not there */
export async function retryCapture(database: Database, id: string, now: Date): Promise<void> {
  const [before, changed] = await database.run([
    sql`SELECT state FROM captures WHERE id = ${id}`,
    sql`UPDATE captures SET state = 'stored', generation = generation + 1, attempts = 0, cursor = 0, progress = NULL, lease_until = NULL, failure = NULL, due_at = ${now.getTime()}
      WHERE id = ${id} AND state IN ('ok', 'error') AND ((fetch IS NULL AND make IS NULL) OR size > 0) RETURNING id`,
  ])
  if (!before?.length) throw new Refusal(`There is no capture ${id}.`)
  if (!changed?.length && before[0]?.state === 'error')
    throw new Refusal(`The capture ${id} could not be fetched or made: there is nothing to parse. Ask for it again.`)
  if (!changed?.length)
    throw new Refusal(`The capture ${id} is ${before[0]?.state}: only what is ok or error is parsed again.`)
}

/** Have all captures indexed anew, some with each run of the cron. @returns how many there are */
export async function reindexCaptures(database: Database): Promise<number> {
  const [rows] = await database.run([
    `SELECT COUNT(*) AS captures FROM captures`,
    `INSERT INTO cursors (job, cursor) VALUES ('reindex', '') ON CONFLICT (job) DO UPDATE SET cursor = ''`,
  ])
  return Number(rows?.[0]?.captures ?? 0)
}

/** Objects in the storage that no capture knows, oldest find first. */
export async function listQuarantine(database: Database): Promise<Row[]> {
  const [rows] = await database.run(['SELECT * FROM quarantine ORDER BY found_at, object_key'])
  return (rows ?? []).map((row) => ({
    key: row.object_key ?? null,
    size: row.size ?? null,
    metadata: row.metadata ?? null,
    uploaded: timeOf(row.uploaded_at),
    found: timeOf(row.found_at),
  }))
}
