/** The flows whose every fault point is walked. A new flow joins by adding itself to a list. */
import { gzipSync } from 'node:zlib'
import { eq } from 'drizzle-orm'
import { consumeFetches } from '../../src/ingest/fetch-consumer.ts'
import type { Net } from '../../src/ingest/net.ts'
import { buryDeadLetters, consume } from '../../src/parse/consumer.ts'
import { reconcile } from '../../src/parse/reconcile.ts'
import { reindex, WALK } from '../../src/parse/reindex.ts'
import { retain } from '../../src/parse/retention.ts'
import { sweep } from '../../src/parse/sweep.ts'
import { edited, MAX_ATTEMPTS } from '../../src/store/captures.ts'
import type { Env } from '../../src/store/env.ts'
import { indexDue } from '../../src/store/indexing.ts'
import { derivedKeysFor, objectKeyFor } from '../../src/store/objects.ts'
import { openStore } from '../../src/store/open.ts'
import { accounts, captures } from '../../src/store/schema.ts'
import { payload, pcap } from './captures.ts'
import { batchOf, type Ending, wireBody } from './faults.ts'
import { breaking, outside, servedAt } from './faults-net.ts'
import { type Answer, ask, clock, type Flow, hex, type Sent, type World } from './faults-walk.ts'
import { database } from './gateway.ts'
import { digestField, form } from './uploads.ts'

/** A capture of so many packets; no two are alike. */
export function captureOf(packets: number): Sent {
  const seed = Math.floor(Math.random() * 2 ** 31)
  const bytes = pcap(
    Array.from({ length: packets }, (_, at) => ({ seconds: seed, fraction: at, data: payload(60, seed) })),
  )
  return { bytes, packets }
}

/** Fits into one part of 4096 bytes. */
const SMALL = 3
/** Three parts of 4096 bytes. */
const LARGE = 130

/** The capture that a world sends under this name, the same at each try. */
export function sentBy(world: World, packets: number, filename = 'traffic.pcap'): Sent {
  const sent = world.sent.get(filename) ?? captureOf(packets)
  world.sent.set(filename, sent)
  return sent
}

async function answerOf(asked: Promise<Response>): Promise<Answer> {
  const answer = await asked
  if (answer.status !== 200) return null
  const { id, uuid } = (await answer.json()) as { id?: string; uuid?: string }
  const acknowledged = id ?? uuid
  return acknowledged === undefined ? null : { acknowledged }
}

export interface Way {
  packets: number
  length?: true
  digest?: 'right' | 'wrong'
  key?: true
  ending?: Ending
}

/** A PUT by the CloudShark door. */
export async function put(
  world: World,
  env: Env,
  { packets, length, digest, key, ending = 'whole' }: Way,
): Promise<Answer> {
  const { bytes } = sentBy(world, packets)
  const headers: Record<string, string> = {}
  if (length) headers['Content-Length'] = String(bytes.length)
  if (digest) headers['Content-Digest'] = digestField(digest === 'right' ? hex('sha256', bytes) : '00'.repeat(32))
  if (key) headers['Idempotency-Key'] = 'the same at each try'
  const body = wireBody(bytes, ending, ending === 'whole' ? bytes.length : bytes.length >> 1)
  const path = `/api/v1/${world.account.token}/upload/traffic.pcap?keep_partial=0`
  return answerOf(ask(env, path, { method: 'PUT', headers, body }))
}

function formOf(world: World, packets: number) {
  const sent = sentBy(world, packets)
  sent.tags = ['dns', 'lab']
  const { method, headers, body } = form([
    { name: 'file', filename: 'traffic.pcap', body: sent.bytes },
    { name: 'additional_tags', body: 'dns,lab' },
  ])
  return { method, headers: { ...headers, 'Content-Length': String(body.length) } as Record<string, string>, body }
}

async function post(world: World, env: Env, packets: number): Promise<Answer> {
  const { method, headers, body } = formOf(world, packets)
  return answerOf(ask(env, `/api/v1/${world.account.token}/upload`, { method, headers, body: wireBody(body) }))
}

async function postPrivate(world: World, env: Env, packets: number): Promise<Answer> {
  const { method, headers, body } = formOf(world, packets)
  const all = { ...headers, ...world.account.bearer }
  return answerOf(ask(env, '/api/v1/upload/private/', { method, headers: all, body: wireBody(body) }))
}

