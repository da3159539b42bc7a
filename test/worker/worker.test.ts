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
import { captures, quarantine } from '../../src/store/schema.ts'
import worker from '../../src/worker.ts'
import { bindings, database, makeAccount, rowOf, type TestAccount } from '../support/gateway.ts'
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

/** Deliver the job of each capture. @returns ids of the messages that were acknowledged */
async function deliver(queue: string, ids: string[]): Promise<string[]> {
  const messages = ids.map((captureId) => ({
    id: captureId,
    timestamp: new Date(),
    attempts: 1,
    body: { version: 1, captureId, generation: 0, cursor: 0 },
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
