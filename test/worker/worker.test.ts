/** What the Worker does with each event that is no request: batches by their queue's name, crons by their line. */
import {
  createExecutionContext,
  createMessageBatch,
  createScheduledController,
  getQueueResult,
  waitOnExecutionContext,
} from 'cloudflare:test'
import { eq } from 'drizzle-orm'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { MAX_ATTEMPTS } from '../../src/store/captures.ts'
import type { FetchJob } from '../../src/store/jobs.ts'
import { captures, type Fetch, quarantine } from '../../src/store/schema.ts'
import worker from '../../src/worker.ts'
import { bindings, database, makeAccount, rowOf, type TestAccount, usageOf } from '../support/gateway.ts'
import { direct, keptQueue } from '../support/metering.ts'
import { CAPTURE, holdingsOf, NOTHING } from '../support/uploads.ts'

const DAY = 86_400_000
const EACH_MINUTE = '* * * * *'
const EACH_HOUR = '17 * * * *'

let account: TestAccount
beforeEach(async () => {
  account = await makeAccount()
})
afterEach(() => void vi.useRealTimers())

/** A capture that is stored, and whose job was never delivered. @returns its id */
async function stored(values: Partial<typeof captures.$inferInsert> = {}): Promise<string> {
  const init = { method: 'PUT', body: CAPTURE }
  const answer = await direct(`/api/v1/${account.token}/upload`, init, { PARSE: keptQueue().queue })
  const { id } = (await answer.json()) as { id: string }
  if (Object.keys(values).length > 0) await database.update(captures).set(values).where(eq(captures.id, id))
  return id
}

/** Deliver the job of each capture, or this one. @returns ids of the messages that were acknowledged */
async function deliver(queue: string, ids: string[], job?: FetchJob): Promise<string[]> {
  const messages = ids.map((captureId) => ({
    id: captureId,
    timestamp: new Date(),
    attempts: 1,
    body: job ?? { version: 1, captureId, generation: 0, cursor: 0 },
  }))
  const batch = createMessageBatch(queue, messages)
  const context = createExecutionContext()
  await worker.queue(batch, bindings)
  return (await getQueueResult(batch, context)).explicitAcks
}

async function cron(line: string): Promise<void> {
  const context = createExecutionContext()
  await worker.scheduled(createScheduledController({ cron: line, scheduledTime: new Date() }), bindings)
  await waitOnExecutionContext(context)
}

describe('a batch', () => {
  it.each(['pcaport-parse', 'lab-parse', 'dead-parse'])('of %s is parsed', async (queue) => {
    const id = await stored()
    expect(await deliver(queue, [id])).toEqual([id])
    expect(await rowOf(id)).toMatchObject({ state: 'ok', facts: { packets: 2 } })
  })

  it.each(['pcaport-parse-dead', 'lab-parse-dead'])('of %s is buried, and not parsed', async (queue) => {
    const fresh = await stored()
    const worn = await stored({ attempts: MAX_ATTEMPTS })
    const before = await rowOf(fresh)
    expect(await deliver(queue, [fresh, worn])).toEqual([fresh, worn])
    expect(await rowOf(fresh)).toEqual(before)
    expect(await rowOf(worn)).toMatchObject({ state: 'error', failure: { kind: 'gave-up' } })
  })
})