/** A key log as NSS writes one. */
export const KEYLOG = `# SSL/TLS secrets log file\nCLIENT_RANDOM ${'a1'.repeat(32)} ${'b2'.repeat(48)}\n`

async function postWithKeylog(world: World, env: Env, packets: number): Promise<Answer> {
  const sent = sentBy(world, packets)
  sent.keylog = KEYLOG
  const made = form([
    { name: 'keylog', filename: 'keys.log', body: KEYLOG },
    { name: 'file', filename: 'traffic.pcap', body: sent.bytes },
  ])
  const asked = ask(env, `/api/v1/${world.account.token}/upload`, { ...made, body: wireBody(made.body) })
  return answerOf(asked)
}

/** Another key log for a capture that is there, or none. */
async function changeKeylog(world: World, env: Env, keylog: string | null): Promise<Answer> {
  const id = world.notes.get('id') ?? ''
  const sent = world.sent.get('traffic.pcap')
  if (sent) sent.keylog = keylog
  const init = { method: keylog === null ? 'DELETE' : 'PUT', headers: world.account.bearer, body: keylog }
  const { status } = await ask(env, `/api/v2/captures/${id}/keylog`, init)
  return status === 204 || (keylog === null && status === 404) ? { acknowledged: id } : null // 404: an earlier try did it
}

const keylogChange = (name: string, before: string | null, after: string | null): Flow => ({
  name,
  async prepare(world, env) {
    world.notes.set('id', await there(world, env))
    if (before !== null) await changeKeylog(world, env, before)
  },
  act: (world, env) => changeKeylog(world, env, after),
})

/**
 * A live stream that trickles, so that it goes to R2 in pieces, until its connection breaks in its second part. What it is told is
 * no success, but names what was kept.
 */
async function liveCutOff(world: World, env: Env): Promise<Answer> {
  const whole = world.sent.get('whole') ?? captureOf(800)
  world.sent.set('whole', whole)
  const bytes = whole.bytes.subarray(0, 60_000)
  world.sent.set('traffic.pcap', { bytes, packets: Math.floor((bytes.length - 24) / 76) })
  const { readable, writable } = new IdentityTransformStream()
  const send = async () => {
    const writer = writable.getWriter()
    for (let at = 0; at < bytes.length; at += 15_000) {
      await writer.write(bytes.slice(at, at + 15_000))
      await scheduler.wait(20)
    }
    await writer.abort(new Error('the sender is gone'))
  }
  send().catch(() => undefined)
  // However slow the machine is, this sender is not silent: it breaks off.
  const slow = { ...env, PART_BYTES: '40000', UPLOAD_SLOW_SECONDS: '0.1', UPLOAD_IDLE_SECONDS: '20' }
  const path = `/api/v1/${world.account.token}/upload/traffic.pcap`
  const answer = await ask(slow, path, { method: 'PUT', body: readable })
  const { exceptions = [] } = (await answer.json()) as { exceptions?: string[] }
  const kept = /kept as the capture ([0-9a-f-]{36})/.exec(exceptions[0] ?? '')?.[1]
  return answer.status === 400 && kept !== undefined ? { acknowledged: kept } : null
}

/** Asks for a capture by its URL. */
async function byUrl(world: World, env: Env, packets: number): Promise<Answer> {
  const url = servedAt(`/${world.account.accountId}/traffic.pcap`, sentBy(world, packets).bytes)
  const body = new URLSearchParams({ url })
  return answerOf(ask(env, `/api/v1/${world.account.token}/upload`, { method: 'POST', body }))
}

/** Opens a URL: whoever asks twice is led to one capture. */
async function opening(world: World, env: Env, packets: number): Promise<Answer> {
  const url = servedAt(`/${world.account.accountId}/traffic.pcap`, sentBy(world, packets).bytes)
  const answer = await ask(env, `/api/v1/${world.account.token}/open?${new URLSearchParams({ url })}`)
  const id = answer.headers.get('x-capture-id')
  return answer.status === 302 && id !== null ? { acknowledged: id } : null
}

