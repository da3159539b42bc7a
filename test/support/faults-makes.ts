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

const SOURCE = 'a.pcap'
const MERGED = 'merged a.pcap and a.pcap'

/** A capture that is there, so long, and what it comes to together with itself. */
export async function sourceThere(world: World, env: Env, packets: number): Promise<void> {
  const { bytes: content } = sentBy(world, packets, SOURCE)
  const id = await there(world, env, SOURCE)
  world.notes.set(SOURCE, id)
  world.acknowledged.add(id)
  const parts: Uint8Array[] = []
  for await (const part of merge([arriving(content, 1000), arriving(content, 1000)])) parts.push(part)
  world.sent.set(MERGED, { bytes: bytes(...parts), packets: 2 * packets })
}

/** Asks for that. */
export async function askToMerge(world: World, env: Env, headers: Record<string, string> = {}): Promise<Answer> {
  const id = world.notes.get(SOURCE)
  const path = `/api/v1/${world.account.token}/merge?capture_ids=${id},${id}`
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
    await sourceThere(world, env, packets)
    world.notes.set('id', (await askToMerge(world, env))?.acknowledged ?? '')
  },
  act: (world, env) => makeIt(world.notes.get('id') ?? '', env),
})

export const MAKES: Flow[] = [
  {
    name: 'POST of a merge with an Idempotency-Key',
    prepare: (world, env) => sourceThere(world, env, 3),
    act: (world, env) => askToMerge(world, env, { 'Idempotency-Key': 'the same at each try' }),
  },
  made('merge', 3),
  made('merge, in parts', 40),
]