describe('a batch of fetches', () => {
  /** A capture that was asked for by URL, from a host that is asked for nothing. */
  async function ordered(values: Partial<typeof captures.$inferInsert> = {}): Promise<string> {
    const path = `/api/v1/${account.token}/upload?url=http://a.example/x.pcap`
    const answer = await direct(path, { method: 'POST' }, { FETCHES: keptQueue().queue })
    const { id } = (await answer.json()) as { id: string }
    await database
      .update(captures)
      .set({ attempts: 0, ...values })
      .where(eq(captures.id, id))
    return id
  }
  const fetchJob = (captureId: string, attempt: number) => ({ version: 1, kind: 'fetch', captureId, attempt }) as const

  it.each(['pcaport-fetch', 'lab-fetch', 'x-parse-fetch'])('from %s is fetched', async (queue) => {
    const id = await ordered()
    const row = await rowOf(id)
    await database
      .update(captures)
      .set({ fetch: { ...(row?.fetch as Fetch), sealed: null } })
      .where(eq(captures.id, id))
    expect(await deliver(queue, [id], fetchJob(id, 0))).toEqual([id])
    expect(await rowOf(id)).toMatchObject({ state: 'error', failure: { kind: 'fetch-lost' } })
  })

  it.each(['pcaport-parse', 'pcaport-parse-dead'])('that lies in %s is left to the sweep', async (queue) => {
    const id = await ordered()
    const before = await rowOf(id)
    expect(await deliver(queue, [id], fetchJob(id, 0))).toEqual([id])
    expect(await rowOf(id)).toEqual(before)
  })

  it.each(['pcaport-fetch-dead', 'lab-fetch-dead'])('from %s is buried, where it had all its tries', async (queue) => {
    const fresh = await ordered({ attempts: 4 })
    const held = await ordered({ attempts: 5, leaseUntil: Date.now() + 60_000 })
    const worn = await ordered({ attempts: 5 })
    for (const [id, attempt] of [
      [fresh, 4],
      [held, 5],
      [worn, 4],
    ] as const) {
      // biome-ignore format: a table
      const before = await rowOf(id)
      expect(await deliver(queue, [id], fetchJob(id, attempt))).toEqual([id])
      expect(await rowOf(id)).toEqual(before)
    }
    expect(await deliver(queue, [worn], fetchJob(worn, 5))).toEqual([worn])
    expect(await rowOf(worn)).toMatchObject({ state: 'error', size: 0, failure: { kind: 'fetch-lost' } })
    expect(await usageOf(account.accountId)).toEqual({ files: 3, bytes: 0 })
  })

  it('does not lie in the queue of the parses', async () => {
    const parses = keptQueue()
    const fetches = keptQueue()
    const path = `/api/v1/${account.token}/upload?url=http://a.example/x.pcap`
    await direct(path, { method: 'POST' }, { PARSE: parses.queue, FETCHES: fetches.queue })
    expect([parses.jobs, fetches.jobs]).toMatchObject([[], [{ kind: 'fetch' }]])
  })
})

describe('the cron', () => {
  it('sweeps each minute', async () => {
    const id = await stored({ state: 'uploading', leaseUntil: 1000, dueAt: 1000 })
    await cron(EACH_MINUTE)
    expect(await rowOf(id)).toBeUndefined()
    expect(await holdingsOf(account.accountId)).toEqual(NOTHING)
  })

  it('applies retention', async () => {
    account = await makeAccount({ retentionDays: 7 })
    const id = await stored()
    await deliver('pcaport-parse', [id])
    await cron(EACH_MINUTE)
    await cron(EACH_HOUR)
    expect((await rowOf(id))?.state).toBe('ok')
    await database
      .update(captures)
      .set({ createdAt: Date.now() - 8 * DAY })
      .where(eq(captures.id, id))
    await cron(EACH_MINUTE)
    await cron(EACH_HOUR)
    expect(await rowOf(id)).toBeUndefined()
    expect(await holdingsOf(account.accountId)).toEqual(NOTHING)
  })

  it('compares R2 with D1', async () => {
    const lost = `captures/${account.accountId}/${crypto.randomUUID()}/a`
    await bindings.CAPTURES.put(lost, CAPTURE)
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 2 * DAY })
    for (let turn = 0; turn < 3; turn++) {
      await cron(EACH_MINUTE)
      await cron(EACH_HOUR)
    }
    const rows = await database.select().from(quarantine).where(eq(quarantine.objectKey, lost))
    expect(rows).toMatchObject([{ objectKey: lost, size: CAPTURE.length }])
    expect(await bindings.CAPTURES.head(lost)).not.toBeNull()
  })
})
