/** Single faults that an enumeration does not reach: senders, clocks, and a store that is away for long. */
import { eq } from 'drizzle-orm'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { buryDeadLetters, consume } from '../../src/parse/consumer.ts'
import { reconcile } from '../../src/parse/reconcile.ts'
import { sweep } from '../../src/parse/sweep.ts'
import { MAX_ATTEMPTS } from '../../src/store/captures.ts'
import type { Env } from '../../src/store/env.ts'
import { openStore } from '../../src/store/open.ts'
import { accounts, captures, quarantine } from '../../src/store/schema.ts'
import { batchOf, faulty, type Mode, wireBody } from '../support/faults.ts'
import { captureOf, jobOf, put, there } from '../support/faults-flows.ts'
import { ask, begin, clock, hasty, healthy, hex, look, mend, type World } from '../support/faults-walk.ts'
import { database, rowOf, usageOf } from '../support/gateway.ts'
import { digestField, form, NOTHING } from '../support/uploads.ts'

beforeAll(() => void vi.spyOn(console, 'error').mockImplementation(() => undefined))

const DAY = 86_400_000
const LARGE = captureOf(130).bytes
const SMALL = captureOf(3).bytes

interface Sending {
  path: (world: World) => string
  init: (world: World, bytes: Uint8Array) => RequestInit & { headers: Record<string, string> }
}

const DOORS: [string, Sending][] = [
  [
    'PUT with a length',
    { path: uploadPath, init: (_, bytes) => rawOf(bytes, { 'Content-Length': String(bytes.length) }) },
  ],
  ['PUT of unknown length', { path: uploadPath, init: (_, bytes) => rawOf(bytes) }],
  ['POST of a form', { path: uploadPath, init: (_, bytes) => formOf(bytes) }],
  [
    'POST by A-Packets',
    { path: () => '/api/v1/upload/private/', init: (world, bytes) => formOf(bytes, world.account.bearer) },
  ],
]

function uploadPath(world: World): string {
  return `/api/v1/${world.account.token}/upload/traffic.pcap?keep_partial=0`
}

function rawOf(bytes: Uint8Array, headers: Record<string, string> = {}) {
  return { method: 'PUT', headers, body: bytes as Uint8Array<ArrayBuffer> }
}

function formOf(bytes: Uint8Array, more: Record<string, string> = {}) {
  const { method, headers, body } = form([{ name: 'file', filename: 'traffic.pcap', body: bytes }])
  return {
    method,
    headers: { ...headers, ...more, 'Content-Length': String(body.length) },
    body: body as Uint8Array<ArrayBuffer>,
  }
}

/** Rows, objects and quota of a world; nothing may be waited for. */
async function holdingsOf({ account: { accountId } }: World) {
  const rows = await database.select().from(captures).where(eq(captures.accountId, accountId))
  const { objects } = await healthy.CAPTURES.list({ prefix: `captures/${accountId}/` })
  return { ...(await usageOf(accountId)), rows: rows.length, objects: objects.length }
}

