/** Captures made of others, as flows whose every fault point is walked. */
import { eq } from 'drizzle-orm'
import { consume } from '../../src/parse/consumer.ts'
import type { Env } from '../../src/store/env.ts'
import { openStore } from '../../src/store/open.ts'
import { captures } from '../../src/store/schema.ts'
import { merge } from '../../src/summary/merge.ts'
import { bytes } from './captures.ts'
import { batchOf } from './faults.ts'
import { sentBy, there } from './faults-flows.ts'
import { type Answer, ask, clock, type Flow, type World } from './faults-walk.ts'
import { database } from './gateway.ts'
import { arriving } from './reading.ts'

const SOURCES = ['a.pcap', 'b.pcap']
export const MERGED = 'merged a.pcap and b.pcap'

/** Two captures that are there, so long each, and what they come to together. */
export async function twoThere(world: World, env: Env, packets: number): Promise<void> {
  for (const name of SOURCES) {
    const { bytes: content } = sentBy(world, packets, name)
    world.sent.set(name, { bytes: content, packets })
    const id = await there(world, env, name)
    world.notes.set(name, id)
    world.acknowledged.add(id)
  }
  const contents = SOURCES.map((name) => arriving(sentBy(world, packets, name).bytes, 1000))
  const parts: Uint8Array[] = []
  for await (const part of merge(contents)) parts.push(part)
  world.sent.set(MERGED, { bytes: bytes(...parts), packets: 2 * packets })
}

/** Asks for them to be put together. */
export async function askToMerge(world: World, env: Env, headers: Record<string, string> = {}): Promise<Answer> {
  const ids = SOURCES.map((name) => world.notes.get(name)).join(',')
  const path = `/api/v1/${world.account.token}/merge?capture_ids=${ids}`
  const answer = await ask(env, path, { method: 'POST', headers })
  return answer.status === 200 ? { acknowledged: ((await answer.json()) as { id: string }).id } : null
}

/** Deliver a job for a capture that is to be made. */
export async function makeIt(id: string, env: Env): Promise<Answer> {
  const [row] = await database.select().from(captures).where(eq(captures.id, id))
  const job = { version: 1, kind: 'make', captureId: id, attempt: row?.attempts ?? 0 }
  await consume(batchOf([job]).batch, openStore(env), clock)
  const [made] = await database.select().from(captures).where(eq(captures.id, id))
  return made && made.state !== 'uploading' ? { acknowledged: id } : null
}

const made = (name: string, packets: number): Flow => ({
  name,
  async prepare(world, env) {
    await twoThere(world, env, packets)
    world.notes.set('id', (await askToMerge(world, env))?.acknowledged ?? '')
  },
  act: (world, env) => makeIt(world.notes.get('id') ?? '', env),
})

export const MAKES: Flow[] = [
  {
    name: 'POST of a merge with an Idempotency-Key',
    prepare: (world, env) => twoThere(world, env, 3),
    act: (world, env) => askToMerge(world, env, { 'Idempotency-Key': 'the same at each try' }),
  },
  made('merge', 3),
  made('merge, in parts', 40),
]
