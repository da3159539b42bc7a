/** Passkeys: the public halves, and how often each was used. */
import { and, asc, eq, or, sql } from 'drizzle-orm'
import type { DrizzleD1Database } from 'drizzle-orm/d1'
import { GatewayError } from '../errors.ts'
import { within } from './deadline.ts'
import type { Settings } from './env.ts'
import { passkeys } from './schema.ts'

export type Passkey = typeof passkeys.$inferSelect

/** Passkeys that an account may have. */
const MOST = 20

/** Verbs on passkeys. */
export function passkeysIn(db: DrizzleD1Database, settings: Settings) {
  const soon = <T>(what: string, call: PromiseLike<T>) => within(settings.bindingDeadline, what, call)
  const own = (accountId: number, id: string) => and(eq(passkeys.accountId, accountId), eq(passkeys.id, id))
  return {
    /** Those of an account, the oldest first. Reads a row for each, and one more. */
    list(accountId: number): Promise<Passkey[]> {
      const all = db.select().from(passkeys).where(eq(passkeys.accountId, accountId)).orderBy(asc(passkeys.createdAt))
      return soon('list of passkeys', all.limit(MOST))
    },

    /** One, whosever it is. Reads one row. */
    async find(id: string): Promise<Passkey | null> {
      const [row] = await soon('passkey look-up', db.select().from(passkeys).where(eq(passkeys.id, id)))
      return row ?? null
    },

    /** Keep one. Writes 2 rows. @throws GatewayError `too-many-passkeys`, `passkey-known` */
    async add(passkey: Omit<Passkey, 'lastUsedAt'>): Promise<void> {
      const { id, accountId, publicKey, counter, transports, name, backedUp, createdAt } = passkey
      const added = db.run(sql`
        INSERT INTO passkeys (id, account_id, public_key, counter, transports, name, backed_up, created_at)
        SELECT ${id}, ${accountId}, ${publicKey}, ${counter}, ${JSON.stringify(transports)}, ${name}, ${backedUp ? 1 : 0}, ${createdAt}
        WHERE (SELECT COUNT(*) FROM passkeys WHERE account_id = ${accountId}) < ${MOST}
        ON CONFLICT DO NOTHING`)
      if ((await soon('new passkey', added)).meta.changes > 0) return
      throw new GatewayError((await this.find(id)) ? 'passkey-known' : 'too-many-passkeys')
    },

    /**
     * Note a use, if its counter has moved on since it was read, or it has none (WebAuthn Level 3 §6.1.1): of two answers with one count, one is
     * taken. Writes 1 row.
     * @returns whether it was taken
     */
    async used({ id, counter: before }: Passkey, counter: number, backedUp: boolean, now: number): Promise<boolean> {
      const unmoved = and(eq(passkeys.counter, before), or(sql`${counter} > ${before}`, sql`${counter} = 0`))
      const used = db
        .update(passkeys)
        .set({ counter, backedUp, lastUsedAt: now })
        .where(and(eq(passkeys.id, id), unmoved))
      return (await soon('use of a passkey', used)).meta.changes > 0
    },

    /** @returns whether the account has it */
    async rename(accountId: number, id: string, name: string): Promise<boolean> {
      const renamed = db.update(passkeys).set({ name }).where(own(accountId, id))
      return (await soon('name of a passkey', renamed)).meta.changes > 0
    },

    /**
     * Forget one of an account. Writes 2 rows.
     * @param lastToo also where it is the last one
     * @throws GatewayError `no-such-passkey`, `last-passkey`
     */
    async remove(accountId: number, id: string, lastToo: boolean): Promise<void> {
      const others = sql`EXISTS (SELECT 1 FROM passkeys AS other WHERE other.account_id = ${accountId} AND other.id <> ${id})`
      const removed = db.delete(passkeys).where(and(own(accountId, id), lastToo ? undefined : others))
      if ((await soon('removal of a passkey', removed)).meta.changes > 0) return
      const [row] = await soon('passkey look-up', db.select().from(passkeys).where(own(accountId, id)))
      throw new GatewayError(row ? 'last-passkey' : 'no-such-passkey')
    },
  }
}
