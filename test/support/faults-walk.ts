/** Walks every fault point of a flow, mends what is left, and looks whether everything that must hold holds. */

import { createHash } from 'node:crypto'
import { inArray } from 'drizzle-orm'
import { vi } from 'vitest'
import { app } from '../../src/app.ts'
import { consumeFetches } from '../../src/ingest/fetch-consumer.ts'
import { consume } from '../../src/parse/consumer.ts'
import { reconcile } from '../../src/parse/reconcile.ts'
import { sweep } from '../../src/parse/sweep.ts'
import type { Env } from '../../src/store/env.ts'
import { derivedKeysFor, isCheckpoint, isTail } from '../../src/store/objects.ts'
import { openStore } from '../../src/store/open.ts'
import { accounts, captures, quarantine } from '../../src/store/schema.ts'
import { versionOf } from '../../src/store/search-index.ts'
import { batchOf, doubledAndShuffled, type Faulty, faulty, MODES, type Mode, postbox, smallParts } from './faults.ts'
import { outside } from './faults-net.ts'
import { bindings, database, makeAccount, ORIGIN, type TestAccount } from './gateway.ts'

/** What a capture that was sent must turn out to be. */
export interface Sent {
  bytes: Uint8Array
  packets: number
  tags?: string[]
  /** `null`: it was taken away again. */
  keylog?: string | null
}

/** One account and what was done to it. */
export interface World {
  account: TestAccount
  /** What was sent, by filename. */
  sent: Map<string, Sent>
  /** Ids of captures that must be there in the end. */
  acknowledged: Set<string>
  /** Ids of captures that must not be there in the end. */
  gone: Set<string>
  /** Ids of captures that end as `error`, though their bytes are there. */
  failed: Set<string>
  /** Ids of captures that end in the trash. */
  trashed: Set<string>
  /** What a flow has noted for itself. */
  notes: Map<string, string>
  /** The caller has had its answer. */
  answered: boolean
}

/** What the caller got to know. `null`: nothing, or a failure. */
export type Answer = { acknowledged?: string; gone?: string } | null

export interface Flow {
  name: string
  /** What is there before; the bindings are healthy. */
  prepare?(world: World, env: Env): Promise<void>
  /** The flow itself, against the fault; and again, healthy, while there is no answer. */
  act(world: World, env: Env): Promise<Answer>
  /** It works on the whole store: nothing else goes on meanwhile. */
  alone?: true
  /** It is never answered with success, and nothing of it may be kept. */
  refused?: true
  /** Each try may leave a capture behind, whole; else there is one. */
  manyTries?: true
  /** Who gets no answer does not try again. */
  givesUp?: true
  /** What else must hold in the end. @returns what does not */
  check?(world: World): Promise<string[]>
}

export interface Walked {
  flow: string
  /** Names of the calls where nothing goes wrong. */
  calls: string[]
  points: number
  /** Points that were walked. */
  walked: number
  violations: string[]
  /** Objects that landed after their row had gone, all of them in quarantine; and what `reconcile` may delete, all of it deleted. */
  orphans: number
}

const HOUR = 3_600_000
/** A walk of more points takes a seventh of them each day, of every call and every mode some, and so all in a week. */
const LONG = 100
const TODAY = Math.floor(Date.now() / (24 * HOUR)) % 7
const { PCAPORT_LONG } = bindings as { PCAPORT_LONG?: string }
const box = postbox()
const { bucket, unfinished } = smallParts(bindings.CAPTURES)

/** Bindings that work, with parts of 4096 bytes and a queue that waits to be delivered. */
export const healthy: Env = {
  ...bindings,
  CAPTURES: bucket,
  PARSE: box.queue,
  FETCHES: box.queue,
  BINDING_DEADLINE_SECONDS: '20',
  UPLOAD_IDLE_SECONDS: '20',
  FETCH_IDLE_SECONDS: '20',
  PART_BYTES: '4096',
  RESUME_SECONDS: '3600',
}

