/**
 * Random schedules of a resumable upload: pieces from one byte to many parts, sent twice, out of order, broken off and with checksums,
 * while calls to the bindings fail, act late or are the last. Whatever happens, what is told is what is kept, byte for byte.
 * The long form is 1,000 schedules of 20 MB at most, an hour of them; so many from a first seed on are one run of it:
 * `TUS_FIRST=1 TUS_SCHEDULES=50 TUS_BYTES=20000000 npx vitest run --project worker test/worker/tus-schedules.test.ts`.
 */
import { createHash } from 'node:crypto'
import { expect, it, vi } from 'vitest'
import type { Env } from '../../src/store/env.ts'
import { faulty, MODES, type Mode, smallParts, wireBody } from '../support/faults.ts'
import { ask, begin, hasty, healthy, hex, inTurns, type World } from '../support/faults-walk.ts'
import { bindings, usageOf } from '../support/gateway.ts'
import { type Tus, tusOf } from '../support/tus.ts'
import { largeCapture } from '../support/uploads.ts'

const given = bindings as unknown as Record<'TUS_FIRST' | 'TUS_SCHEDULES' | 'TUS_BYTES', string>
/** Seed of the first one. */
const FIRST = Number(given.TUS_FIRST)
const SCHEDULES = Number(given.TUS_SCHEDULES)
/** Longest upload. Bytes; its parts are a sixteenth of it, 4096 at least. */
const MOST = Number(given.TUS_BYTES)

/** Numbers in [0, 1) that a seed determines: mulberry32. */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

const { bucket } = smallParts(bindings.CAPTURES)
const PARTS: Partial<Env> = {
  CAPTURES: bucket,
  PART_BYTES: String(Math.max(4096, MOST >> 4)),
  RESUME_LEASE_SECONDS: '0.2',
}
/** What lets nobody hold much memory: pieces that are not there at once are gathered in R2. */
const SLOW: Partial<Env> = { ...PARTS, PART_BYTES: String(Math.max(40_000, MOST >> 4)), UPLOAD_SLOW_SECONDS: '0.01' }
const whole = largeCapture(MOST)

/** One upload to its end. @returns how many requests it took, and its bytes */
async function run(seed: number): Promise<{ requests: number; length: number }> {
  const random = randomOf(seed)
  const below = (most: number) => Math.floor(random() * most)
  /** As often small as large. */
  const lengthUpTo = (most: number) => Math.max(1, Math.floor(most ** random()))
  const bytes = whole.slice(0, 24 + lengthUpTo(MOST - 24))
  const world: World = await begin()
  const isDeferred = random() < 0.3
  const parts = random() < 0.25 ? SLOW : PARTS
  const through = (env: Env): Tus => tusOf(world.account, {}, (path, init) => ask(env, path, init))
  const well = through({ ...healthy, ...parts })
  const made = await well.create(isDeferred ? null : bytes.length)
  const path = new URL(made.headers.get('location') ?? '').pathname
  let told = 0
  let requests = 0

  const patch = async (tus: Tus, offset: number, size: number) => {
    const piece = bytes.slice(offset, offset + size)
    const ending = random() < 0.15 ? 'reset' : 'whole'
    const sent = ending === 'reset' ? below(piece.length + 1) : piece.length
    const body = random() < 0.5 && ending === 'whole' ? piece : wireBody(piece, ending, sent, 1 + lengthUpTo(65_536))
    const headers: Record<string, string> = {}
    if (random() < 0.5) headers['Content-Length'] = String(piece.length)
    if (random() < 0.2) headers['Upload-Checksum'] = `sha1 ${createHash('sha1').update(piece).digest('base64')}`
    if (isDeferred && offset + size === bytes.length) headers['Upload-Length'] = String(bytes.length)
    requests++
    const answer = await tus.patch(path, offset, body, headers)
    if (answer.status === 204) expect(Number(answer.headers.get('upload-offset'))).toBeLessThanOrEqual(bytes.length)
    return answer
  }

  for (let turn = 0; turn < 300; turn++) {
    const head = await well.head(path)
    if (head.status === 423) continue
    expect(head.status, `${seed}: HEAD`).toBe(200)
    const offset = Number(head.headers.get('upload-offset'))
    expect(offset, `${seed}: an offset that was told is never taken back`).toBeGreaterThanOrEqual(told)
    told = offset
    if (head.headers.get('x-capture-id')) break
    const left = bytes.length - offset
    const size = Math.min(left, random() < 0.3 ? left : lengthUpTo(left))
    const faults = new Map<number, Mode>()
    const goesWrong = random() < 0.4 && turn < 60
    if (goesWrong) faults.set(below(14), MODES[below(MODES.length)] as Mode)
    const fault = faulty({ ...hasty, ...parts }, { faults })
    const tus = goesWrong ? through(fault.env) : well
    const work = [patch(tus, offset, size)]
    if (random() < 0.2) work.push(patch(well, offset, lengthUpTo(left))) // twice at once
    if (random() < 0.1) work.push(patch(well, below(bytes.length), lengthUpTo(left))) // out of order
    const answers = await Promise.race([Promise.allSettled(work), fault.death])
    await fault.settle()
    if (answers !== 'died')
      for (const answer of answers)
        if (answer.status === 'fulfilled' && answer.value.status === 204)
          told = Math.max(told, Number(answer.value.headers.get('upload-offset')))
    if (random() < 0.5) await fault.settleVeryLate()
    else void scheduler.wait(50 + below(200)).then(() => fault.settleVeryLate())
  }
  const got = await ask({ ...healthy, ...parts }, `/api/v1/${world.account.token}/download/${path.slice(7)}`)
  const body = await got.bytes()
  expect([seed, got.status, body.length]).toEqual([seed, 200, bytes.length])
  expect(hex('sha256', body), `${seed}: bytes`).toBe(hex('sha256', bytes))
  expect(await usageOf(world.account.accountId)).toEqual({ files: 1, bytes: bytes.length })
  return { requests, length: bytes.length }
}

it(`${SCHEDULES} random schedules from seed ${FIRST} on, up to ${MOST} bytes: never a wrong byte`, async () => {
  vi.spyOn(console, 'error').mockImplementation(() => undefined)
  const runs = await inTurns(
    Array.from({ length: SCHEDULES }, (_, at) => FIRST + at),
    run,
  )
  const sum = (of: 'requests' | 'length') => runs.reduce((total, { [of]: count }) => total + count, 0)
  console.log(
    `seeds ${FIRST} to ${FIRST + SCHEDULES - 1}: ${sum('requests')} PATCHes, ${sum('length')} bytes kept: no wrong byte`,
  )
}, 1_800_000)
