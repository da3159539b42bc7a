/** A statement that drizzle's builder has no words for, as one that D1 can batch. */
import type { SQL } from 'drizzle-orm'
import type { DrizzleD1Database } from 'drizzle-orm/d1'
import { SQLiteSyncDialect } from 'drizzle-orm/sqlite-core'

const dialect = new SQLiteSyncDialect()

/** For `db.$client.batch`: a column's values come back as D1 has them. */
export function batched(db: DrizzleD1Database, query: SQL): D1PreparedStatement {
  const { sql, params } = dialect.sqlToQuery(query)
  return (db as DrizzleD1Database & { $client: D1Database }).$client.prepare(sql).bind(...params)
}