/** What fetches it, by one consumer after the other. */
const fetching = (name: string, packets: number, nets: () => Net[]): Flow => ({
  name,
  async prepare(world, env) {
    const answer = await byUrl(world, env, packets)
    world.notes.set('id', answer?.acknowledged ?? '')
  },
  async act(world, env) {
    const id = noteOf(world, 'id')
    for (const net of nets()) {
      const [row] = await database.select().from(captures).where(eq(captures.id, id))
      if (row?.state !== 'uploading') break
      const job = { version: 1, kind: 'fetch', captureId: id, attempt: row.attempts }
      await consumeFetches(batchOf([job]).batch, openStore({ ...env, FETCH_IDLE_SECONDS: '0.03' }), net, clock)
    }
    const [row] = await database.select().from(captures).where(eq(captures.id, id))
    return row && row.state !== 'uploading' ? { acknowledged: id } : null
  },
})

const upload = (name: string, way: Way): Flow => ({
  name,
  act: (world, env) => put(world, env, way),
  ...(way.key ? {} : { manyTries: true }),
  ...(way.digest === 'wrong' || way.ending ? { refused: true } : {}),
})

/** What comes in by a door. */
export const UPLOADS: Flow[] = [
  upload('PUT with a length', { packets: SMALL, length: true }),
  upload('PUT with a length and Content-Digest', { packets: SMALL, length: true, digest: 'right' }),
  upload('PUT of unknown length', { packets: SMALL }),
  upload('PUT of unknown length, in parts', { packets: LARGE }),
  upload('PUT of unknown length and with Content-Digest, in parts', { packets: LARGE, digest: 'right' }),
  upload('PUT with an Idempotency-Key', { packets: SMALL, length: true, key: true }),
  upload('PUT with an Idempotency-Key, in parts', { packets: LARGE, key: true }),
  { name: 'POST of a form', act: (world, env) => post(world, env, SMALL), manyTries: true },
  { name: 'POST of a form, in parts', act: (world, env) => post(world, env, LARGE), manyTries: true },
  { name: 'POST by A-Packets', act: (world, env) => postPrivate(world, env, SMALL), manyTries: true },
  { name: 'POST with a key log', act: (world, env) => postWithKeylog(world, env, SMALL), manyTries: true },
  { name: 'PUT of unknown length, trickling, cut off, kept', act: liveCutOff, manyTries: true },
  { name: 'POST by A-Packets, in parts', act: (world, env) => postPrivate(world, env, LARGE), manyTries: true },
]

/** What is refused when it has been begun. */
export const REFUSED: Flow[] = [
  upload('PUT with a wrong Content-Digest', { packets: SMALL, length: true, digest: 'wrong' }),
  upload('PUT with a wrong Content-Digest, in parts', { packets: LARGE, digest: 'wrong' }),
  upload('PUT with a length, cut off', { packets: LARGE, length: true, ending: 'reset' }),
  upload('PUT of unknown length, cut off in its second part', { packets: LARGE, ending: 'reset' }),
]

/** A capture that is there and parsed. @returns its id */
export async function there(world: World, env: Env, filename = 'traffic.pcap', parsed = true): Promise<string> {
  const store = openStore(env)
  const { accountId } = world.account
  const principal = await store.tokens.principal(world.account.token, '', Date.now())
  if (!principal) throw new Error('the token opens nothing')
  const { bytes } = world.sent.get(filename) ?? sentBy(world, SMALL, filename)
  const id = crypto.randomUUID()
  const objectKey = objectKeyFor(accountId, id)
  const size = bytes.length
  await store.captures.reserve({
    id,
    accountId,
    objectKey,
    filename,
    size,
    wish: size,
    visibility: null,
    idempotencyKey: null,
    now: clock(),
  })
  const { md5 } = await store.objects.putBytes(objectKey, bytes, null, {
    account: String(accountId),
    capture: id,
    filename,
    createdAt: '0',
  })
  await store.captures.commit(
    id,
    principal,
    size,
    { size, filename, tags: [], comments: '', sha256: null, md5 },
    clock(),
  )
  if (parsed) await consume(batchOf([jobOf(id)]).batch, store, clock)
  return id
}

export const jobOf = (captureId: string, cursor = 0) => ({ version: 1, captureId, generation: 0, cursor }) as const
const noteOf = (world: World, name: string): string => world.notes.get(name) ?? ''

const deletion: Pick<Flow, 'prepare' | 'act'> = {
  async prepare(world, env) {
    world.notes.set('id', await there(world, env))
    await changeKeylog(world, env, KEYLOG)
  },
  async act(world, env) {
    const id = noteOf(world, 'id')
    const answer = await ask(env, `/api/v1/${world.account.token}/delete/${id}`, { method: 'POST' })
    return answer.status === 200 || answer.status === 404 ? { gone: id } : null // 404: an earlier try did it
  },
}

