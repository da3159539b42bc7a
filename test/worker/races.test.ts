/** Many at once: what only one may have, only one gets; who deletes or revokes meanwhile, wins. */
import { eq } from 'drizzle-orm'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { consume } from '../../src/parse/consumer.ts'
import { sweep } from '../../src/parse/sweep.ts'
import { openStore } from '../../src/store/open.ts'
import { accounts, captures, tokens } from '../../src/store/schema.ts'
import { batchOf, faulty } from '../support/faults.ts'
import { captureOf, jobOf, put, there, UPLOADS, type Way, WORK } from '../support/faults-flows.ts'
import { type Answer, ask, begin, clock, healthy, inTurns, look, mend, type World } from '../support/faults-walk.ts'
import { database, usageOf } from '../support/gateway.ts'

beforeAll(() => void vi.spyOn(console, 'error').mockImplementation(() => undefined))

const FORTY = Array.from({ length: 40 }, (_, at) => at)
const manyTries = { manyTries: true } as const

/** A world whose account has this plan. */
async function worldOf(plan: Partial<typeof accounts.$inferInsert>): Promise<World> {
  const world = await begin()
  await database.update(accounts).set(plan).where(eq(accounts.id, world.account.accountId))
  return world
}

/** What does not hold in a world, once everything has come to rest. */
async function violationsIn(world: World, flow: Parameters<typeof look>[0] = manyTries): Promise<string[]> {
  await mend()
  const [found] = await look(flow, [{ world, faults: new Map(), calls: [] }])
  return [...(found?.violations ?? ['nothing was found']), ...(found?.orphans ?? [])]
}

function noted(world: World, answers: Answer[]): number {
  for (const answer of answers) if (answer?.acknowledged) world.acknowledged.add(answer.acknowledged)
  world.answered = true
  return world.acknowledged.size
}

const WAYS: [string, Way][] = [
  ['PUT with a length', { packets: 3, length: true }],
  ['PUT of unknown length', { packets: 3 }],
  ['PUT of unknown length, in parts', { packets: 130 }],
]

describe('forty uploads at once', () => {
  it.each(WAYS)('%s: one place left, one gets it', async (_, way) => {
    const world = await worldOf({ filesLimit: 4 })
    for (const _first of [1, 2, 3]) noted(world, [await put(world, healthy, way)])
    const answers = await Promise.all(FORTY.map(() => put(world, healthy, way)))
    expect(answers.filter((answer) => answer !== null)).toHaveLength(1)
    expect(noted(world, answers)).toBe(4)
    expect((await usageOf(world.account.accountId)).files).toBe(4)
    expect(await violationsIn(world)).toEqual([])
  })

  it.each(WAYS.slice(0, 2))('%s: bytes for seven and a half, seven get them', async (_, way) => {
    const world = await begin()
    noted(world, [await put(world, healthy, way)])
    const { bytes } = await usageOf(world.account.accountId)
    await database
      .update(accounts)
      .set({ bytesLimit: Math.floor(8.5 * bytes) })
      .where(eq(accounts.id, world.account.accountId))
    const answers = await Promise.all(FORTY.map(() => put(world, healthy, way)))
    expect(answers.filter((answer) => answer !== null)).toHaveLength(7)
    expect(noted(world, answers)).toBe(8)
    expect(await usageOf(world.account.accountId)).toEqual({ files: 8, bytes: 8 * bytes })
    expect(await violationsIn(world)).toEqual([])
  })

  it('of unknown length, in parts: the bytes are never passed, not even while they come; who got them is whole', async () => {
    const size = captureOf(130).bytes.length
    const world = await worldOf({ bytesLimit: Math.floor(7.5 * size) })
    let most = 0
    const watch = setInterval(async () => {
      most = Math.max(most, (await usageOf(world.account.accountId)).bytes)
    }, 5)
    const answers = await Promise.all(FORTY.map(() => put(world, healthy, { packets: 130 })))
    clearInterval(watch)
    const won = noted(world, answers)
    expect(won).toBeLessThanOrEqual(7)
    expect(most).toBeLessThanOrEqual(7.5 * size)
    expect(await usageOf(world.account.accountId)).toEqual({ files: won, bytes: won * size })
    expect(await violationsIn(world)).toEqual([])
  })

  it.each(WAYS)('%s: of one Idempotency-Key make one capture', async (_, way) => {
    const world = await begin()
    const answers = await Promise.all(FORTY.map(() => put(world, healthy, { ...way, key: true })))
    expect(noted(world, answers)).toBe(1)
    expect(noted(world, [await put(world, healthy, { ...way, key: true })])).toBe(1)
    expect(await violationsIn(world, {})).toEqual([])
  })
})

