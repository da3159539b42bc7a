/** Live streams: bodies of unknown length that trickle, and that break off. docs/adr/0010. */
import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest'
import { ingest, type Upload } from '../../src/ingest/ingest.ts'
import type { Env } from '../../src/store/env.ts'
import { openStore } from '../../src/store/open.ts'
import { bytes, payload, pcap } from '../support/captures.ts'
import { type Ending, wireBody } from '../support/faults.ts'
import { captureOf } from '../support/faults-flows.ts'
import { ask } from '../support/faults-walk.ts'
import { bindings, makeAccount, parsed, request, rowOf, type TestAccount } from '../support/gateway.ts'
import {
  CAPTURE,
  digestField,
  filePart,
  form,
  holdingsOf,
  infoOf,
  largeCapture,
  NOTHING,
  streamOf,
} from '../support/uploads.ts'

let warned: MockInstance
beforeEach(() => {
  warned = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
})

const MIB = 1024 * 1024
const KEPT = /after (\d+) bytes\. They are kept as the capture ([0-9a-f-]{36}), which is marked truncated\.$/
/** Of 76 bytes a packet behind 24 of the file: 130 packets. */
const WHOLE = captureOf(130).bytes
const HASTY: Env = { ...bindings, UPLOAD_IDLE_SECONDS: '0.2' }

interface Sending {
  query?: string
  headers?: Record<string, string>
  body?: Uint8Array
  method?: string
  ending?: Ending
  sent?: number
}

/** A body of which only the first bytes are sent. @returns the answer, and the id that it names as kept */
async function breakOff(by: TestAccount, { query = '', headers = {}, body = WHOLE, ...how }: Sending = {}) {
  const { method = 'PUT', ending = 'reset', sent = 5000 } = how
  const init = { method, headers, body: wireBody(body, ending, sent) }
  const answer = await ask(HASTY, `/api/v1/${by.token}/upload/live.pcap${query}`, init)
  const { exceptions = [''] } = (await answer.json()) as { exceptions?: string[] }
  const words = exceptions[0] ?? ''
  return { status: answer.status, words, id: KEPT.exec(words)?.[2] ?? null }
}

