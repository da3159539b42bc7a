/** What an admin has set for the whole server; what is not set is as the code has it. */
import { type SQL, sql } from 'drizzle-orm'
import type { DrizzleD1Database } from 'drizzle-orm/d1'
import { auditLine, type By } from './audit.ts'
import { within } from './deadline.ts'
import type { Settings } from './env.ts'
import { type Plan, STANDARD_PLAN } from './plans.ts'
import { settings as table } from './schema.ts'

/** What can be set. Not to be taken for `Settings` (store/env.ts), which an operator sets by variables. */
export interface ServerSettings {
  /** Of accounts that are made from now on. */
  plan: Plan
  /** Owners may see their REST API keys again. */
  keysShown: boolean
  /** How long what is deleted on a page from now on can be had back. Milliseconds. */
  undoGrace: number
}

/** The longest that {@link ServerSettings.undoGrace} can be set to. Milliseconds. */
export const LONGEST_UNDO = 720 * 3_600_000

/** {@link ServerSettings.undoGrace}, in a statement. Reads a row. */
export const undoGraceIn = (settings: Settings): SQL<number> =>
  sql`COALESCE((SELECT CAST(${table.value} AS INTEGER) FROM ${table} WHERE ${table.name} = 'undoGrace'), ${settings.trashFor})`

/** All of it by its name, what the plan says among it. */
const flat = ({ plan, ...rest }: Partial<ServerSettings>): Record<string, unknown> => ({ ...plan, ...rest })

/** Verbs on what is set. */
export function serverSettingsIn(db: DrizzleD1Database, settings: Settings) {
  const soon = <T>(what: string, call: PromiseLike<T>) => within(settings.bindingDeadline, what, call)
  return {
    /** All of it. Reads a row for each that was ever set, at most three. */
    async read(): Promise<ServerSettings> {
      const set = Object.fromEntries(
        (await soon('settings', db.select().from(table))).map(({ name, value }) => [name, value]),
      ) as Partial<ServerSettings>
      return { keysShown: true, undoGrace: settings.trashFor, ...set, plan: { ...STANDARD_PLAN, ...set.plan } }
    },

    /** Set some. Writes a row for each, and 3 of the audit log, which has those that are other than before. */
    async change(changes: Partial<ServerSettings>, by: By, now: number): Promise<void> {
      const before = flat(await this.read())
      const changed = Object.entries(flat(changes)).filter(([name, value]) => value !== before[name])
      const sets = Object.entries(changes).map(([name, value]) =>
        db
          .insert(table)
          .values({ name, value })
          .onConflictDoUpdate({ target: table.name, set: { value: sql`excluded.value` } }),
      )
      const deed = {
        ...by,
        accountId: 0,
        action: 'settings-changed',
        subject: JSON.stringify(Object.fromEntries(changed)),
      } as const
      await soon('change of settings', db.batch([auditLine(db, deed, now), ...sets]))
    },
  }
}
