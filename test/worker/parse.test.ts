/** After the door has closed: jobs that come twice, late or never, and the cron that mends. */

import { eq } from 'drizzle-orm'
import { beforeEach, describe, expect, it } from 'vitest'
import { buryDeadLetters } from '../../src/parse/consumer.ts'
import { reconcile } from '../../src/parse/reconcile.ts'
import { retain } from '../../src/parse/retention.ts'
import { sweep } from '../../src/parse/sweep.ts'
import { MAX_ATTEMPTS } from '../../src/store/captures.ts'
import type { ParseJob } from '../../src/store/jobs.ts'
import { openStore } from '../../src/store/open.ts'
import { captures, quarantine } from '../../src/store/schema.ts'
import { bindings, database, makeAccount, request, rowOf, type TestAccount } from '../support/gateway.ts'
import { deliver, direct, keptQueue } from '../support/metering.ts'
import { CAPTURE, CAPTURE_FACTS, holdingsOf, NOTHING } from '../support/uploads.ts'

const MINUTE = 60_000
const DAY = 86_400_000
const store = openStore(bindings)

let account: TestAccount
beforeEach(async () => {
  account = await makeAccount()
})

/** A capture that is stored, and whose job was never delivered. */
async function stored(): Promise<{ id: string; job: ParseJob }> {
  const init = { method: 'PUT', body: CAPTURE }
  const answer = await direct(`/api/v1/${account.token}/upload`, init, { PARSE: keptQueue().queue })
  const { id } = (await answer.json()) as { id: string }
  return { id, job: { version: 1, captureId: id, generation: 0, cursor: 0 } }
}
const change = (id: string, values: Partial<typeof captures.$inferInsert>) =>
  database.update(captures).set(values).where(eq(captures.id, id))
const remove = (id: string) => request(`/api/v1/${account.token}/delete/${id}`, { method: 'POST' })

describe('the consumer', () => {
  it('takes a stored capture to ok', async () => {
    const { id, job } = await stored()
    const result = await deliver([job])
    expect(result.explicitAcks).toEqual(['message 0'])
    expect(await rowOf(id)).toMatchObject({
      state: 'ok',
      attempts: 1,
      leaseUntil: null,
      dueAt: null,
      sha256: CAPTURE_FACTS.sha256,
      sha1: CAPTURE_FACTS.sha1,
      facts: { packets: 2, dataSize: 1560, fileType: 'pcap', encapsulation: 'ether' },
    })
  })

  it('does nothing at a second delivery', async () => {
    const { id, job } = await stored()
    await deliver([job, job])
    const before = await rowOf(id)
    expect((await deliver([job], { attempts: 2 })).explicitAcks).toHaveLength(1)
    expect(await rowOf(id)).toEqual(before)
    expect(before?.attempts).toBe(1)
  })

  it.each([
    ['of a deleted capture', async (id: string) => void (await remove(id)), 0],
    ['of another generation', async () => undefined, 1],
    ['of an earlier generation', async (id: string) => void (await change(id, { generation: 2 })), 0],
    [
      'of a capture that somebody parses',
      async (id: string) => void (await change(id, { state: 'parsing', attempts: 1, leaseUntil: Date.now() + MINUTE })),
      0,
    ],
    ['of an upload on its way', async (id: string) => void (await change(id, { state: 'uploading' })), 0],
    ['of a capture on its way out', async (id: string) => void (await change(id, { state: 'doomed' })), 0],
  ] as [string, (id: string) => Promise<void>, number][])(
    'acknowledges a job %s, and leaves everything as it is',
    async (_, prepare, generation) => {
      const { id, job } = await stored()
      await prepare(id)
      const before = await rowOf(id)
      const result = await deliver([{ ...job, generation }])
      expect([result.explicitAcks.length, result.retryMessages.length]).toEqual([1, 0])
      expect(await rowOf(id)).toEqual(before)
    },
  )

  it.each([
    null,
    'text',
    {},
    { version: 2, captureId: 'x', generation: 0 },
    { version: 1, captureId: 7, generation: 0, cursor: 0 },
    { version: 1, captureId: 'x', generation: 0 },
  ])('acknowledges what is no job: %j', async (body) => {
    expect((await deliver([body])).explicitAcks).toHaveLength(1)
  })

  it('takes over a parse whose lease has run out', async () => {
    const { id, job } = await stored()
    await change(id, { state: 'parsing', attempts: 1, leaseUntil: Date.now() - 1 })
    await deliver([job])
    expect((await rowOf(id))?.state).toBe('ok')
  })

  it('gives up a capture that killed four parsers, and its bytes stay', async () => {
    const { id, job } = await stored()
    let now = Date.now()
    for (let parser = 1; parser <= 4; parser++) {
      expect(await store.captures.claim(job, now)).not.toBeNull() // and is never heard of again
      now += store.settings.parseLease
    }
    expect((await deliver([job], { clock: () => now })).explicitAcks).toHaveLength(1)
    expect(await rowOf(id)).toMatchObject({ state: 'error', failure: { kind: 'gave-up' } })
    const back = await request(`/api/v1/${account.token}/download/${id}`)
    expect(new Uint8Array(await back.arrayBuffer())).toEqual(CAPTURE)
  })

  it('asks for a message again where the storage fails, each for itself, and gives the lease back', async () => {
    const bad = await stored()
    const good = await stored()
    const key = (await rowOf(bad.id))?.objectKey
    const CAPTURES = new Proxy(bindings.CAPTURES, {
      get: (bucket, verb) =>
        verb === 'get' && bucket
          ? async (asked: string) => {
              if (asked === key) throw new Error('no')
              return bucket.get(asked)
            }
          : Reflect.get(bucket, verb).bind?.(bucket),
    })
    const result = await deliver([bad.job, good.job], { change: { CAPTURES } })
    expect(result.explicitAcks).toEqual(['message 1'])
    expect(result.retryMessages).toMatchObject([{ msgId: 'message 0' }])
    expect(await rowOf(bad.id)).toMatchObject({ state: 'stored', attempts: 1, leaseUntil: null })
    expect((await rowOf(good.id))?.state).toBe('ok')
    await deliver([bad.job], { attempts: 2 })
    expect(await rowOf(bad.id)).toMatchObject({ state: 'ok', attempts: 2 })
  })

  it('says so where the bytes of a capture are gone', async () => {
    const { id, job } = await stored()
    await bindings.CAPTURES.delete((await rowOf(id))?.objectKey ?? '')
    await deliver([job])
    expect(await rowOf(id)).toMatchObject({ state: 'error', failure: { kind: 'lost' } })
  })
})