describe('a sender', () => {
  const IMPATIENT: Env = { ...healthy, UPLOAD_IDLE_SECONDS: '0.1' }

  describe.each(DOORS)('of %s', (_, { path, init }) => {
    it.each(['reset', 'stall'] as const)(
      'who ends in a %s, wherever, leaves nothing',
      async (ending) => {
        const world = await begin()
        const { body, ...rest } = init(world, LARGE)
        const whole = body as Uint8Array
        for (let sent = 0; sent < whole.length; sent += 1499) {
          const answer = await ask(IMPATIENT, path(world), { ...rest, body: wireBody(whole, ending, sent) })
          expect([400, 408]).toContain(answer.status)
        }
        expect(await holdingsOf(world)).toEqual(NOTHING)
      },
      60_000,
    )

    it('who ends his body early is told so, and leaves nothing', async () => {
      const world = await begin()
      const { body, ...rest } = init(world, LARGE)
      if (!('Content-Length' in rest.headers)) return
      const answer = await ask(healthy, path(world), { ...rest, body: wireBody(body as Uint8Array, 'whole', 8000) })
      expect(answer.status).toBe(400)
      expect(await holdingsOf(world)).toEqual(NOTHING)
    })

    it('who is slow, but never silent for long, keeps his upload beyond many leases', async () => {
      const world = await begin()
      const { body, ...rest } = init(world, LARGE)
      const whole = body as Uint8Array
      const slow = new IdentityTransformStream()
      const send = async () => {
        const writer = slow.writable.getWriter()
        for (let at = 0; at < whole.length; at += 1000) {
          await writer.write(whole.slice(at, at + 1000))
          await scheduler.wait(60)
        }
        await writer.close()
      }
      let over = false
      const keepSweeping = async () => {
        while (!over) {
          await sweep(openStore(healthy), Date.now)
          await scheduler.wait(20)
        }
      }
      const sweeping = keepSweeping()
      const sending = send()
      const answer = await ask({ ...healthy, UPLOAD_LEASE_SECONDS: '0.3' }, path(world), {
        ...rest,
        body: slow.readable,
      })
      over = true
      await Promise.all([sending.catch(() => undefined), sweeping])
      expect(answer.status).toBe(200)
      expect(await holdingsOf(world)).toEqual({ files: 1, bytes: LARGE.length, rows: 1, objects: 1 })
    })
  })

  it('who says a length that his body passes leaves nothing', async () => {
    const world = await begin()
    const init = { method: 'PUT', headers: { 'Content-Length': '5000' }, body: wireBody(LARGE) }
    expect((await ask(healthy, uploadPath(world), init)).status).toBe(400)
    expect(await holdingsOf(world)).toEqual(NOTHING)
  })

  it.each(DOORS.slice(0, 2))('of %s whose digest is another leaves nothing', async (_, { path, init }) => {
    for (const bytes of [SMALL, LARGE]) {
      const world = await begin()
      const { headers, ...rest } = init(world, bytes)
      const wrong = { ...headers, 'Content-Digest': digestField('ab'.repeat(32)) }
      expect((await ask(healthy, path(world), { ...rest, headers: wrong })).status).toBe(400)
      expect(await holdingsOf(world)).toEqual(NOTHING)
      const right = { ...headers, 'Content-Digest': digestField(hex('sha256', bytes)) }
      expect((await ask(healthy, path(world), { ...rest, headers: right })).status).toBe(200)
    }
  })
})