describe('many that take more of the quota for one upload', () => {
  const store = openStore(healthy)
  async function begun(bytesLimit: number) {
    const { accountId } = (await worldOf({ bytesLimit })).account
    const id = crypto.randomUUID()
    const about = {
      id,
      accountId,
      objectKey: `captures/${accountId}/${id}/a`,
      filename: 'x.pcap',
      size: 100,
      wish: 100,
    }
    await store.captures.reserve({ ...about, visibility: null, idempotencyKey: null, now: clock() })
    return { id, accountId }
  }

  it('have it once, and it is charged once', async () => {
    const upload = await begun(1000)
    const grown = await Promise.all(FORTY.map(() => store.captures.extend(upload, 100, 50, clock())))
    expect(grown.filter((one) => one)).toHaveLength(1)
    expect(await usageOf(upload.accountId)).toEqual({ files: 1, bytes: 150 })
    expect(await store.captures.find(upload.id)).toMatchObject({ size: 150 })
    expect(await store.captures.extend(upload, 100, 50, clock())).toBe(false)
    expect(await store.captures.extend(upload, 150, 850, clock())).toBe(true)
    expect(await usageOf(upload.accountId)).toEqual({ files: 1, bytes: 1000 })
  })

  it('are charged nothing where the quota has no room', async () => {
    const upload = await begun(149)
    const grown = await Promise.all(FORTY.map(() => store.captures.extend(upload, 100, 50, clock())))
    expect(grown.filter((one) => one)).toEqual([])
    expect(await usageOf(upload.accountId)).toEqual({ files: 1, bytes: 100 })
    expect(await store.captures.extend(upload, 100, 49, clock())).toBe(true)
    expect(await usageOf(upload.accountId)).toEqual({ files: 1, bytes: 149 })
  })

  it('have it only while they hold the upload, where it is resumable', async () => {
    const upload = await begun(1000)
    const about = { ...upload, length: null, atMost: 1000, metadata: '', holder: 'a late one' }
    expect(await store.uploads.begin(about, clock() - 60_000)).toBe(true)
    const asked = { ...upload, offset: 0, length: null }
    expect((await store.uploads.claim(asked, 'the next', clock())).claimed).toBe(true)
    const by = (holder: string) => store.captures.extend({ ...upload, holder }, 100, 50, clock())
    expect(await Promise.all(FORTY.map((at) => by(at === 20 ? 'the next' : 'a late one')))).toEqual(
      FORTY.map((at) => at === 20),
    )
    expect(await usageOf(upload.accountId)).toEqual({ files: 1, bytes: 150 })
  })
})