/** A parse that takes several invocations, one after the other. */
const partedParse = (name: string, bytes: string, made: () => Sent): Flow => ({
  name,
  async prepare(world, env) {
    world.sent.set('long.pcap', made())
    world.notes.set('id', await there(world, env, 'long.pcap', false))
  },
  async act(world, env) {
    const id = noteOf(world, 'id')
    for (let part = 0; part < 10; part++) {
      const [row] = await database.select().from(captures).where(eq(captures.id, id))
      if (row?.state !== 'stored') return row?.state === 'ok' ? { acknowledged: id } : null
      const { batch, fates } = batchOf([jobOf(id, row.cursor)])
      await consume(batch, openStore({ ...env, PARSE_BUDGET_BYTES: bytes }), clock)
      if (fates[0] !== 'acked') return null
    }
    return null
  },
})

/** Longer than the least that is read of a file: three parts. */
const long = (): Sent => captureOf(1600)
/** The same in three members: two parts to unpack them, two to read the copy. */
function longCompressed(): Sent {
  const { bytes, packets } = captureOf(1600)
  const third = Math.ceil(bytes.length / 3)
  const members = [0, third, 2 * third].map((at) => gzipSync(bytes.subarray(at, at + third)))
  return { bytes: new Uint8Array(Buffer.concat(members)), packets }
}

/** What works on one capture that is there. */
export const WORK: Flow[] = [
  { name: 'POST by URL', act: (world, env) => byUrl(world, env, SMALL), manyTries: true },
  { name: 'open of a URL', act: (world, env) => opening(world, env, SMALL) },
  {
    name: 'open of a URL, twice at once',
    act: async (world, env) => {
      const [first, second] = await Promise.all([opening(world, env, SMALL), opening(world, env, SMALL)])
      if (first && second && first.acknowledged !== second.acknowledged) throw new Error('two captures of one URL')
      return first ?? second
    },
  },
  {
    name: 'delete of what was opened',
    async prepare(world, env) {
      world.notes.set('id', (await opening(world, env, SMALL))?.acknowledged ?? '')
      const job = { version: 1, kind: 'fetch', captureId: noteOf(world, 'id'), attempt: 0 }
      await consumeFetches(batchOf([job]).batch, openStore(env), outside, clock)
    },
    act: deletion.act,
  },
  fetching('fetch by URL', SMALL, () => [outside]),
  fetching('fetch by URL, broken off and resumed', LARGE, () => [breaking(6000), outside]),
  keylogChange('PUT of a key log', null, KEYLOG),
  keylogChange('PUT of a shorter key log', KEYLOG, KEYLOG.slice(KEYLOG.indexOf('\n') + 1)),
  keylogChange('DELETE of a key log', KEYLOG, null),
  { name: 'delete', ...deletion },
  { name: 'delete, tried once', ...deletion, givesUp: true },
  {
    name: 'parse',
    prepare: async (world, env) => void world.notes.set('id', await there(world, env, 'traffic.pcap', false)),
    act: (world, env) => parse(world, env),
  },
  {
    name: 'parse, delivered twice at once',
    prepare: async (world, env) => void world.notes.set('id', await there(world, env, 'traffic.pcap', false)),
    act: async (world, env) =>
      (await Promise.all([parse(world, env), parse(world, env)])).find((answer) => answer) ?? null,
  },
  {
    name: 'index after an edit',
    async prepare(world, env) {
      const id = await there(world, env)
      world.notes.set('id', id)
      sentBy(world, SMALL).tags = ['edited']
      const tags = { tags: ['edited'], ...edited(clock()) }
      await database.update(captures).set(tags).where(eq(captures.id, id))
    },
    async act(world, env) {
      const id = noteOf(world, 'id')
      return (await indexDue(openStore(env), id)) ? { acknowledged: id } : null
    },
  },
  partedParse('parse in parts', '50000', long),
  partedParse('parse of a compressed capture in parts', '60000', longCompressed),
  {
    name: 'dead letter',
    async prepare(world, env) {
      const id = await there(world, env, 'traffic.pcap', false)
      world.notes.set('id', id)
      world.failed.add(id)
      await database.update(captures).set({ attempts: MAX_ATTEMPTS }).where(eq(captures.id, id))
    },
    async act(world, env) {
      const { batch, fates } = batchOf([jobOf(noteOf(world, 'id'))], 'pcaport-parse-dead')
      await buryDeadLetters(batch, openStore(env), clock)
      return fates[0] === 'acked' ? { acknowledged: noteOf(world, 'id') } : null
    },
  },
]