describe('an upload', () => {
  it('outlives renewals of its lease that fail', async () => {
    const world = await begin()
    const slow = new IdentityTransformStream()
    const send = async () => {
      const writer = slow.writable.getWriter()
      for (let at = 0; at < LARGE.length; at += 500) {
        await writer.write(LARGE.slice(at, at + 500))
        await scheduler.wait(25)
      }
      await writer.close()
    }
    const faults = new Map<number, Mode>([
      [3, 'refused'],
      [4, 'no answer'],
    ]) // 0 looks at the token, 1 reserves, 2 puts; then come renewals
    const { env, calls } = faulty({ ...hasty, UPLOAD_LEASE_SECONDS: '0.15' }, { faults })
    const init = { method: 'PUT', headers: { 'Content-Length': String(LARGE.length) }, body: slow.readable }
    const [answer] = await Promise.all([ask(env, uploadPath(world), init), send()])
    expect(calls.slice(2, 5)).toEqual(['R2 put', 'D1 UPDATE captures', 'D1 UPDATE captures'])
    expect(answer.status).toBe(200)
  })

  it('that the sweep has given up ends as refused, and nothing of it is kept', async () => {
    const world = await begin()
    const body = new IdentityTransformStream()
    const send = async () => {
      const writer = body.writable.getWriter()
      await writer.write(LARGE.slice(0, 5000))
      await scheduler.wait(50)
      await sweep(openStore(healthy), () => Date.now() + DAY)
      for (let at = 5000; at < LARGE.length; at += 500) {
        await writer.write(LARGE.slice(at, at + 500))
        await scheduler.wait(20)
      }
      await writer.close()
    }
    const asked = ask({ ...healthy, UPLOAD_LEASE_SECONDS: '0.3' }, uploadPath(world), {
      method: 'PUT',
      body: body.readable,
    })
    const [answer] = await Promise.all([asked, send().catch(() => undefined)])
    expect(answer.status).toBe(503)
    expect(await holdingsOf(world)).toEqual(NOTHING)
  })

  it('is answered soon where the queue does not answer', async () => {
    const world = await begin()
    const { env } = faulty(healthy, { faults: new Map([[4, 'no answer']]) })
    const startedAt = Date.now()
    expect(await put(world, env, { packets: 3, length: true })).not.toBe(null)
    expect(Date.now() - startedAt).toBeLessThan(5000)
  })

  it('is refused with 503 where D1 does not answer at the door', async () => {
    const world = await begin()
    const { env } = faulty(hasty, { faults: new Map([[0, 'no answer']]) })
    const answer = await ask(env, uploadPath(world), rawOf(SMALL))
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5'])
  })

  it('whose put lands after it was given up leaves an object that goes into quarantine two days later', async () => {
    const world = await begin()
    const faults = new Map<number, Mode>([2, 3, 4].map((at) => [at, 'acts very late'])) // each of three tries to put
    const { env, calls, settleVeryLate } = faulty(hasty, { faults })
    expect(await put(world, env, { packets: 3 })).toBe(null)
    expect(calls.slice(2, 5)).toEqual(['R2 put', 'R2 put', 'R2 put'])
    expect(await holdingsOf(world)).toEqual(NOTHING)
    await settleVeryLate()
    expect(await holdingsOf(world)).toEqual({ ...NOTHING, objects: 1 })
    expect((await reconcile(openStore(healthy), Date.now)).quarantined).toEqual([])
    const { quarantined } = await reconcile(openStore(healthy), () => Date.now() + 2 * DAY)
    expect(quarantined).toHaveLength(1)
    const [kept] = await database
      .select()
      .from(quarantine)
      .where(eq(quarantine.objectKey, quarantined[0] ?? ''))
    expect(kept?.metadata.account).toBe(String(world.account.accountId))
    expect(await holdingsOf(world)).toEqual({ ...NOTHING, objects: 1 })
  })

  it('with the Idempotency-Key of one that was given up at that moment is asked to come again, not told of a full account', async () => {
    const world = await begin()
    const reserve = async (env: Env) => put(world, env, { packets: 3, length: true, key: true })
    const dying = faulty(healthy, { faults: new Map([[2, 'dies before']]) })
    await Promise.race([reserve(dying.env), dying.death])
    // Between the reservation that meets the key and the look at who has it, the sweep gives that one up.
    const does = async () => void (await sweep(openStore(healthy), () => Date.now() + DAY))
    const { env, calls } = faulty(healthy, { meanwhile: { at: 2, when: 'before', does } })
    const init = {
      ...rawOf(SMALL),
      headers: { 'Content-Length': String(SMALL.length), 'Idempotency-Key': 'the same at each try' },
    }
    expect((await ask(env, uploadPath(world), init)).status).toBe(409)
    expect(calls[2]).toBe('D1 SELECT captures')
    expect(await reserve(healthy)).not.toBe(null)
  })

  it('repeated with its Idempotency-Key and an endless body is refused as soon as the body is longer', async () => {
    const world = await begin()
    expect(await put(world, healthy, { packets: 3, key: true })).not.toBe(null)
    let given = 0
    const endless = new ReadableStream({
      pull(controller) {
        given += 4096
        if (given > 50_000_000) controller.error(new Error('read on for too long'))
        else controller.enqueue(given === 4096 ? LARGE.slice(0, 4096) : new Uint8Array(4096))
      },
    })
    const headers = { 'Idempotency-Key': 'the same at each try' }
    const answer = await ask(healthy, uploadPath(world), { method: 'PUT', headers, body: endless })
    expect(answer.status).toBe(422)
    expect(given).toBeLessThan(10_000_000)
  })
})

