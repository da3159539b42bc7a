/** The app with bindings of a test's choosing, and a D1 that counts what each statement reads and writes. */
import { createExecutionContext, createMessageBatch, getQueueResult, waitOnExecutionContext } from 'cloudflare:test'
import { app } from '../../src/app.ts'
import { consume } from '../../src/parse/consumer.ts'
import type { Env } from '../../src/store/env.ts'
import type { FetchJob, ParseJob } from '../../src/store/jobs.ts'
import { openStore } from '../../src/store/open.ts'
import { bindings, ORIGIN } from './gateway.ts'

export interface Meter {
  rowsRead: number
  rowsWritten: number
  statements: string[]
}

/** A D1 whose every statement is counted, as its `meta` says. */
export function metered(real: D1Database): { db: D1Database; meter: Meter } {
  const meter: Meter = { rowsRead: 0, rowsWritten: 0, statements: [] }
  const originals = new WeakMap<object, { statement: D1PreparedStatement; sql: string }>()
  const count = <T extends D1Result>(sql: string, result: T): T => {
    meter.rowsRead += result.meta.rows_read
    meter.rowsWritten += result.meta.rows_written
    meter.statements.push(`${result.meta.rows_read} read, ${result.meta.rows_written} written: ${sql}`)
    return result
  }
  const wrap = (statement: D1PreparedStatement, sql: string): D1PreparedStatement => {
    const wrapped = {
      bind: (...values: unknown[]) => wrap(statement.bind(...values), sql),
      run: async () => count(sql, await statement.run()),
      all: async () => count(sql, await statement.all()),
      // `raw` and `first` tell no meta: `all` does, whose rows keep the order of their columns, but of two with one name only the last.
      raw: async () => {
        const { results } = count(sql, await statement.all<Record<string, unknown>>())
        return / join /i.test(sql) ? statement.raw() : results.map((row) => Object.values(row))
      },
      first: async () => count(sql, await statement.all()).results[0] ?? null,
    } as unknown as D1PreparedStatement
    originals.set(wrapped, { statement, sql })
    return wrapped
  }
  const original = (wrapped: D1PreparedStatement) => {
    const found = originals.get(wrapped)
    if (!found) throw new Error('a statement of another database')
    return found
  }
  const db = {
    prepare: (sql: string) => wrap(real.prepare(sql), sql),
    async batch(statements: D1PreparedStatement[]) {
      const results = await real.batch(statements.map((wrapped) => original(wrapped).statement))
      return results.map((result, at) => count(original(statements[at] as D1PreparedStatement).sql, result))
    },
  } as unknown as D1Database
  return { db, meter }
}

/** A queue that keeps what is sent, and delivers nothing. */
export function keptQueue(): { queue: Queue<ParseJob> & Queue<FetchJob>; jobs: ParseJob[] } {
  const jobs: ParseJob[] = []
  const queue = { send: async (job: ParseJob) => void jobs.push(job) } as unknown as Queue<ParseJob> & Queue<FetchJob>
  return { queue, jobs }
}

/** Hand a request straight to the app, and wait for all that it leaves running. A body of bytes has its length said. */
export async function direct(path: string, init: RequestInit = {}, change: Partial<Env> = {}): Promise<Response> {
  const asked = new Request(`${ORIGIN}${path}`, init)
  if (init.body instanceof Uint8Array) asked.headers.set('Content-Length', String(init.body.length))
  const context = createExecutionContext()
  const answer = await app.fetch(asked, { ...bindings, ...change }, context)
  const body = await answer.arrayBuffer()
  await waitOnExecutionContext(context)
  return new Response(body.byteLength > 0 ? body : null, answer)
}

/** Deliver jobs to the consumer as one batch. @returns what became of each message */
export async function deliver(
  jobs: unknown[],
  { change = {}, attempts = 1, clock = Date.now, handle = consume, queue = 'pcaport-parse' } = {} as {
    change?: Partial<Env>
    attempts?: number
    clock?: () => number
    handle?: typeof consume
    queue?: string
  },
) {
  const messages = jobs.map((body, at) => ({ id: `message ${at}`, timestamp: new Date(), attempts, body }))
  const batch = createMessageBatch(queue, messages)
  await handle(batch, openStore({ ...bindings, ...change }), clock)
  return getQueueResult(batch, createExecutionContext())
}
