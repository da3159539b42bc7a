/** Searches in an account of 100,000 captures: what they read in both databases does not grow with it. */
import { beforeAll, describe, expect, it } from 'vitest'
import type { Env } from '../../src/store/env.ts'
import { bindings, makeAccount, type TestAccount } from '../support/gateway.ts'
import { direct, metered } from '../support/metering.ts'

const MANY = 100_000
/** The first was uploaded on 1 January 2026, each later one 4 minutes after the one before. */
const FIRST = Date.UTC(2026, 0, 1)
const STEP = 240_000

const COUNTED = `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${MANY - 1})`
const ID = `printf('%08x-0000-4000-8000-%012x', (i * 2654435761) % 4294967296, i)`
const PLACE = `printf('%011x%08x000040008000%012x', ${FIRST} + i * ${STEP}, (i * 2654435761) % 4294967296, i)`

/**
 * Of capture number i the address 10.0.(i/256 % 256).(i % 256); 10.9.9.9 of every 5,000th; port 443 of all; the words `capture`
 * and the number; the tag `lab` of every tenth, `rare` of every 5,000th.
 */
const TERMS: [term: string, where: string][] = [
  [`'a'`, '1'],
  [`'sok'`, '1'],
  [`'wcapture'`, '1'],
  [`printf('w%06d', i)`, '1'],
  [`'fcap'`, '1'],
  [`'f' || substr(printf('%06d', i), 1, 3)`, '1'],
  [`'f' || substr(printf('%06d', i), 4, 3)`, '1'],
  [`'p01bb'`, '1'],
  [`'i4/8:0a'`, '1'],
  [`printf('i4/32:0a00%04x', i % 65536)`, '1'],
  [`printf('c4/32:01bb:0a00%04x', i % 65536)`, '1'],
  [`'i4/32:0a090909'`, 'i % 5000 = 0'],
  [`'c4/32:01bb:0a090909'`, 'i % 5000 = 0'],
  [`'tlab'`, 'i % 10 = 0'],
  [`'trare'`, 'i % 5000 = 0'],
]

let account: TestAccount

beforeAll(async () => {
  account = await makeAccount({ filesLimit: 1_000_000 })
  const columns = 'id, account_id, state, filename, size, visibility, tags, comments, object_key, created_at'
  await bindings.DB.prepare(
    `${COUNTED} INSERT INTO captures (${columns})
     SELECT ${ID}, ?, 'ok', printf('capture-%06d.pcap', i), 1000, 'private',
       CASE WHEN i % 5000 = 0 THEN '["lab","rare"]' WHEN i % 10 = 0 THEN '["lab"]' ELSE '[]' END, '', 'k' || i, ${FIRST} + i * ${STEP} FROM n`,
  )
    .bind(account.accountId)
    .run()
  for (const [term, where] of TERMS)
    await bindings.SEARCH.prepare(
      `${COUNTED} INSERT OR IGNORE INTO terms (account_id, term, place) SELECT ?, ${term}, ${PLACE} FROM n WHERE ${where}`,
    )
      .bind(account.accountId)
      .run()
  await bindings.SEARCH.prepare(
    `${COUNTED} INSERT INTO documents (capture_id, account_id, place, version, indexed, total, terms)
     SELECT ${ID}, ?, ${PLACE}, 1, 9, 9, '[]' FROM n`,
  )
    .bind(account.accountId)
    .run()
}, 180_000)

/** What one search finds, and reads in both databases. */
async function cost(path: string, headers: Record<string, string> = {}) {
  const [main, index] = [metered(bindings.DB), metered(bindings.SEARCH)]
  const change: Partial<Env> = { DB: main.db, SEARCH: index.db }
  const began = performance.now()
  const answer = await direct(path, { headers }, change)
  const took = performance.now() - began
  expect(answer.status, await answer.clone().text()).toBe(200)
  const { captures } = (await answer.json()) as { captures: { id: string; filename: string }[] }
  const rows = main.meter.rowsRead + index.meter.rowsRead
  return { captures, rows, took, statements: [...main.meter.statements, ...index.meter.statements].join('\n') }
}

const DATE = new Date(FIRST + (MANY - 1) * STEP).toISOString().slice(0, 10)

const SEARCHES: [what: string, q: string, found: number][] = [
  ['the list', '', 50],
  ['a tag of every tenth', 'tag:lab', 50],
  ['a tag of twenty', 'tag:rare', 20],
  ['an address of twenty', 'ip:10.9.9.9', 20],
  ['an address and a port', 'ip:10.9.9.9 port:443', 20],
  ['an address of one or two', 'ip:10.0.1.2', 2],
  ['a network that all have', 'ip:10.0.0.0/8', 50],
  ['a word that all have', 'capture', 50],
  ['a word that one has', '004711', 1],
  ['a rare tag and what all have', 'port:443 capture tag:rare status:ok', 20],
  ['what twenty have, but not the rest', '-tag:x tag:rare', 20],
  ['a part of a name', 'name:099', 50],
  ['nothing', 'tag:none', 0],
  ['a day of uploads', `uploaded:${DATE}`, 50],
  ['an address on a day', `ip:10.9.9.9 uploaded:2026-01-01..2026-02-01`, 3],
]

describe(`among ${MANY} captures`, () => {
  it.each(SEARCHES)(
    '%s reads at most 10 rows for each that is found, 4 more for each further part, and 20',
    async (_, q, found) => {
      const { captures, rows, statements } = await cost(
        `/api/v2/search?q=${encodeURIComponent(q)}&limit=50`,
        account.bearer,
      )
      expect(captures.length).toBe(found)
      const each = 6 + 4 * Math.max(1, q.split(' ').length)
      expect(rows, statements).toBeLessThanOrEqual(each * captures.length + 20)
    },
  )

  it('CloudShark’s list, its tags and names do, too', async () => {
    for (const query of ['', 'search[tags][]=lab', 'search[filename]=099', 'search[date]=9/1/2026-9/2/2026']) {
      const { captures, rows, statements } = await cost(`/api/v1/${account.token}/search?${query}`)
      expect(captures.length, query).toBe(100)
      expect(rows, statements).toBeLessThanOrEqual(10 * captures.length + 20)
    }
  })

  it('what can be found nowhere ends, with a place to go on from', async () => {
    const { rows, took } = await cost('/api/v2/search?q=tag:lab+tag:rare+-status:ok', account.bearer)
    expect(rows).toBeLessThan(1000)
    expect(took).toBeLessThan(5000)
    const disjoint = await cost(`/api/v2/search?q=ip:10.0.0.1+004711`, account.bearer)
    expect(disjoint.captures).toEqual([])
  })

  it('takes some milliseconds', async () => {
    const figures: string[] = []
    for (const [what, q] of SEARCHES) {
      const times: number[] = []
      for (let turn = 0; turn < 15; turn++)
        times.push((await cost(`/api/v2/search?q=${encodeURIComponent(q)}&limit=50`, account.bearer)).took)
      const [half = 0] = times.sort((a, b) => a - b).slice(7)
      const { rows } = await cost(`/api/v2/search?q=${encodeURIComponent(q)}&limit=50`, account.bearer)
      figures.push(`${what}: ${rows} rows read, p50 ${half.toFixed(0)} ms`)
      expect(half, what).toBeLessThan(250) // on a machine that does much else; alone it is a tenth of that
    }
    console.log(figures.join('\n'))
  }, 60_000)
})
