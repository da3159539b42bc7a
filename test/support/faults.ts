/** Bindings that go wrong on command: the n-th call to R2, D1 or the queue fails, loses its answer, hangs, acts late, or is the last. */
import type { Env } from '../../src/store/env.ts'
import type { FetchJob, ParseJob } from '../../src/store/jobs.ts'

/** What can become of one call. */
export const MODES = [
  'refused', // fails before it acts
  'answer lost', // acts, then fails
  'acts, no answer', // acts, never answers
  'no answer', // neither acts nor answers
  'acts late', // does not answer, and acts when the request has ended
  'acts very late', // and acts when everything has been mended
  'dies before', // the process ends before this call acts
  'dies after', // and when it has acted
  'outage', // acts, fails, and every later call fails
] as const
export type Mode = (typeof MODES)[number]

export interface Plan {
  /** What becomes of which call, counted from 0. */
  faults?: ReadonlyMap<number, Mode>
  /** Something else that happens right before, or right after, a call acts. */
  meanwhile?: { at: number; when: 'before' | 'after'; does: () => Promise<void> }
}

export interface Faulty {
  env: Env
  /** Names of the calls so far, in their order. */
  calls: string[]
  /** Settles when the process has died. */
  death: Promise<'died'>
  /** Wait for what acts still. Then let act what acts late. */
  settle(): Promise<void>
  /** Let act what acts very late. */
  settleVeryLate(): Promise<void>
}

const never = new Promise<never>(() => {})

/** The bindings of `env`, with what `plan` says. A queue need not be real: see {@link postbox}. */
export function faulty(env: Env, plan: Plan = {}): Faulty {
  const calls: string[] = []
  const acting = new Set<Promise<unknown>>()
  const late: (() => Promise<unknown>)[] = []
  const veryLate: (() => Promise<unknown>)[] = []
  let dead = false
  let down = false
  let die: (word: 'died') => void = () => {}
  const death = new Promise<'died'>((resolve) => {
    die = resolve
  })

  function act<T>(does: () => Promise<T>): Promise<T> {
    const acted = (async () => does())()
    const settled = acted.catch(() => undefined).finally(() => acting.delete(settled))
    acting.add(settled)
    return acted
  }

  /** One call to a binding. */
  async function call<T>(name: string, does: () => Promise<T>): Promise<T> {
    if (dead) return never
    const at = calls.push(name) - 1
    if (down) throw new Error(`planted: ${name} is down`)
    const { meanwhile } = plan
    if (meanwhile?.at === at && meanwhile.when === 'before') await meanwhile.does()
    const mode = plan.faults?.get(at)
    const lost = async () => {
      await act(does).catch(() => undefined)
      throw new Error(`planted: the answer of ${name} is lost`)
    }
    switch (mode) {
      case undefined: {
        const answer = await act(does)
        if (meanwhile?.at === at && meanwhile.when === 'after') await meanwhile.does()
        return dead ? never : answer
      }
      case 'refused':
        throw new Error(`planted: ${name} is refused`)
      case 'answer lost':
        return lost()
      case 'acts, no answer':
        await act(does).catch(() => undefined)
        return never
      case 'no answer':
        return never
      case 'acts late':
        late.push(does)
        return never
      case 'acts very late':
        veryLate.push(does)
        return never
      case 'dies after':
        await act(does).catch(() => undefined)
        dead = true
        die('died')
        return never
      case 'dies before':
        dead = true
        die('died')
        return never
      case 'outage':
        down = true
        return lost()
    }
  }

  const settle = async (acts: (() => Promise<unknown>)[]) => {
    while (acting.size > 0) await Promise.all(acting)
    // A stream that nobody reads any more takes nothing in: its act never ends.
    for (const does of acts.splice(0)) await Promise.race([does().catch(() => undefined), scheduler.wait(200)])
  }
  return {
    env: {
      ...env,
      DB: database(env.DB, call),
      SEARCH: database(env.SEARCH, call),
      CAPTURES: bucket(env.CAPTURES, call),
      PARSE: over(env.PARSE, {
        send: (body: ParseJob) => call('queue send', () => env.PARSE.send(body)),
        sendBatch: (bodies: MessageSendRequest<ParseJob>[]) =>
          call('queue sendBatch', () => env.PARSE.sendBatch(bodies)),
      }),
      FETCHES: over(env.FETCHES, {
        send: (body: FetchJob) => call('queue send', () => env.FETCHES.send(body)),
      }),
    },
    calls,
    death,
    settle: () => settle(late),
    settleVeryLate: () => settle(veryLate),
  }
}