describe('dead letters', () => {
  const bury = (jobs: unknown[]) => deliver(jobs, { handle: buryDeadLetters, queue: 'pcaport-parse-dead' })

  it('end what had all its attempts and waits, or is held no more', async () => {
    for (const held of [{}, { state: 'parsing', leaseUntil: Date.now() - 1 }] as const) {
      const { id, job } = await stored()
      await change(id, { ...held, attempts: MAX_ATTEMPTS })
      expect((await bury([job])).explicitAcks).toHaveLength(1)
      expect(await rowOf(id)).toMatchObject({ state: 'error', failure: { kind: 'gave-up' }, dueAt: null })
    }
  })

  it.each([
    ['ok', { state: 'ok', attempts: MAX_ATTEMPTS }, 0],
    ['held', { state: 'parsing', leaseUntil: 9e15, attempts: MAX_ATTEMPTS }, 0],
    ['of another generation', { attempts: MAX_ATTEMPTS }, 1],
    ['doomed', { state: 'doomed', attempts: MAX_ATTEMPTS }, 0],
    ['still to be tried', { attempts: 5 }, 0],
  ] as const)('leave a capture alone that is %s', async (_, values, generation) => {
    const { id, job } = await stored()
    await change(id, values)
    const before = await rowOf(id)
    expect((await bury([{ ...job, generation }])).explicitAcks).toHaveLength(1)
    expect(await rowOf(id)).toEqual(before)
  })
})

describe('the sweep', () => {
  const swept = async (at: number) => {
    const { queue, jobs } = keptQueue()
    await sweep(openStore({ ...bindings, PARSE: queue }), () => at)
    return jobs
  }

  it('sends a job for what is stored too long, and again later, less and less often', async () => {
    const { id, job } = await stored()
    expect(await swept(Date.now())).not.toContainEqual(job)
    const due = (await rowOf(id))?.dueAt ?? 0
    expect(await swept(due)).toContainEqual(job)
    const next = (await rowOf(id))?.dueAt ?? 0
    expect(next - due).toBeGreaterThanOrEqual(MINUTE)
    expect(await swept(due + 1)).not.toContainEqual(job)
    expect(await swept(next)).toContainEqual(job)
    await deliver([job])
    expect(await swept(next + DAY)).not.toContainEqual(job)
  })

  it('sends a job for a parse whose lease has run out, and waits for one that is held', async () => {
    const { id, job } = await stored()
    const now = Date.now()
    await change(id, { state: 'parsing', attempts: 1, leaseUntil: now + MINUTE, dueAt: now - 1 })
    expect(await swept(now)).not.toContainEqual(job)
    expect(await rowOf(id)).toMatchObject({ state: 'parsing', dueAt: now + MINUTE })
    expect(await swept(now + MINUTE)).toContainEqual(job)
  })

  it('takes an expired upload away: row, bytes and quota', async () => {
    const { id } = await stored()
    await change(id, { state: 'uploading', leaseUntil: 1000, dueAt: 1000 })
    await swept(Date.now())
    expect(await holdingsOf(account.accountId)).toEqual(NOTHING)
    expect(await rowOf(id)).toBeUndefined()
  })

  it('waits for an upload that renewed its lease', async () => {
    const { id } = await stored()
    const leaseUntil = Date.now() + MINUTE
    await change(id, { state: 'uploading', leaseUntil, dueAt: 1000 })
    await swept(Date.now())
    expect(await rowOf(id)).toMatchObject({ state: 'uploading', dueAt: leaseUntil })
    await swept(leaseUntil)
    expect(await holdingsOf(account.accountId)).toEqual(NOTHING)
  })

  it('ends a deletion that broke off', async () => {
    const { id, job } = await stored()
    await deliver([job])
    await change(id, { state: 'doomed', dueAt: 1000 })
    expect((await request(`/api/v1/${account.token}/info/${id}`)).status).toBe(404)
    await swept(Date.now())
    expect(await holdingsOf(account.accountId)).toEqual(NOTHING)
    expect((await bindings.CAPTURES.list({ prefix: `summaries/${account.accountId}/` })).objects).toEqual([])
  })
})

