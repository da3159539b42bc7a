import type { Miniflare } from 'miniflare'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { startCron } from '../../ops/local-server.ts'
import { readProject } from '../../ops/wrangler.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A server that writes down which cron lines it ran, each run taking so many milliseconds. */
function recorder(takes = 0) {
  const runs: string[] = []
  const scheduled = async ({ cron }: { cron: string }) => {
    runs.push(cron)
    if (takes) await new Promise((done) => setTimeout(done, takes))
  }
  const miniflare = { getWorker: async () => ({ scheduled }) } as unknown as Pick<Miniflare, 'getWorker'>
  const count = (cron: string) => runs.filter((run) => run === cron).length
  return { miniflare, count }
}

describe('the cron of npm start', () => {
  it('runs the lines of wrangler.toml at once, the first every 5 s, the others every 10 minutes, until its end', async () => {
    const { crons } = (await readProject()).triggers
    const [first = '', ...others] = crons
    expect(others).not.toEqual([])
    const { miniflare, count } = recorder()
    const end = startCron(miniflare, crons)
    await vi.advanceTimersByTimeAsync(0)
    expect(crons.map(count)).toEqual(crons.map(() => 1))
    await vi.advanceTimersByTimeAsync(600_000)
    expect([count(first), ...others.map(count)]).toEqual([121, ...others.map(() => 2)])
    end()
    await vi.advanceTimersByTimeAsync(600_000)
    expect(count(first)).toBe(121)
  })

  it('does not double a run that takes longer than its turn', async () => {
    const { miniflare, count } = recorder(12_000)
    const end = startCron(miniflare, ['* * * * *'])
    await vi.advanceTimersByTimeAsync(14_900)
    expect(count('* * * * *')).toBe(1)
    await vi.advanceTimersByTimeAsync(200)
    expect(count('* * * * *')).toBe(2)
    end()
  })
})
