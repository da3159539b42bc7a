/** Every call of the trash, with every fault; and who deletes and takes back while a parse is under way. docs/adr/0022. */
import { describe, expect, it, vi } from 'vitest'
import { consume } from '../../src/parse/consumer.ts'
import { openStore } from '../../src/store/open.ts'
import { everyFaultPoint } from '../support/every-fault-point.ts'
import { batchOf, faulty } from '../support/faults.ts'
import { jobOf, there } from '../support/faults-flows.ts'
import { putBack, putIn, TRASH } from '../support/faults-trash.ts'
import { begin, healthy, inTurns, look, mend, type World } from '../support/faults-walk.ts'
import { rowOf } from '../support/gateway.ts'

everyFaultPoint(TRASH)

/** A parse, and what happens right before, and right after, each of its calls. */
async function meanwhile(does: (world: World) => Promise<void>, ends: 'trashed' | 'ok'): Promise<string[]> {
  vi.spyOn(console, 'error').mockImplementation(() => undefined)
  const start = async () => {
    const world = await begin()
    world.notes.set('id', await there(world, healthy, 'traffic.pcap', false))
    world.answered = true
    return world
  }
  const parse = (world: World, env: typeof healthy) =>
    consume(batchOf([jobOf(world.notes.get('id') ?? '')]).batch, openStore(env), Date.now)
  const { env, calls } = faulty(healthy)
  await parse(await start(), env)
  const points = [...calls.keys()].flatMap((at) => (['before', 'after'] as const).map((when) => ({ at, when })))
  const runs = await inTurns(points, async (point) => {
    const world = await start()
    if (ends === 'trashed') world.trashed.add(world.notes.get('id') ?? '')
    const fault = faulty(healthy, { meanwhile: { ...point, does: () => does(world) } })
    await parse(world, fault.env)
    return { world, faults: new Map(), calls: fault.calls }
  })
  await mend()
  const violations: string[] = []
  for (const [i, found] of (await look({}, runs)).entries()) {
    const { at, when } = points[i] as (typeof points)[number]
    const row = await rowOf(runs[i]?.world.notes.get('id') ?? '')
    const own = row?.state === ends ? [] : [`it is ${row?.state}`]
    violations.push(
      ...[...own, ...found.violations, ...found.orphans].map((text) => `${when} ${at} (${calls[at]}): ${text}`),
    )
  }
  console.log(`meanwhile, to ${ends}: ${points.length} points, ${violations.length} violations`)
  return violations
}

describe('while a parse is under way', () => {
  it('what is deleted stays deleted, whole', async () => {
    expect(await meanwhile(async (world) => void (await putIn(world, healthy)), 'trashed')).toEqual([])
  }, 120_000)

  it('what is deleted and taken back is parsed to its end', async () => {
    const both = async (world: World) => {
      await putIn(world, healthy)
      await putBack(world, healthy)
    }
    expect(await meanwhile(both, 'ok')).toEqual([])
  }, 120_000)
})