/** The same, in a hurry: what does not answer ends soon. */
export const hasty: Env = {
  ...healthy,
  BINDING_DEADLINE_SECONDS: '0.1',
  UPLOAD_IDLE_SECONDS: '2',
  RESUME_LEASE_SECONDS: '0.3',
}

let ahead = 0
/** The clock of what mends: it goes ahead by hours. */
export const clock = () => Date.now() + ahead

/** Send a request to the app with these bindings, and wait for what it leaves running. */
export async function ask(env: Env, path: string, init: RequestInit = {}): Promise<Response> {
  const running: Promise<unknown>[] = []
  const context = { waitUntil: (work: Promise<unknown>) => void running.push(work), passThroughOnException() {} }
  const answer = await app.fetch(new Request(ORIGIN + path, init), env, context as unknown as ExecutionContext)
  const body = await answer.bytes()
  await Promise.allSettled(running)
  return new Response(body.length > 0 ? body : null, answer)
}

/**
 * Walk each call of a flow with each fault.
 * @param options.pairs also two faults, one soon after the other
 */
export async function walk(flow: Flow, { modes = MODES as readonly Mode[], pairs = false } = {}): Promise<Walked> {
  vi.spyOn(console, 'error').mockImplementation(() => undefined) // what is planted is told to the log
  const { calls, violations } = await withoutFault(flow)
  const all = [...calls.keys()].flatMap((at) =>
    modes
      .filter((mode) => mode !== 'dies after' || at === calls.length - 1) // else the next call's `dies before`
      .map((mode) => new Map([[at, mode]])),
  )
  if (pairs) all.push(...pairsOf(calls.length))
  const plans = PCAPORT_LONG || all.length <= LONG ? all : all.filter((_, at) => at % 7 === TODAY)
  let orphans = 0
  const size = flow.alone ? 1 : 128
  for (let at = 0; at < plans.length; at += size) {
    const found = await together(flow, calls, plans.slice(at, at + size))
    violations.push(...found.violations)
    orphans += found.orphans
  }
  return { flow: flow.name, calls, points: all.length, walked: plans.length, violations, orphans }
}

function pairsOf(calls: number): Map<number, Mode>[] {
  const plans: Map<number, Mode>[] = []
  for (let at = 0; at < calls; at++)
    for (const after of [1, 2, 3])
      for (const first of ['refused', 'answer lost'] as const)
        for (const second of ['refused', 'answer lost', 'dies before'] as const)
          plans.push(new Map<number, Mode>([[at, first], [at + after, second]])) // biome-ignore format: a pair
  return plans
}

/** The line that a walk prints. */
export function report({ flow, calls, points, walked, violations, orphans }: Walked): string {
  const kept = orphans > 0 ? `, ${orphans} late objects reconciled` : ''
  const part = walked < points ? `${walked} of ${points}` : points
  return `${flow}: ${calls.length} calls, ${part} fault points walked, ${violations.length} violations${kept}`
}

async function withoutFault(flow: Flow): Promise<{ calls: string[]; violations: string[] }> {
  const world = await begin(flow)
  const { env, calls } = faulty(healthy)
  const answer = await flow.act(world, env)
  const inFlow = [...calls]
  if ((answer === null) === !flow.refused) throw new Error(`${flow.name} does not work: ${inFlow.join(', ')}`)
  note(world, answer)
  await mend()
  const [found] = await look(flow, [{ world, faults: new Map(), calls }])
  return {
    calls: inFlow,
    violations: (found?.violations ?? []).map((text) => `${flow.name}, without a fault: ${text}`),
  }
}