export async function parse(world: World, env: Env): Promise<Answer> {
  const id = noteOf(world, 'id')
  const { batch, fates } = batchOf([jobOf(id)])
  await consume(batch, openStore(env), clock)
  return fates[0] === 'acked' ? { acknowledged: id } : null
}

/** What works on the whole store. */
export const CRON: Flow[] = [
  {
    name: 'sweep',
    alone: true,
    async prepare(world, env) {
      const store = openStore(env)
      const { accountId } = world.account
      const begin = async (filename: string) => {
        const id = crypto.randomUUID()
        const objectKey = objectKeyFor(accountId, id)
        const about = { id, accountId, objectKey, filename, size: 4096, wish: 4096 }
        await store.captures.reserve({ ...about, visibility: null, idempotencyKey: null, now: clock() })
        world.gone.add(id)
        world.sent.set(filename, captureOf(SMALL))
        return { id, objectKey, metadata: { account: String(accountId), capture: id, filename, createdAt: '0' } }
      }
      const single = await begin('given up.pcap')
      await store.objects.putBytes(single.objectKey, new Uint8Array(4096), null, single.metadata)
      const parted = await begin('given up in parts.pcap')
      const multipart = await store.objects.beginUpload(parted.objectKey, parted.metadata)
      await store.captures.renewUpload(parted.id, multipart.uploadId, clock())
      await store.objects.putPart(multipart, 1, new Uint8Array(4096))
      world.acknowledged.add(await there(world, env, 'stored.pcap', false))
      const parsing = await there(world, env, 'parsing.pcap', false)
      world.acknowledged.add(parsing)
      await store.captures.claim(jobOf(parsing), clock())
      const doomed = await there(world, env, 'doomed.pcap')
      world.gone.add(doomed)
      await store.captures.doom(doomed, ['ok'], accountId, clock())
    },
    async act(_world, env) {
      const inAnHour = () => clock() + 3_600_000
      const { failed } = await sweep(openStore(env), inAnHour)
      return failed === 0 ? {} : null
    },
  },
  {
    name: 'retention',
    alone: true,
    async prepare(world, env) {
      await database.update(accounts).set({ retentionDays: 7 }).where(eq(accounts.id, world.account.accountId))
      const old = await there(world, env, 'old.pcap')
      await database.update(captures).set({ createdAt: 0 }).where(eq(captures.id, old))
      world.gone.add(old)
      world.acknowledged.add(await there(world, env, 'new.pcap'))
    },
    async act(world, env) {
      await retain(openStore(env), clock)
      const rows = await database.select().from(captures).where(eq(captures.accountId, world.account.accountId))
      return rows.every((row) => row.filename === 'new.pcap' || row.state === 'doomed') ? {} : null
    },
  },
  {
    name: 'reconcile',
    alone: true,
    async prepare(world, env) {
      world.acknowledged.add(await there(world, env))
      const store = openStore(env)
      const stray = crypto.randomUUID()
      await store.objects.putBytes(
        derivedKeysFor({ accountId: world.account.accountId, id: stray, generation: 0 }).facts,
        new Uint8Array(10),
        null,
        null,
      )
      const gone = { id: stray, accountId: world.account.accountId, createdAt: clock(), generation: 0, revision: 0 }
      await store.search.put(gone, { terms: ['a'], total: 1 }, true)
      const lost = await there(world, env, 'not indexed.pcap')
      world.acknowledged.add(lost)
      await store.search.remove({ id: lost, accountId: world.account.accountId })
    },
    async act(_world, env) {
      const inTwoDays = () => clock() + 2 * 86_400_000
      await reconcile(openStore(env), inTwoDays)
      return {}
    },
  },
  {
    name: 'reindex',
    alone: true,
    async prepare(world, env) {
      const store = openStore(env)
      for (const filename of ['one.pcap', 'two.pcap']) {
        const id = await there(world, env, filename)
        world.acknowledged.add(id)
        await store.search.remove({ id, accountId: world.account.accountId })
      }
      await store.cursors.move(WALK, '')
    },
    async act(_world, env) {
      const store = openStore(env)
      await reindex(store)
      return (await store.cursors.find(WALK)) === null ? {} : null
    },
  },
]
