/** Effects put in a wrong order on purpose: the enumeration must find them, or it finds nothing. */
import { and, eq, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { describe, expect, it } from 'vitest'
import { ingest } from '../../src/ingest/ingest.ts'
import { serverIn } from '../../src/store/audit.ts'
import { within } from '../../src/store/deadline.ts'
import type { Env } from '../../src/store/env.ts'
import type { Written } from '../../src/store/objects.ts'
import { openStore, type Store } from '../../src/store/open.ts'
import { deleteCapture } from '../../src/store/removal.ts'
import { accounts, captures } from '../../src/store/schema.ts'
import { sentBy, there } from '../support/faults-flows.ts'
import { clock, type Flow, walk } from '../support/faults-walk.ts'

type Swap = (store: Store, env: Env) => Store

const asItIs: Swap = (store) => store

/** Commit, then bytes. */
const bytesLast: Swap = (store) => {
  let put = async (): Promise<Written | null> => null
  return {
    ...store,
    objects: {
      ...store.objects,
      async putBytes(key, bytes, sha256, metadata) {
        const kept = bytes.slice()
        put = () => store.objects.putBytes(key, kept, sha256, metadata)
        return { size: kept.length, md5: null }
      },
    },
    captures: {
      ...store.captures,
      async commit(...asked) {
        const row = await store.captures.commit(...asked)
        if (row) await put()
        return row
      },
    },
  }
}

/** Quota, then tombstone. */
const quotaFirst: Swap = (store, env) => {
  const db = drizzle(env.DB)
  return {
    ...store,
    captures: {
      ...store.captures,
      async doom(id, from, accountId, now) {
        const row = await store.captures.find(id)
        if (!row || !from.includes(row.state)) return null
        const less = { files: sql`${accounts.files} - 1`, bytes: sql`${accounts.bytes} - ${row.size}` }
        await within(100, 'quota', db.update(accounts).set(less).where(eq(accounts.id, row.accountId)))
        return store.captures.doom(id, from, accountId, now)
      },
      async bury({ id }) {
        await within(100, 'burial', db.delete(captures).where(and(eq(captures.id, id), eq(captures.state, 'doomed'))))
      },
    },
  }
}

/** Objects, then tombstone. */
const tombstoneLast: Swap = (store) => ({
  ...store,
  captures: {
    ...store.captures,
    async doom(id, from, accountId, now) {
      const row = await store.captures.find(id)
      if (row && from.includes(row.state)) await store.objects.remove([row.objectKey])
      return store.captures.doom(id, from, accountId, now)
    },
  },
})

const upload = (name: string, swap: Swap): Flow => ({
  name,
  manyTries: true,
  async act(world, env) {
    const store = swap(openStore(env), env)
    const principal = await store.tokens.principal(world.account.token, '', Date.now())
    if (!principal) return null
    const chunks = [sentBy(world, 3).bytes]
    const asked = {
      principal,
      source: { read: async () => chunks.shift() ?? null },
      size: null,
      atMost: null,
      visibility: null,
      sha256: null,
      idempotencyKey: null,
      userAgent: undefined,
      filename: 'traffic.pcap',
      finish: async () => ({ filename: 'traffic.pcap', tags: [], comments: '' }),
    }
    return { acknowledged: (await ingest(store, asked, Date.now)).id }
  },
})

const deletion = (name: string, swap: Swap): Flow => ({
  name,
  givesUp: true,
  prepare: async (world, env) => void world.notes.set('id', await there(world, env)),
  async act(world, env) {
    const id = world.notes.get('id') ?? ''
    await deleteCapture(swap(openStore(env), env), id, serverIn(world.account.accountId), clock())
    return { gone: id }
  },
})

describe('a planted swap of two effects', () => {
  it.each([
    ['upload as it is', upload('upload', asItIs)],
    ['deletion as it is', deletion('deletion', asItIs)],
  ])('is not seen in an %s', async (_, flow) => {
    expect((await walk(flow)).violations).toEqual([])
  })

  it.each([
    ['the commit before the bytes', upload('upload', bytesLast), /object|download/],
    ['the quota before the tombstone', deletion('deletion', quotaFirst), /quota/],
    ['the objects before the tombstone', deletion('deletion', tombstoneLast), /object|download/],
  ])('is caught: %s', { timeout: 120_000 }, async (name, flow, words) => {
    const { points, violations } = await walk(flow)
    console.log(`planted, ${name}: ${points} fault points walked, ${violations.length} violations found`)
    expect(violations.length).toBeGreaterThan(0)
    expect(violations.join('\n')).toMatch(words)
  })
})