describe('a live stream that breaks off', () => {
  it.each([
    ['its connection is lost', 'reset', 400, 'cut-off', 'The connection of its sender was lost.'],
    ['no byte comes for too long', 'stall', 408, 'too-slow', 'Its sender had stood still for too long.'],
  ] as const)('is kept as far as it came, and says so everywhere: %s', async (_, ending, status, how, words) => {
    const mine = await makeAccount()
    const broken = await breakOff(mine, { ending })
    expect([broken.status, broken.words]).toEqual([status, expect.stringMatching(KEPT)])
    const id = broken.id ?? ''
    const row = await parsed(id)
    expect(row).toMatchObject({ state: 'ok', size: 5000, brokenOff: how, filename: 'live.pcap' })
    expect(row.facts?.packets).toBe(Math.floor((5000 - 24) / 76))
    expect(await infoOf(mine, id)).toMatchObject({ truncated: 'Yes', size: 5000 })
    const back = await request(`/api/v1/${mine.token}/download/${id}`)
    expect(Buffer.from(await back.arrayBuffer()).equals(Buffer.from(WHOLE.subarray(0, 5000)))).toBe(true)
    const page = await (await request(`/captures/${id}`)).text()
    expect(page).toContain('The upload broke off after 5,000 bytes')
    expect(page).toContain(words)
    expect(warned).toHaveBeenCalledWith(`upload ${id}: ${how} after 5000 bytes, which are kept`)
  })

  it('is marked truncated also where it breaks off between two packets', async () => {
    const mine = await makeAccount()
    const { id } = await breakOff(mine, { sent: 24 + 76 * 10 })
    expect((await parsed(id ?? '')).facts).toMatchObject({ packets: 10, truncated: false })
    expect((await infoOf(mine, id ?? '')).truncated).toBe('Yes')
  })

  it.each([
    ['keep_partial=0', { query: '?keep_partial=0' }],
    ['a Content-Length', { headers: { 'Content-Length': String(WHOLE.length) } }],
    ['an Idempotency-Key', { headers: { 'Idempotency-Key': 'k' } }],
    ['a digest', { headers: { 'Content-Digest': digestField('ab'.repeat(32)) } }],
    [
      'a digest, for all that is asked',
      { query: '?keep_partial=1', headers: { 'Content-Digest': digestField('ab'.repeat(32)) } },
    ],
    ['what may be no capture', { body: bytes(new Uint8Array(100).fill(7), WHOLE) }],
    ['no byte yet', { sent: 0 }],
  ] as [string, Sending][])('leaves nothing, with %s', async (_, sending) => {
    const mine = await makeAccount()
    const broken = await breakOff(mine, sending)
    expect([broken.status, broken.id]).toEqual([400, null])
    expect(broken.words).toContain('Nothing was kept')
    expect(await holdingsOf(mine.accountId)).toEqual(NOTHING)
  })

  it.each([
    ['a Content-Length', { headers: { 'Content-Length': String(WHOLE.length) } }],
    ['an Idempotency-Key', { headers: { 'Idempotency-Key': 'k' } }],
    ['what may be no capture', { body: bytes(new Uint8Array(100).fill(7), WHOLE) }],
    ['a form', form([filePart({ body: WHOLE })])],
  ] as [string, Sending][])('is kept where it asks so with keep_partial=1, for all %s', async (_, sending) => {
    const mine = await makeAccount()
    const broken = await breakOff(mine, { ...sending, query: '?keep_partial=1' })
    expect(broken.words).toMatch(KEPT)
    const row = await rowOf(broken.id ?? '')
    expect(row?.brokenOff).toBe('cut-off')
    expect(await holdingsOf(mine.accountId)).toEqual({ files: 1, bytes: row?.size, rows: 1, objects: 1 })
  })

  it('never answers for its Idempotency-Key: who asks again uploads anew', async () => {
    const mine = await makeAccount()
    const headers = { 'Idempotency-Key': 'k' }
    const { id } = await breakOff(mine, { query: '?keep_partial=1', headers })
    const again = await request(`/api/v1/${mine.token}/upload/live.pcap`, { method: 'PUT', headers, body: WHOLE })
    const whole = ((await again.json()) as { id: string }).id
    expect([again.status, whole]).toEqual([200, expect.not.stringMatching(id ?? '')])
    expect((await holdingsOf(mine.accountId)).rows).toBe(2)
    expect([(await rowOf(whole))?.brokenOff, (await rowOf(id ?? ''))?.brokenOff]).toEqual([null, 'cut-off'])
  })

  it.each([
    [{ maxFileSize: 4000 }, 413],
    [{ bytesLimit: 4000 }, 403],
    [{ filesLimit: 0 }, 403],
  ])('has the limits of any other: %j', async (plan, status) => {
    const mine = await makeAccount(plan)
    const broken = await breakOff(mine)
    expect([broken.status, broken.id]).toEqual([status, null])
    expect(await holdingsOf(mine.accountId)).toEqual(NOTHING)
  })

  it('a keep_partial that is neither 0 nor 1 is 400', async () => {
    const answer = await breakOff(await makeAccount(), { query: '?keep_partial=yes' })
    expect([answer.status, answer.words]).toEqual([400, expect.stringContaining('keep_partial')])
  })
})