/** A flow against some plans at once, each in an account of its own. */
async function together(flow: Flow, calls: string[], plans: Map<number, Mode>[]) {
  const runs = await inTurns(plans, async (faults) => {
    const world = await begin(flow)
    const fault: Faulty = faulty(hasty, { faults })
    const answer = await Promise.race([flow.act(world, fault.env).catch(() => null), fault.death])
    note(world, answer === 'died' ? null : answer)
    await fault.settle()
    return { world, faults, fault, calls: fault.calls }
  })
  const retry = () =>
    inTurns(runs, async ({ world }) => {
      if (!world.answered && !flow.refused && !flow.givesUp) note(world, await flow.act(world, healthy))
    })
  await retry()
  await mend()
  await retry()
  await mend()
  await inTurns(runs, ({ fault }) => fault.settleVeryLate())
  await mend()
  const violations: string[] = []
  const found = await look(flow, runs)
  for (const [at, { faults, calls: made }] of runs.entries()) {
    const where = [...faults].map(([call, mode]) => `${mode} at ${call} (${made[call] ?? calls[call]})`).join(', ')
    violations.push(...(found[at]?.violations ?? []).map((text) => `${flow.name}, ${where}: ${text}`))
  }
  const orphans = found.flatMap((one) => one.orphans)
  if (orphans.length > 0) violations.push(...(await notReconciled(orphans)).map((key) => `reconcile leaves ${key}`))
  await forget(runs.map(({ world }) => world))
  return { violations, orphans: orphans.length }
}

function note(world: World, answer: Answer): void {
  if (answer === null) return
  world.answered = true
  if (answer.acknowledged) world.acknowledged.add(answer.acknowledged)
  if (answer.gone) world.gone.add(answer.gone)
}

/** A new world, with what a flow needs. */
export async function begin(flow: Pick<Flow, 'prepare'> = {}): Promise<World> {
  const world: World = {
    account: await makeAccount(),
    sent: new Map(),
    acknowledged: new Set(),
    gone: new Set(),
    failed: new Set(),
    trashed: new Set(),
    notes: new Map(),
    answered: false,
  }
  await flow.prepare?.(world, healthy)
  return world
}

/** Deliver and sweep, hours apart, until nothing is left to do: each message twice, out of order. */
export async function mend(): Promise<void> {
  const store = openStore(healthy)
  for (let round = 0; round < 60; round++) {
    await inTurns(doubledAndShuffled(box.jobs.splice(0)), async (job) => {
      await consumeFetches(batchOf([job]).batch, store, outside, clock)
      await consume(batchOf([job]).batch, store, clock)
    })
    ahead += 2 * HOUR
    const { looked } = await sweep(store, clock)
    if (looked === 0 && box.jobs.length === 0) return
  }
  throw new Error('the store does not come to rest')
}

export interface Looked {
  violations: string[]
  /** Keys of objects, and `index/` with ids, that no row knows, where a late act explains them. */
  orphans: string[]
}

/** What does not hold in worlds that have come to rest. */
export async function look(
  flow: Pick<Flow, 'refused' | 'manyTries' | 'givesUp' | 'check'>,
  runs: { world: World; faults: ReadonlyMap<number, Mode>; calls: string[] }[],
): Promise<Looked[]> {
  const ids = runs.map(({ world }) => world.account.accountId)
  const rows = new Map<number, (typeof captures.$inferSelect)[]>(ids.map((id) => [id, []]))
  const plans = new Map<number, typeof accounts.$inferSelect>()
  for (let at = 0; at < ids.length; at += 90) {
    const some = ids.slice(at, at + 90)
    for (const row of await database.select().from(captures).where(inArray(captures.accountId, some)))
      rows.get(row.accountId)?.push(row)
    for (const account of await database.select().from(accounts).where(inArray(accounts.id, some)))
      plans.set(account.id, account)
  }
  const objects = (await Promise.all(['captures/', 'summaries/', 'keylogs/'].map(keysUnder))).flat()
  const documents = await documentsOf(ids)
  return inTurns(runs, ({ world, faults, calls }) => {
    const { accountId } = world.account
    const account = plans.get(accountId)
    const own = objects.filter((key) => key.split('/')[1] === String(accountId))
    const holdings = {
      rows: rows.get(accountId) ?? [],
      files: account?.files,
      bytes: account?.bytes,
      objects: own,
      documents: documents.filter((document) => document.accountId === accountId),
    }
    return lookAt(flow, world, holdings, faults, calls)
  })
}

