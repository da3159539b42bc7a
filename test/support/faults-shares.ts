/** The flows of links and notes, for the walk through every fault point. */
import { eq } from 'drizzle-orm'
import { forgetShares } from '../../src/parse/retention.ts'
import type { Env } from '../../src/store/env.ts'
import { openStore } from '../../src/store/open.ts'
import { annotations, shares } from '../../src/store/schema.ts'
import { there } from './faults-flows.ts'
import { type Answer, ask, clock, type Flow, type World } from './faults-walk.ts'
import { database, ORIGIN } from './gateway.ts'
import { recordingOf } from './reading.ts'

const PASSWORD = 'correct horse battery'
const noteOf = (world: World, name: string): string => world.notes.get(name) ?? ''
const sharesOf = (world: World) =>
  database
    .select()
    .from(shares)
    .where(eq(shares.captureId, noteOf(world, 'id')))
const notesOf = (world: World) =>
  database
    .select()
    .from(annotations)
    .where(eq(annotations.captureId, noteOf(world, 'id')))

const v2 = (world: World, env: Env, method: string, path: string, body: object) =>
  ask(env, `/api/v2/captures/${noteOf(world, 'id')}/${path}`, {
    method,
    headers: { ...world.account.bearer, 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  })

/** @returns the link that was made; `null`: it is not told */
async function made(world: World, env: Env, wish: object): Promise<string | null> {
  const answer = await v2(world, env, 'POST', 'shares', wish)
  return answer.status === 201 ? ((await answer.json()) as { id: string }).id : null
}

/** A capture that is there, with a link and a note. */
const shared = (wish: object) => async (world: World, env: Env) => {
  world.notes.set('id', await there(world, env))
  world.acknowledged.add(noteOf(world, 'id'))
  world.notes.set('share', (await made(world, env, wish)) ?? '')
  await v2(world, env, 'PUT', 'annotations/1', { text: 'before' })
}

/** Note that somebody got to see it. */
function got(world: World): Answer {
  world.notes.set('got', String(Number(noteOf(world, 'got')) + 1))
  return {}
}

/** No more saw it than may, and no fewer are counted. */
async function limitHolds(world: World): Promise<string[]> {
  const [share] = await sharesOf(world)
  const seen = Number(noteOf(world, 'got'))
  const limit = share?.viewLimit ?? 0
  return seen > limit || (share?.views ?? 0) > limit || (share?.views ?? 0) < seen
    ? [`${seen} saw it, ${share?.views} are counted, ${limit} may`]
    : []
}

/** Opens it, or hears that somebody has: who lost the answer to the only view there was. */
const opening = (name: string, wish: object, ask: (world: World, env: Env) => Promise<Response>): Flow => ({
  name,
  prepare: shared({ viewLimit: 1, ...wish }),
  async act(world, env) {
    const answer = await ask(world, env)
    if (answer.status === 410) return {}
    if (answer.status === 303) return got(world)
    return answer.status === 200 && recordingOf(await answer.bytes()).packets.length === 2 ? got(world) : null
  },
  async check(world) {
    const [share] = await sharesOf(world)
    const tries = share?.tries ?? 9 // one that was taken may not have been given back
    return [...(await limitHolds(world)), ...(tries > 1 ? [`${tries} tries`] : [])]
  },
})

/** The form of its page. */
const form = (world: World, env: Env) =>
  ask(env, `/s/${noteOf(world, 'share')}`, {
    method: 'POST',
    headers: { Origin: ORIGIN },
    body: new URLSearchParams({ password: PASSWORD }),
  })

export const SHARES: Flow[] = [
  {
    name: 'a link is made',
    async prepare(world, env) {
      world.notes.set('id', await there(world, env))
      world.acknowledged.add(noteOf(world, 'id'))
    },
    async act(world, env) {
      const id = await made(world, env, { viewLimit: 3 })
      if (id !== null) world.notes.set('share', id)
      return id === null ? null : {}
    },
    async check(world) {
      const rows = await sharesOf(world)
      const told = rows.some(({ id }) => id === noteOf(world, 'share'))
      return [...(told ? [] : ['the link is not there']), ...(rows.length > 3 ? [`${rows.length} links`] : [])]
    },
  },
  opening('the only view of a link', {}, form),
  opening('the only view of a link with a password', { password: PASSWORD }, form),
  opening('the only view of a part', { packets: { from: 2, to: 3 } }, (world, env) =>
    ask(env, `/s/${noteOf(world, 'share')}/download`),
  ),
  {
    name: 'a note is written',
    prepare: shared({}),
    async act(world, env) {
      const fields = new URLSearchParams({ frame: '1', text: 'after', quiet: '1' })
      const path = `/api/v1/${world.account.token}/annotations/${noteOf(world, 'id')}`
      return (await ask(env, path, { method: 'POST', body: fields })).status === 204 ? {} : null
    },
    async check(world) {
      const texts = (await notesOf(world)).map(({ text }) => text)
      return texts.join() === 'after' ? [] : [`notes: ${texts}`]
    },
  },
  {
    name: 'a note is taken away',
    prepare: shared({}),
    async act(world, env) {
      const path = `/api/v1/${world.account.token}/annotations/${noteOf(world, 'id')}?frame=1`
      return (await ask(env, path, { method: 'POST' })).status === 200 ? {} : null
    },
    async check(world) {
      const left = (await notesOf(world)).length
      return left === 0 ? [] : [`${left} notes`]
    },
  },
  {
    name: 'delete of a capture with a link and a note',
    prepare: shared({ expiresAt: new Date(Date.now() + 86_400_000).toISOString() }),
    async act(world, env) {
      const id = noteOf(world, 'id')
      const answer = await ask(env, `/api/v1/${world.account.token}/delete/${id}`, { method: 'POST' })
      return answer.status === 200 || answer.status === 404 ? { gone: id } : null // 404: an earlier try did it
    },
    async check(world) {
      const left = [...(await sharesOf(world)), ...(await notesOf(world))].length
      return left === 0 ? [] : [`${left} links and notes of nothing`]
    },
  },
  {
    name: 'ended links are forgotten',
    alone: true,
    async prepare(world, env) {
      await shared({})(world, env)
      await database
        .update(shares)
        .set({ expiresAt: 1 })
        .where(eq(shares.captureId, noteOf(world, 'id')))
    },
    async act(world, env) {
      await forgetShares(openStore(env), clock)
      return (await sharesOf(world)).length === 0 ? {} : null
    },
  },
]
