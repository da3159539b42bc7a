/** Every call of what makes a capture of others, with every fault; and who deletes meanwhile. docs/adr/0014. */
import { eq } from 'drizzle-orm'
import { describe, expect, it, vi } from 'vitest'
import { serverIn } from '../../src/store/audit.ts'
import { openStore } from '../../src/store/open.ts'
import { deleteCapture } from '../../src/store/removal.ts'
import { tokens } from '../../src/store/schema.ts'
import { hashToken } from '../../src/store/tokens.ts'
import { everyFaultPoint } from '../support/every-fault-point.ts'
import { faulty } from '../support/faults.ts'
import { askToMerge, MAKES, makeIt, sourceThere } from '../support/faults-makes.ts'
import { begin, clock, healthy, inTurns, look, mend, type World } from '../support/faults-walk.ts'
import { database, rowOf } from '../support/gateway.ts'

everyFaultPoint(MAKES, 240_000)

/** What is deleted or revoked right before, and right after, each call of a merge in parts. */
async function meanwhile(
  does: (world: World) => Promise<void>,
  then: (world: World, row: Awaited<ReturnType<typeof rowOf>>) => string[],
) {
  vi.spyOn(console, 'error').mockImplementation(() => undefined)
  const prepare = async (world: World) => {
    await sourceThere(world, healthy, 40)
    world.notes.set('id', (await askToMerge(world, healthy))?.acknowledged ?? '')
  }
  const world = await begin()
  await prepare(world)
  const { env, calls } = faulty(healthy)
  await makeIt(world.notes.get('id') ?? '', env)
  await mend()
  const points = [...calls.keys()].flatMap((at) => (['before', 'after'] as const).map((when) => ({ at, when })))
  const runs = await inTurns(points, async (point) => {
    const one = await begin()
    await prepare(one)
    const fault = faulty(healthy, { meanwhile: { ...point, does: () => does(one) } })
    await makeIt(one.notes.get('id') ?? '', fault.env)
    one.answered = true
    return { world: one, faults: new Map(), calls: fault.calls }
  })
  await mend()
  const violations: string[] = []
  for (const [i, found] of (await look({}, runs)).entries()) {
    const { at, when } = points[i] as (typeof points)[number]
    const run = runs[i] as (typeof runs)[number]
    const own = then(run.world, await rowOf(run.world.notes.get('id') ?? ''))
    const kept = found.violations.filter((text) => !EXPECTED.test(text))
    violations.push(...[...own, ...kept, ...found.orphans].map((text) => `${when} ${at} (${calls[at]}): ${text}`))
  }
  console.log(`deleted or revoked meanwhile: ${points.length} points, ${violations.length} violations`)
  return violations
}

/** A capture that could not be made is an `error` without bytes, which the look for what was sent does not know. */
const EXPECTED = /^(merged .* is error, not ok|the row says 0 bytes of|a row has no object|download: 404)/

describe('who deletes meanwhile wins', () => {
  const remove = async (world: World, name: string) => {
    const id = world.notes.get(name) ?? ''
    if (await deleteCapture(openStore(healthy), id, serverIn(world.account.accountId), clock())) world.gone.add(id)
  }

  it('the capture itself, at every point', { timeout: 240_000 }, async () => {
    const violations = await meanwhile(
      (world) => remove(world, 'id'),
      (_, row) => (row === undefined ? [] : [`it is there as ${row.state}`]),
    )
    expect(violations.slice(0, 10)).toEqual([])
  })

  it('one that it is made of, at every point: it is whole, or it is an error that says so', {
    timeout: 240_000,
  }, async () => {
    let failed = 0
    const violations = await meanwhile(
      (world) => remove(world, 'a.pcap'),
      (world, row) => {
        if (row?.state === 'ok' && row.size === world.sent.get(row.filename)?.bytes.length) return []
        failed++
        const words = `The capture ${world.notes.get('a.pcap')} was deleted before all was made that it was for.`
        if (row?.state === 'error' && row.size === 0 && row.failure?.message === words) return []
        return [`it is ${row?.state}: ${row?.failure?.message}`]
      },
    )
    expect(violations.slice(0, 10)).toEqual([])
    expect(failed).toBeGreaterThan(3)
  })

  it('the token, at every point: nothing is kept but the reason', { timeout: 240_000 }, async () => {
    const violations = await meanwhile(
      async (world) => {
        await database
          .update(tokens)
          .set({ revokedAt: 1 })
          .where(eq(tokens.hash, await hashToken(world.account.token)))
        const row = await rowOf(world.notes.get('id') ?? '')
        if (row?.state === 'uploading') world.notes.set('revoked', 'in time')
      },
      (world, row) => {
        const isKept = row?.state === 'ok' && row.size > 0
        if (isKept && world.notes.get('revoked') === undefined) return []
        return row?.state === 'error' && row.failure?.kind === 'revoked' ? [] : [`it is ${row?.state}`]
      },
    )
    expect(violations.slice(0, 10)).toEqual([])
  })
})
