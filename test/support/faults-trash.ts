/** The flows of the trash, for the walk through every fault point. */
import { eq } from 'drizzle-orm'
import type { Env } from '../../src/store/env.ts'
import { openStore } from '../../src/store/open.ts'
import { remove } from '../../src/store/removal.ts'
import { audit } from '../../src/store/schema.ts'
import { versionOf } from '../../src/store/search-index.ts'
import { restore, trash } from '../../src/store/trash.ts'
import { there } from './faults-flows.ts'
import { type Answer, clock, type Flow, type World } from './faults-walk.ts'
import { database } from './gateway.ts'

const noteOf = (world: World, name: string): string => world.notes.get(name) ?? ''
const doerOf = (world: World) => ({ accountId: world.account.accountId, actor: 'somebody', address: '' })

/** The walk's clock goes ahead by hours. */
const LONG = { TRASH_DAYS: '1000' }

export async function putIn(world: World, env: Env, days = LONG): Promise<Answer> {
  const id = noteOf(world, 'id')
  const { trashed } = await trash(openStore({ ...env, ...days }), [id], doerOf(world), clock())
  return trashed.includes(id) ? { acknowledged: id } : null
}

export async function putBack(world: World, env: Env): Promise<Answer> {
  const id = noteOf(world, 'id')
  return (await restore(openStore(env), [id], doerOf(world), clock())).includes(id) ? { acknowledged: id } : null
}

const prepared =
  (parsed = true) =>
  async (world: World, env: Env) =>
    void world.notes.set('id', await there(world, env, 'traffic.pcap', parsed))

/** So many lines as deeds, however often each was tried. */
const audited = (deeds: string[]) => async (world: World) => {
  const lines = await database.select().from(audit).where(eq(audit.accountId, world.account.accountId))
  const actions = lines.filter(({ subject }) => subject === noteOf(world, 'id')).map(({ action }) => action)
  return actions.join() === deeds.join() ? [] : [`the audit log has ${actions}`]
}

export const TRASH: Flow[] = [
  {
    name: 'trash',
    async prepare(world, env) {
      await prepared()(world, env)
      world.trashed.add(noteOf(world, 'id'))
    },
    act: putIn,
    check: audited(['capture-deleted']),
  },
  {
    name: 'return from the trash of what is not parsed yet',
    async prepare(world, env) {
      await prepared(false)(world, env)
      await putIn(world, env)
    },
    act: putBack,
    check: audited(['capture-deleted', 'capture-restored']),
  },
  {
    name: 'end of what was in the trash',
    async prepare(world, env) {
      await prepared()(world, env)
      await putIn(world, env, { TRASH_DAYS: '0.000001' })
    },
    async act(world, env) {
      const id = noteOf(world, 'id')
      const store = openStore(env)
      const doomed = await store.trash.doomDue(id, clock() + 1000)
      if (doomed) await remove(store, doomed)
      return { gone: id }
    },
  },
  {
    name: 'return from the trash, before its words are out of the index',
    async prepare(world, env) {
      await prepared()(world, env)
      await putIn(world, env)
    },
    async act(world, env) {
      const store = openStore(env)
      const row = await store.trash.find(noteOf(world, 'id'), world.account.accountId)
      if (row) await store.search.remove(row, versionOf(row, true)).catch(() => undefined)
      return putBack(world, env)
    },
    check: audited(['capture-deleted', 'capture-restored']),
  },
]
