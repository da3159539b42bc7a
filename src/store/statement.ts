/** Statements that drizzle's builder has no words for, as D1 can batch them: drizzle's own `batch` takes none with parameters. */
import type { Query, SQL } from 'drizzle-orm'
import type { DrizzleD1Database } from 'drizzle-orm/d1'
import { SQLiteAsyncDialect } from 'drizzle-orm/sqlite-core'

type Database = DrizzleD1Database & { $client: D1Database }

const dialect = new SQLiteAsyncDialect()

/** It answers with rows as D1 has them: nothing is mapped. */
export function statement(db: Database, query: SQL | { toSQL(): Query }): D1PreparedStatement {
  const built = 'toSQL' in query ? query.toSQL() : dialect.sqlToQuery(query)
  return db.$client.prepare(built.sql).bind(...built.params)
}

/** Several of them, together or not at all. */
export const together = <Row = unknown>(
  db: Database,
  queries: (SQL | { toSQL(): Query })[],
): Promise<D1Result<Row>[]> => db.$client.batch<Row>(queries.map((query) => statement(db, query)))
