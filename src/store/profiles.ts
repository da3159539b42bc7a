/** Profiles of the viewer: what is kept of them, sealed, and which version it is. */
import { and, asc, eq, sql } from 'drizzle-orm'
import type { DrizzleD1Database } from 'drizzle-orm/d1'
import { GatewayError } from '../errors.ts'
import { within } from './deadline.ts'
import type { Settings } from './env.ts'
import { profiles } from './schema.ts'

export type Profile = typeof profiles.$inferSelect

/** Profiles that an account may have. */
export const MOST_PROFILES = 20

/** What is kept of one after a change. */
type Change = Pick<Profile, 'name' | 'sealed' | 'version'>

/** Verbs on profiles. Each asks in its one statement whether the profile is that account's. */
export function profilesIn(db: DrizzleD1Database, settings: Settings) {
  const soon = <T>(what: string, call: PromiseLike<T>) => within(settings.bindingDeadline, what, call)
  const own = (accountId: number, id: string) => and(eq(profiles.accountId, accountId), eq(profiles.id, id))
  const find = async (accountId: number, id: string): Promise<Profile | null> => {
    const [row] = await soon('profile look-up', db.select().from(profiles).where(own(accountId, id)))
    return row ?? null
  }
  return {
    /** Those of an account, by name, without what is sealed. Reads a row for each. */
    list(accountId: number): Promise<Pick<Profile, 'id' | 'name' | 'version'>[]> {
      const { id, name, version } = profiles
      const all = db.select({ id, name, version }).from(profiles).where(eq(profiles.accountId, accountId))
      return soon('list of profiles', all.orderBy(asc(name)).limit(MOST_PROFILES))
    },

    /** One of an account. Reads one row. */
    find,

    /** Keep a new one. Reads a row for each that there is; writes 2. @throws GatewayError `profile-exists`, `too-many-profiles` */
    async add(accountId: number, id: string, { name, sealed, version }: Change, now: number): Promise<void> {
      const added = db.run(sql`
        INSERT INTO profiles (id, account_id, name, sealed, version, created_at, updated_at)
        SELECT ${id}, ${accountId}, ${name}, ${sealed}, ${version}, ${now}, ${now}
        WHERE (SELECT COUNT(*) FROM profiles WHERE account_id = ${accountId}) < ${MOST_PROFILES}
        ON CONFLICT DO NOTHING`)
      if ((await soon('new profile', added)).meta.changes > 0) return
      const names = await this.list(accountId)
      throw new GatewayError(names.some((one) => one.name === name) ? 'profile-exists' : 'too-many-profiles')
    },

    /**
     * Keep another version of one, if it is still the one that was read. Writes up to 3 rows.
     * @throws GatewayError `no-such-profile`, `profile-changed`, `profile-exists`
     */
    async replace(accountId: number, id: string, read: string, change: Change, now: number): Promise<void> {
      const isFree = sql`NOT EXISTS (SELECT 1 FROM profiles AS other
        WHERE other.account_id = ${accountId} AND other.name = ${change.name} AND other.id <> ${id})`
      const replaced = db
        .update(profiles)
        .set({ ...change, updatedAt: now })
        .where(and(own(accountId, id), eq(profiles.version, read), isFree))
      if ((await soon('change of a profile', replaced)).meta.changes > 0) return
      const row = await find(accountId, id)
      if (row === null) throw new GatewayError('no-such-profile')
      throw new GatewayError(row.version === read ? 'profile-exists' : 'profile-changed')
    },

    /** Forget one of an account. Writes 2 rows. @throws GatewayError `no-such-profile` */
    async remove(accountId: number, id: string): Promise<void> {
      const removed = db.delete(profiles).where(own(accountId, id))
      if ((await soon('removal of a profile', removed)).meta.changes === 0) throw new GatewayError('no-such-profile')
    },
  }
}