describe('many at once', () => {
  it('deletions of one capture: one does it, and its quota goes back once', async () => {
    const world = await begin()
    const id = await there(world, healthy)
    const path = `/api/v1/${world.account.token}/delete/${id}`
    const answers = await Promise.all(FORTY.map(() => ask(healthy, path, { method: 'POST' })))
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, ...FORTY.slice(1).map(() => 404)])
    world.gone.add(id)
    world.answered = true
    expect(await usageOf(world.account.accountId)).toEqual({ files: 0, bytes: 0 })
    expect(await violationsIn(world)).toEqual([])
  })

  it('deliveries of one job: one parses', async () => {
    const world = await begin()
    const id = await there(world, healthy, 'traffic.pcap', false)
    const { env, calls } = faulty(healthy)
    await Promise.all(FORTY.map(() => consume(batchOf([jobOf(id)]).batch, openStore(env), clock)))
    expect(calls.filter((name) => name === 'R2 get')).toHaveLength(2) // the file, and what it is found by
    noted(world, [{ acknowledged: id }])
    expect(await violationsIn(world)).toEqual([])
  })

  it('sweeps: the doomed are taken away once', async () => {
    const world = await begin()
    for (const at of FORTY.slice(0, 10)) {
      const id = await there(world, healthy, `${at}.pcap`)
      world.gone.add(id)
      await openStore(healthy).captures.doom(id, ['ok'], world.account.accountId, clock())
    }
    noted(world, [{ acknowledged: await there(world, healthy) }])
    await Promise.all([1, 2, 3, 4].map(() => sweep(openStore(healthy), clock)))
    expect((await usageOf(world.account.accountId)).files).toBe(1)
    expect(await violationsIn(world)).toEqual([])
  })
})

describe('a deletion during a parse wins', () => {
  const PARSES = WORK.filter(({ name }) => /^parse($| in parts| of )/.test(name))

  it.each(PARSES.map((flow) => [flow.name, flow] as const))(
    'before and after every call of: %s',
    async (_, flow) => {
      const plain = faulty(healthy)
      await flow.act(await begin(flow), plain.env)
      const points = [...plain.calls.keys()]
        .flatMap((at) => (['before', 'after'] as const).map((when) => ({ at, when })))
        .filter(({ at, when }) => when === 'before' || plain.calls[at] !== 'R2 body') // not each is read to its end
      const worlds = await inTurns(points, async ({ at, when }) => {
        const world = await begin(flow)
        const id = world.notes.get('id') ?? ''
        let status = 0
        const does = async () => {
          status = (await ask(healthy, `/api/v1/${world.account.token}/delete/${id}`, { method: 'POST' })).status
        }
        await flow.act(world, faulty(healthy, { meanwhile: { at, when, does } }).env)
        expect(status).toBe(200)
        const again = await ask(healthy, `/api/v1/${world.account.token}/info/${id}`)
        expect(again.status).toBe(404)
        world.gone.add(id)
        world.answered = true
        return world
      })
      await mend()
      const found = await look(
        {},
        worlds.map((world) => ({ world, faults: new Map(), calls: [] })),
      )
      console.log(`delete during ${flow.name}: ${points.length} points walked`)
      expect(found.flatMap(({ violations, orphans }) => [...violations, ...orphans])).toEqual([])
    },
    240_000,
  )
})

describe('a token revoked during an upload wins', () => {
  it.each(UPLOADS.map((flow) => [flow.name, flow] as const))('at every call of %s', async (_, flow) => {
    const plain = faulty(healthy)
    await flow.act(await begin(), plain.env)
    const commit = plain.calls.indexOf('queue send') - 1
    expect(plain.calls[commit]).toMatch(/UPDATE captures/)
    const points = Array.from({ length: commit + 1 }, (_, at) => at)
    const worlds = await inTurns(points, async (at) => {
      const world = await begin()
      const does = async () => {
        await database.update(tokens).set({ revokedAt: 1 }).where(eq(tokens.accountId, world.account.accountId))
      }
      expect(await flow.act(world, faulty(healthy, { meanwhile: { at, when: 'before', does } }).env)).toBe(null)
      return world
    })
    const found = await look(
      { refused: true },
      worlds.map((world) => ({ world, faults: new Map(), calls: [] })),
    )
    console.log(`token revoked during ${flow.name}: ${points.length} points walked`)
    expect(found.flatMap(({ violations, orphans }) => [...violations, ...orphans])).toEqual([])
    const rows = await database.select({ id: captures.id, accountId: captures.accountId }).from(captures)
    expect(rows.filter((row) => worlds.some((world) => world.account.accountId === row.accountId))).toEqual([])
  })
})