describe('a parse', () => {
  const stored = async () => {
    const world = await begin()
    return { world, id: await there(world, healthy, 'traffic.pcap', false) }
  }

  it('that the store breaks off is tried again for hours, and the capture ends as ok', async () => {
    const { world, id } = await stored()
    for (let attempt = 1; attempt < MAX_ATTEMPTS; attempt++) {
      const { env } = faulty(hasty, { faults: new Map([[2, 'refused']]) })
      const { batch, fates } = batchOf([jobOf(id)], 'pcaport-parse', attempt)
      await consume(batch, openStore(env), clock)
      expect(fates).toEqual(['retried'])
    }
    expect((await rowOf(id))?.state).toBe('stored')
    await mend()
    world.answered = true
    world.acknowledged.add(id)
    const [found] = await look({}, [{ world, faults: new Map(), calls: [] }])
    expect(found).toEqual({ violations: [], orphans: [] })
  })

  it('that kills its parser ends as error at the fifth try', async () => {
    const { id } = await stored()
    let tries = 0
    let now = clock()
    for (; tries < 20 && (await rowOf(id))?.state !== 'error'; tries++) {
      const { env, death } = faulty(healthy, { faults: new Map([[4, 'dies before']]) })
      await Promise.race([consume(batchOf([jobOf(id)]).batch, openStore(env), () => now), death])
      now += 120_000
    }
    expect(tries).toBe(5)
    expect((await rowOf(id))?.failure?.kind).toBe('gave-up')
  })

  it('whose messages ran out while D1 was away leaves its capture to the sweep, which gets it parsed', async () => {
    const { id } = await stored()
    const { batch, fates } = batchOf([jobOf(id)], 'pcaport-parse-dead')
    await buryDeadLetters(batch, openStore(healthy), clock)
    expect(fates).toEqual(['acked'])
    expect((await rowOf(id))?.state).toBe('stored')
    await mend()
    expect((await rowOf(id))?.state).toBe('ok')
  })

  it('of a capture whose object is gone says so, and keeps the digests that are known', async () => {
    const { id } = await stored()
    const before = await rowOf(id)
    await healthy.CAPTURES.delete(before?.objectKey ?? '')
    await consume(batchOf([jobOf(id)]).batch, openStore(healthy), clock)
    const row = await rowOf(id)
    expect([row?.state, row?.failure?.kind, row?.md5]).toEqual(['error', 'lost', before?.md5])
  })

  it('that meets a deletion and then a D1 that is away leaves a summary, which reconcile deletes', async () => {
    const { world, id } = await stored()
    const path = `/api/v1/${world.account.token}/delete/${id}`
    const does = async () => void (await ask(healthy, path, { method: 'POST' }))
    const faults = new Map<number, Mode>([[9, 'outage']])
    const { env, calls } = faulty(hasty, { faults, meanwhile: { at: 4, when: 'before', does } })
    await consume(batchOf([jobOf(id)]).batch, openStore(env), clock)
    expect(calls.slice(4, 10)).toEqual([...Array(4).fill('R2 put'), 'D1 SELECT captures', 'D1 UPDATE captures'])
    const summaries = async () =>
      (await healthy.CAPTURES.list({ prefix: `summaries/${world.account.accountId}/` })).objects
    const left = (await summaries()).length // those put after the deletion: at least the one that it stood before
    expect(left).toBeGreaterThan(0)
    expect((await reconcile(openStore(healthy), Date.now)).deleted).toEqual([])
    expect((await reconcile(openStore(healthy), () => Date.now() + 2 * DAY)).deleted).toHaveLength(left)
    expect(await summaries()).toEqual([])
  })
})

it('an account that is full lets nobody in by a retry', async () => {
  const world = await begin()
  await database.update(accounts).set({ filesLimit: 1 }).where(eq(accounts.id, world.account.accountId))
  const lost = faulty(hasty, { faults: new Map([[1, 'answer lost']]) })
  expect(await put(world, lost.env, { packets: 3, length: true })).toBe(null)
  expect(await put(world, healthy, { packets: 3, length: true })).not.toBe(null)
  expect(await put(world, healthy, { packets: 3, length: true })).toBe(null)
  expect((await usageOf(world.account.accountId)).files).toBe(1)
})