type Call = <T>(name: string, does: () => Promise<T>) => Promise<T>

/** A binding with some of its members replaced; the others are its own. */
function over<T extends object>(real: T, members: object): T {
  return new Proxy(real, {
    get(_, key) {
      if (key in members) return Reflect.get(members, key)
      const value = Reflect.get(real, key)
      return typeof value === 'function' ? value.bind(real) : value
    },
  })
}

function bucket(real: R2Bucket, call: Call): R2Bucket {
  const upload = (multipart: R2MultipartUpload) =>
    over(multipart, {
      uploadPart: (partNumber: number, value: Uint8Array) =>
        call('R2 uploadPart', () => multipart.uploadPart(partNumber, value)),
      complete: (parts: R2UploadedPart[]) => call('R2 complete', () => multipart.complete(parts)),
      abort: () => call('R2 abort', () => multipart.abort()),
    })
  return over(real, {
    put: (...args: Parameters<R2Bucket['put']>) => call('R2 put', () => real.put(...args)),
    head: (key: string) => call('R2 head', () => real.head(key)),
    delete: (keys: string | string[]) => call('R2 delete', () => real.delete(keys)),
    list: (options?: R2ListOptions) => call('R2 list', () => real.list(options)),
    get: async (key: string, options?: R2GetOptions) => {
      const object = await call('R2 get', () => real.get(key, options) as Promise<R2ObjectBody | null>)
      if (object === null) return null
      let body: ReadableStream | undefined
      const counted = {
        get body() {
          body ??= counting(object.body, call)
          return body
        },
      }
      return over(object, counted)
    },
    createMultipartUpload: (key: string, options?: R2MultipartOptions) =>
      call('R2 createMultipartUpload', async () => upload(await real.createMultipartUpload(key, options))),
    resumeMultipartUpload: (key: string, uploadId: string) => upload(real.resumeMultipartUpload(key, uploadId)),
  })
}

/** The body of an object as one call: acting gives its bytes, failing breaks it off in the middle, an answer is its end. */
function counting(real: ReadableStream<Uint8Array>, call: Call): ReadableStream<Uint8Array> {
  const { readable, writable } = new IdentityTransformStream()
  const writer = writable.getWriter()
  const whole = new Response(real).bytes()
  const pump = async () => {
    let given = 0
    try {
      await call('R2 body', async () => {
        const bytes = await whole
        given = bytes.length
        await writer.write(bytes)
      })
      await writer.close()
    } catch (error) {
      const bytes = await whole
      if (given === 0) await writer.write(bytes.subarray(0, bytes.length >> 1))
      await writer.abort(error)
    }
  }
  pump().catch(() => undefined)
  return readable
}

function database(real: D1Database, call: Call): D1Database {
  const originals = new WeakMap<object, { statement: D1PreparedStatement; name: string }>()
  const wrap = (statement: D1PreparedStatement, name: string): D1PreparedStatement => {
    const wrapped = over(statement, {
      bind: (...values: unknown[]) => wrap(statement.bind(...values), name),
      run: () => call(name, () => statement.run()),
      all: () => call(name, () => statement.all()),
      first: (column: string) => call(name, () => (column === undefined ? statement.first() : statement.first(column))),
      raw: (options: { columnNames: true }) => call(name, () => statement.raw(options)),
    })
    originals.set(wrapped, { statement, name })
    return wrapped
  }
  return over(real, {
    prepare: (sql: string) => wrap(real.prepare(sql), nameOf(sql)),
    batch: (statements: D1PreparedStatement[]) => {
      const found = statements.map((wrapped) => originals.get(wrapped)).filter((original) => original !== undefined)
      const name = `D1 batch of ${found.map((original) => original.name.slice(3)).join(', ')}`
      return call(name, () => real.batch(found.map((original) => original.statement)))
    },
  })
}