interface Holdings {
  rows: (typeof captures.$inferSelect)[]
  /** What the quota says. */
  files: number | undefined
  bytes: number | undefined
  /** Keys of captures and of summaries. */
  objects: string[]
  documents: Indexed[]
}

async function lookAt(
  flow: Pick<Flow, 'refused' | 'manyTries' | 'givesUp' | 'check'>,
  world: World,
  { rows, files, bytes, objects, documents }: Holdings,
  faults: ReadonlyMap<number, Mode>,
  calls: string[],
): Promise<Looked> {
  const violations: string[] = []
  const wrong = (text: string) => void violations.push(text)
  const ids = new Set(rows.map((row) => row.id))
  for (const id of world.acknowledged) if (!ids.has(id) && !world.gone.has(id)) wrong(`acknowledged ${id} is lost`)
  for (const id of world.gone) if (ids.has(id)) wrong(`${id} is still there`)
  if (!world.answered && !flow.refused && !flow.givesUp) wrong('there is no success, however often it is tried')
  if (flow.refused && rows.length > 0) wrong('what was refused was kept')
  if (!flow.manyTries && rows.length > world.sent.size) wrong(`${rows.length} captures of ${world.sent.size}`)
  const sum = rows.reduce((total, row) => total + row.size + (row.keylogSize ?? 0), 0)
  if (files !== rows.length || bytes !== sum)
    wrong(`the quota says ${files} files, ${bytes} bytes; there are ${rows.length}, ${sum}`)
  for (const row of rows) violations.push(...(await faultsOfRow(world, row, objects)))
  violations.push(...((await flow.check?.(world)) ?? []))
  for (const row of rows) {
    const document = documents.find(({ id }) => id === row.id)
    if (row.state === 'trashed') continue
    if (document === undefined || document.version < versionOf(row, true)) wrong(`${row.filename} is not indexed`)
    else if (document.terms !== document.indexed) wrong(`${document.terms} terms of ${document.indexed}`)
  }
  const indexedLate = [...faults].some(([at, mode]) => mode.startsWith('acts ') && /terms/.test(calls[at] ?? ''))
  const strays = documents.filter(({ id }) => !ids.has(id)).map(({ id }) => `index/${id}`)
  if (!indexedLate) for (const stray of strays) wrong(`${stray} has no row`)

  const derived = rows.filter((row) => row.summaryKey !== null)
  const explained = new Set([
    ...rows.flatMap((row) => [row.objectKey, row.keylogKey ?? row.objectKey]),
    ...derived.flatMap((row) => keptKeysOf(row)),
  ])
  const trashed = new Set(rows.flatMap(({ id, state }) => (state === 'trashed' ? id : []))) // what a parse has left may serve again
  const orphans = objects.filter((key) => !explained.has(key) && !trashed.has(key.split('/')[2] ?? ''))
  const isOldKeylog = (key: string) => key.startsWith('keylogs/') && ids.has(key.split('/')[2] ?? '')
  // Only bytes that landed when their row had gone may be left: R2 acted after it had not answered in time.
  const landedLate = [...faults].some(
    ([at, mode]) => mode.startsWith('acts ') && ['R2 put', 'R2 complete'].includes(calls[at] ?? ''),
  )
  for (const key of orphans)
    if (!isPassing(key) && !(landedLate && /^(captures|keylogs)\//.test(key)) && !isOldKeylog(key))
      wrong(`${key} has no row`)
  // Only a multipart upload whose id did not come to the row may be left: R2 lets it go after seven days.
  const began = calls.indexOf('R2 createMultipartUpload')
  const told = began >= 0 && !faults.has(began) && !faults.has(began + 1)
  const left = [...unfinished.values()].filter((key) => key.split('/')[1] === String(world.account.accountId))
  const oneLost = faults.has(began) || faults.get(began + 1) === 'dies before' || (faults.size > 1 && !told)
  if (left.length > (oneLost ? 1 : 0)) wrong('a multipart upload is left unfinished')
  return { violations, orphans: [...orphans, ...strays] }
}

/** A document, and how many terms really stand at its place. */
interface Indexed {
  id: string
  accountId: number
  version: number
  indexed: number
  terms: number
}

async function documentsOf(accountIds: number[]): Promise<Indexed[]> {
  const { results } = await bindings.SEARCH.prepare(
    `SELECT capture_id AS id, account_id AS accountId, version, indexed, (
        SELECT COUNT(*) FROM json_each(documents.terms) AS one
        JOIN terms ON terms.account_id = documents.account_id AND term = one.value AND terms.place = documents.place) AS terms
      FROM documents WHERE account_id IN (SELECT value FROM json_each(?))`,
  )
    .bind(JSON.stringify(accountIds))
    .all<Indexed>()
  return results
}

async function faultsOfRow(world: World, row: typeof captures.$inferSelect, objects: string[]): Promise<string[]> {
  const violations: string[] = []
  const wrong = (text: string) => void violations.push(text)
  const sent = world.sent.get(row.filename)
  if (!sent) return [`nobody sent ${row.filename}`]
  if (world.trashed.has(row.id)) return faultsOfTrashed(world, row, objects)
  const state = world.failed.has(row.id) ? 'error' : 'ok'
  if (row.state !== state) wrong(`${row.filename} is ${row.state}, not ${state}: ${row.failure?.message}`)
  if (row.leaseUntil !== null || row.dueAt !== null || row.uploadId !== null) wrong('a lease or a time is left over')
  if (row.size !== sent.bytes.length) wrong(`the row says ${row.size} bytes of ${sent.bytes.length}`)
  if (!objects.includes(row.objectKey)) wrong('a row has no object')
  if (sent.keylog !== undefined) {
    const kept = row.keylogKey === null ? null : await bindings.CAPTURES.get(row.keylogKey)
    if (((await kept?.text()) ?? null) !== sent.keylog) wrong('its key log is not the one that was sent')
  }
  const got = await ask(healthy, `/api/v1/${world.account.token}/download/${row.id}`)
  const body = await got.bytes()
  if (got.status !== 200 || hex('sha256', body) !== hex('sha256', sent.bytes))
    wrong(`download: ${got.status}, ${body.length} bytes of ${sent.bytes.length}`)
  if (row.state !== 'ok') return violations
  if (row.facts?.packets !== sent.packets) wrong(`${row.facts?.packets} packets of ${sent.packets}`)
  for (const algorithm of ['sha256', 'sha1', 'md5'] as const)
    if (row[algorithm] !== hex(algorithm, sent.bytes)) wrong(`${algorithm} is wrong`)
  if (JSON.stringify(row.tags) !== JSON.stringify(sent.tags ?? [])) wrong(`tags are ${row.tags}`)
  const summary = row.summaryKey === null ? null : await bindings.CAPTURES.get(row.summaryKey)
  const read = await summary?.json<{ facts: { packets: number } }>().catch(() => undefined)
  if (read?.facts.packets !== sent.packets) wrong('its summary cannot be read')
  return violations
}

/** It is gone for everybody, and all of it is there to be had back. */
async function faultsOfTrashed(world: World, row: typeof captures.$inferSelect, objects: string[]): Promise<string[]> {
  const got = await ask(healthy, `/api/v1/${world.account.token}/download/${row.id}`)
  const wanted = [row.objectKey, ...(row.facts === null ? [] : keptKeysOf(row))]
  return [
    ...(row.state === 'trashed' && row.leaseUntil === null ? [] : [`it is ${row.state}, not in the trash`]),
    ...((row.dueAt ?? 0) > clock() ? [] : ['its time in the trash has no end']),
    ...(got.status === 404 ? [] : [`download: ${got.status}`]),
    ...wanted.filter((key) => !objects.includes(key)).map((key) => `${key} is gone`),
  ]
}

/** What a parsed capture has beside its file. */
function keptKeysOf(row: typeof captures.$inferSelect): string[] {
  const { facts, tables, index, terms, frame } = derivedKeysFor(row)
  return [facts, tables, index, terms, ...(row.copySize > 0 ? [frame(0)] : [])]
}

/** What `reconcile` deletes when it is left over. */
const isPassing = (key: string): boolean => isCheckpoint(key) || isTail(key)

async function keysUnder(prefix: string): Promise<string[]> {
  const keys: string[] = []
  let cursor: string | undefined
  do {
    const page = await bindings.CAPTURES.list({ prefix, ...(cursor ? { cursor } : {}) })
    keys.push(...page.objects.map((object) => object.key))
    cursor = page.truncated ? page.cursor : undefined
  } while (cursor)
  return keys
}

/** Objects that two days later, when everything has been walked, are neither in quarantine nor, as checkpoints, gone. */
async function notReconciled(keys: string[]): Promise<string[]> {
  ahead += 48 * HOUR
  const store = openStore(healthy)
  for (const job of ['objects', 'summaries', 'keylogs', 'documents'])
    do await reconcile(store, clock)
    while ((await store.cursors.find(job)) !== null)
  const found = new Set((await database.select().from(quarantine)).map((row) => row.objectKey))
  const { results } = await bindings.SEARCH.prepare('SELECT capture_id AS id FROM documents').all<{ id: string }>()
  const derived = await Promise.all(['summaries/', 'keylogs/'].map(keysUnder))
  const left = new Set([...derived.flat(), ...results.map(({ id }) => `index/${id}`)])
  return keys.filter((key) => !found.has(key) && (key.startsWith('captures/') || left.has(key)))
}

/**
 * Take away what worlds hold, so that the next ones have the store for themselves, and no sweep and no look goes through what was.
 * Their accounts stay: ids of accounts that are gone would be given again.
 */
async function forget(worlds: World[]): Promise<void> {
  const ids = worlds.map(({ account }) => account.accountId)
  const keys = (await Promise.all(['captures/', 'summaries/', 'keylogs/'].map(keysUnder))).flat()
  const own = keys.filter((key) => ids.includes(Number(key.split('/')[1])))
  for (let at = 0; at < own.length; at += 1000) await bindings.CAPTURES.delete(own.slice(at, at + 1000))
  const theirs = (db: D1Database, change: string, id: string) =>
    db.prepare(`${change} WHERE ${id} IN (SELECT value FROM json_each(?))`).bind(JSON.stringify(ids))
  await bindings.SEARCH.batch(
    ['terms', 'documents'].map((table) => theirs(bindings.SEARCH, `DELETE FROM ${table}`, 'account_id')),
  )
  await bindings.DB.batch([
    theirs(bindings.DB, 'DELETE FROM captures', 'account_id'),
    theirs(bindings.DB, 'UPDATE accounts SET retention_days = NULL', 'id'),
  ])
}

/** All of a list, 24 at a time. */
export async function inTurns<T, R>(list: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  let next = 0
  const turns = Array.from({ length: 24 }, async () => {
    while (next < list.length) {
      const at = next++
      results[at] = await work(list[at] as T)
    }
  })
  await Promise.all(turns)
  return results
}

export const hex = (algorithm: string, bytes: Uint8Array): string => createHash(algorithm).update(bytes).digest('hex')