describe('a stream that trickles', () => {
  afterEach(() => void vi.useRealTimers())

  it('for two hours holds no more than 32 KiB and a chunk, whatever has come', { timeout: 60_000 }, async () => {
    const mine = await makeAccount()
    vi.useFakeTimers({ toFake: ['Date'] })
    let received = 0
    let stored = 0
    let most = 0
    const counting = new Proxy(bindings.CAPTURES, {
      get(real, name) {
        if (name === 'put')
          return async (key: string, value: Uint8Array, options?: R2PutOptions) => {
            const put = await real.put(key, value, options)
            if (key.includes('/tail-')) stored += value.length
            return put
          }
        if (name === 'delete')
          return (keys: string[]) => {
            if (keys[0]?.includes('/tail-')) stored = Math.ceil(stored / (8 * MIB)) * 8 * MIB // a part is whole
            return real.delete(keys)
          }
        const member = Reflect.get(real, name) as unknown
        return typeof member === 'function' ? member.bind(real) : member
      },
    })
    const store = openStore({ ...bindings, CAPTURES: counting })
    const principal = await store.tokens.principal(mine.token, '', Date.now())
    if (!principal) throw new Error('the token opens nothing')
    const chunk = 1500
    const whole = largeCapture(7200 * chunk)
    const upload: Upload = {
      principal,
      source: {
        async read() {
          if (received >= 7200 * chunk) return null
          most = Math.max(most, received - stored)
          vi.setSystemTime(Date.now() + 1000)
          received += chunk
          return whole.slice(received - chunk, received)
        },
      },
      size: null,
      atMost: null,
      visibility: null,
      sha256: null,
      idempotencyKey: null,
      userAgent: undefined,
      filename: 'two hours.pcap',
      finish: async () => ({ filename: 'two hours.pcap', tags: [], comments: '' }),
    }
    const { id, objectKey, size } = await ingest(store, upload, Date.now)
    expect(size).toBe(7200 * chunk)
    expect(most).toBeGreaterThan(1500)
    expect(most).toBeLessThanOrEqual(32 * 1024 + chunk)
    const object = await bindings.CAPTURES.get(objectKey)
    expect(Buffer.from((await object?.bytes()) ?? []).equals(Buffer.from(whole.subarray(0, size)))).toBe(true)
    const { objects } = await bindings.CAPTURES.list({ prefix: `summaries/${mine.accountId}/${id}/tail-` })
    expect(objects).toEqual([])
  })

  it('keeps nobody out: a hundred of them, and a fast one of 20 MiB', { timeout: 60_000 }, async () => {
    const [many, one] = [await makeAccount(), await makeAccount()]
    const env: Env = { ...bindings, UPLOAD_SLOW_SECONDS: '0.5' }
    const slow = pcap([{ data: payload(60_000) }])
    let over = false
    const trickling = Array.from({ length: 100 }, async () => {
      const { readable, writable } = new IdentityTransformStream()
      const asked = ask(env, `/api/v1/${many.token}/upload`, { method: 'PUT', body: readable })
      const writer = writable.getWriter()
      for (let at = 0; at < slow.length; at += 20_000) {
        await writer.write(slow.slice(at, at + 20_000))
        await scheduler.wait(200)
      }
      while (!over) await scheduler.wait(20)
      await writer.close()
      return (await asked).status
    })
    await scheduler.wait(1000)
    const fast = await ask(env, `/api/v1/${one.token}/upload`, {
      method: 'PUT',
      body: streamOf(largeCapture(20 * MIB)),
    })
    expect(fast.status).toBe(200)
    over = true
    expect(new Set(await Promise.all(trickling))).toEqual(new Set([200]))
    expect((await holdingsOf(many.accountId)).objects).toBe(100)
  })

  it('now and then, and comes fast in between, is put together in order', { timeout: 60_000 }, async () => {
    const mine = await makeAccount()
    const { readable, writable } = new IdentityTransformStream()
    const env: Env = { ...bindings, UPLOAD_SLOW_SECONDS: '0.1' }
    const asked = ask(env, `/api/v1/${mine.token}/upload`, { method: 'PUT', body: readable })
    const whole = largeCapture(10 * MIB)
    const writer = writable.getWriter()
    const steps = [400_000, 20_000, 20_000, 20_000, 90_000, 20_000, 20_000, 700_000, 30_000, 2_000_000, 5_000_000]
    let at = 0
    for (const step of [...steps, whole.length]) {
      await writer.write(whole.slice(at, at + step))
      at += step
      await scheduler.wait(130)
    }
    await writer.close()
    const { id } = (await (await asked).json()) as { id: string }
    const back = await request(`/api/v1/${mine.token}/download/${id}`)
    expect(Buffer.from(await back.arrayBuffer()).equals(Buffer.from(whole))).toBe(true)
  })

  it('is one of its account’s uploads while it lasts, and counts against its storage', async () => {
    const mine = await makeAccount()
    const { readable, writable } = new IdentityTransformStream()
    const env: Env = { ...bindings, UPLOAD_SLOW_SECONDS: '0.05' }
    const asked = ask(env, `/api/v1/${mine.token}/upload/live.pcap`, { method: 'PUT', body: readable })
    const writer = writable.getWriter()
    const whole = pcap([{ data: payload(60_000) }])
    for (let at = 0; at < 40_000; at += 10_000) {
      await writer.write(whole.slice(at, at + 10_000))
      await scheduler.wait(30)
    }
    await vi.waitUntil(async () => (await holdingsOf(mine.accountId)).rows === 1)
    const held = await holdingsOf(mine.accountId)
    expect([held.files, held.bytes >= 40_000, held.objects]).toEqual([1, true, 0])
    await writer.write(whole.slice(40_000))
    await writer.close()
    expect((await asked).status).toBe(200)
    expect(await holdingsOf(mine.accountId)).toEqual({ files: 1, bytes: whole.length, rows: 1, objects: 1 })
  })
})

it('a stream that ends well is no other than any', async () => {
  const mine = await makeAccount()
  const answer = await request(`/api/v1/${mine.token}/upload`, { method: 'PUT', body: streamOf(CAPTURE) })
  const { id } = (await answer.json()) as { id: string }
  expect([(await rowOf(id))?.brokenOff, (await infoOf(mine, (await parsed(id)).id)).truncated]).toEqual([null, 'No'])
})