/** `D1 UPDATE captures` of a statement. */
function nameOf(sql: string): string {
  const verb = /\w+/.exec(sql)?.[0]?.toUpperCase()
  const table = /\b(?:INTO|FROM|UPDATE)\s+["`]?(\w+)/i.exec(sql)?.[1]
  return `D1 ${verb} ${table}`
}

/**
 * A bucket whose multipart uploads take parts of any length, which the local R2 does not: gathered here, refused by the same
 * rules, put as one object when complete.
 * @returns also the keys of uploads begun and not ended, by upload id: R2 itself cannot list them
 */
export function smallParts(real: R2Bucket): { bucket: R2Bucket; unfinished: Map<string, string> } {
  const unfinished = new Map<string, string>()
  const gathered = new Map<
    string,
    { options: R2MultipartOptions; parts: Map<number, { etag: string; bytes: Uint8Array }> }
  >()
  const resume = (key: string, uploadId: string) => {
    const find = () => {
      const found = gathered.get(uploadId)
      if (!found) throw new Error('The specified multipart upload does not exist. (10024)')
      return found
    }
    const end = () => {
      gathered.delete(uploadId)
      unfinished.delete(uploadId)
    }
    return {
      key,
      uploadId,
      async uploadPart(partNumber: number, value: Uint8Array | ReadableStream) {
        const bytes = value instanceof ReadableStream ? await new Response(value).bytes() : value.slice()
        const part = { etag: crypto.randomUUID(), bytes }
        find().parts.set(partNumber, part)
        return { partNumber, etag: part.etag }
      },
      async complete(listed: R2UploadedPart[]) {
        const { parts, options } = find()
        const chosen = listed.map(({ partNumber, etag }) => {
          const part = parts.get(partNumber)
          if (part?.etag !== etag) throw new Error('One or more of the specified parts could not be found. (10025)')
          return part.bytes
        })
        if (chosen.slice(1, -1).some((bytes) => bytes.length !== chosen[0]?.length))
          throw new Error('There was a problem with the multipart upload. (10048)')
        const object = await real.put(key, await new Blob(chosen as Uint8Array<ArrayBuffer>[]).arrayBuffer(), options)
        end()
        return over(object, { checksums: {} })
      },
      async abort() {
        find()
        end()
      },
    } as R2MultipartUpload
  }
  const bucket = over(real, {
    async createMultipartUpload(key: string, options: R2MultipartOptions = {}) {
      const uploadId = crypto.randomUUID()
      gathered.set(uploadId, { options, parts: new Map() })
      unfinished.set(uploadId, key)
      return resume(key, uploadId)
    },
    resumeMultipartUpload: resume,
  })
  return { bucket, unfinished }
}

/** A queue that keeps what is sent until it is asked for. */
export function postbox(): { queue: Queue<ParseJob> & Queue<FetchJob>; jobs: ParseJob[] } {
  const jobs: ParseJob[] = []
  const send = async (job: ParseJob) => void jobs.push(job)
  return { queue: { send } as unknown as Queue<ParseJob> & Queue<FetchJob>, jobs }
}

/** A batch as the runtime hands it to a consumer, of messages that remember what became of them. */
export function batchOf(jobs: unknown[], queue = 'pcaport-parse', attempts = 1) {
  const fates: ('acked' | 'retried' | null)[] = jobs.map(() => null)
  const messages = jobs.map((body, at) => ({
    id: `message ${at}`,
    timestamp: new Date(),
    attempts,
    body,
    ack() {
      fates[at] = 'acked'
    },
    retry() {
      fates[at] = 'retried'
    },
  }))
  return { batch: { queue, messages } as unknown as MessageBatch<unknown>, fates }
}

/** Everything twice and out of order: what a queue may do with messages. */
export function doubledAndShuffled<T>(list: T[]): T[] {
  const all = [...list, ...list]
  for (let at = all.length - 1; at > 0; at--) {
    const other = Math.floor(Math.random() * (at + 1))
    const kept = all[at] as T
    all[at] = all[other] as T
    all[other] = kept
  }
  return all
}

/** How a sender's body ends. */
export type Ending = 'whole' | 'reset' | 'stall'

/** A body as it comes from the wire, in chunks, of which the sender sends only the first `sent` bytes. */
export function wireBody(whole: Uint8Array, ending: Ending = 'whole', sent = whole.length, chunk = 1500) {
  const { readable, writable } = new IdentityTransformStream()
  const send = async () => {
    const writer = writable.getWriter()
    for (let at = 0; at < sent; at += chunk) await writer.write(whole.slice(at, Math.min(at + chunk, sent)))
    if (ending === 'whole') await writer.close()
    if (ending === 'reset') await writer.abort(new Error('the sender is gone'))
  }
  send().catch(() => undefined)
  return readable as ReadableStream<Uint8Array>
}
