/** A statement that drizzle's builder has no words for, as one that D1 can batch: drizzle's own `batch` takes none with parameters. */
import type { SQL } from 'drizzle-orm'
import type { DrizzleD1Database } from 'drizzle-orm/d1'
import { SQLiteAsyncDialect } from 'drizzle-orm/sqlite-core'

const dialect = new SQLiteAsyncDialect()

/** It answers with rows as D1 has them: nothing is mapped. */
export function statement(db: DrizzleD1Database & { $client: D1Database }, query: SQL): D1PreparedStatement {
  const built = dialect.sqlToQuery(query)
  return db.$client.prepare(built.sql).bind(...built.params)
}
