/** Migrations of a local database, recorded the way wrangler records them, so that wrangler can go on from there. */
import { readdir, readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type Database, sql } from './sql.ts'
import { PROJECT } from './wrangler.ts'

/** wrangler's own table, to the letter. */
const TABLE = `CREATE TABLE IF NOT EXISTS "d1_migrations"(
		id         INTEGER PRIMARY KEY AUTOINCREMENT,
		name       TEXT UNIQUE,
		applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL
)`

/** Apply what is not applied yet of a folder of the project, in order, each migration with its record or not at all. */
export async function migrate(database: Database, folder: string): Promise<void> {
  const [, rows] = await database.run([TABLE, 'SELECT name FROM d1_migrations'])
  const applied = new Set(rows?.map((row) => row.name))
  const files = (await readdir(resolve(PROJECT, folder))).filter((name) => name.endsWith('.sql')).sort()
  for (const name of files.filter((file) => !applied.has(file))) {
    const { unstable_splitSqlQuery } = await import('wrangler')
    const statements = unstable_splitSqlQuery(await readFile(resolve(PROJECT, folder, name), 'utf8'))
    await database.run([...statements, sql`INSERT INTO d1_migrations (name) VALUES (${name})`])
  }
}