describe('retention', () => {
  it('deletes what is older than the plan keeps, but for what is to be kept or not yet parsed', async () => {
    account = await makeAccount({ retentionDays: 7 })
    const made = { old: await stored(), kept: await stored(), waiting: await stored(), young: await stored() }
    await deliver([made.old.job, made.kept.job, made.young.job])
    const now = Date.now()
    for (const { id } of [made.old, made.kept, made.waiting]) await change(id, { createdAt: now - 7 * DAY - 1 })
    await change(made.young.id, { createdAt: now - 7 * DAY + MINUTE })
    await change(made.kept.id, { keep: true })
    await retain(store, () => now)
    const left = await Promise.all(Object.values(made).map(async ({ id }) => (await rowOf(id)) !== undefined))
    expect(left).toEqual([false, true, true, true])
    expect(await holdingsOf(account.accountId)).toEqual({ files: 3, bytes: 3 * 216, rows: 3, objects: 3 })
  })

  it('leaves accounts alone whose plan keeps for ever', async () => {
    const { id, job } = await stored()
    await deliver([job])
    await change(id, { createdAt: 1 })
    await retain(store, Date.now)
    expect((await rowOf(id))?.state).toBe('ok')
  })
})

describe('reconcile', () => {
  it('puts objects that no row knows into quarantine once they are a day old, and deletes nothing', async () => {
    const { id } = await stored()
    const known = (await rowOf(id))?.objectKey
    const lost = `captures/${account.accountId}/${crypto.randomUUID()}/a`
    await bindings.CAPTURES.put(lost, CAPTURE, { customMetadata: { filename: 'x.cap' } })
    const all = async (at: number) => {
      const found: string[] = []
      for (let run = 0; run < 3; run++) found.push(...(await reconcile(store, () => at)).quarantined)
      return found
    }
    expect(await all(Date.now())).not.toContain(lost)
    const found = await all(Date.now() + DAY + MINUTE)
    expect(found).toContain(lost)
    expect(found).not.toContain(known)
    const rows = await database.select().from(quarantine).where(eq(quarantine.objectKey, lost))
    expect(rows).toMatchObject([{ objectKey: lost, size: 216, metadata: { filename: 'x.cap' } }])
    expect(await bindings.CAPTURES.head(lost)).not.toBeNull()
  })

  it('looks at many pages in one run, and goes on where its time was over', async () => {
    const at = Date.now() + DAY + MINUTE
    const ids = Array.from({ length: 250 }, () => crypto.randomUUID())
    const keyOf = (id: string) => `captures/7/${id}/a`
    const columns = 'id, account_id, state, filename, size, visibility, tags, comments, object_key, created_at'
    await bindings.DB.prepare(
      `INSERT INTO captures (${columns})
       SELECT value, 7, 'stored', 'x.cap', 1, 'private', '[]', '', 'captures/7/' || value || '/a', 1 FROM json_each(?)`,
    )
      .bind(JSON.stringify(ids))
      .run()
    await Promise.all(ids.map((id) => bindings.CAPTURES.put(keyOf(id), '1')))
    const lost = `captures/999999/${crypto.randomUUID()}/a`
    await bindings.CAPTURES.put(lost, CAPTURE)
    await store.cursors.move('objects', null)
    expect((await reconcile(store, () => at)).quarantined).toContain(lost)
    expect(await store.cursors.find('objects')).toBeNull()

    let now = at
    const hurried = () => (now += 10 * MINUTE)
    const runs: string[][] = []
    do runs.push((await reconcile(store, hurried)).quarantined)
    while ((await store.cursors.find('objects')) !== null)
    expect(runs.length).toBeGreaterThanOrEqual(3) // a page each
    expect(runs.flat()).toContain(lost)
  })

  it('names parsed captures whose bytes are gone, and leaves their rows', async () => {
    const { id, job } = await stored()
    await deliver([job])
    await bindings.CAPTURES.delete((await rowOf(id))?.objectKey ?? '')
    const missing: string[] = []
    for (let run = 0; run < 3; run++) missing.push(...(await reconcile(store, Date.now)).missing)
    expect(missing).toContain(id)
    expect((await rowOf(id))?.state).toBe('ok')
  })
})
