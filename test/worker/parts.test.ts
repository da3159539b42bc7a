/** Captures that are parsed in several parts: whatever the budget, the result is that of one go. */
import { createHash } from 'node:crypto'
import { constants, createZstdCompress, gzipSync, zstdCompressSync } from 'node:zlib'
import { eq } from 'drizzle-orm'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { openReader } from '../../src/capture/reader.ts'
import { buryDeadLetters } from '../../src/parse/consumer.ts'
import { contentOf } from '../../src/parse/content.ts'
import { copyContent, openCopy } from '../../src/parse/copy.ts'
import { reconcile } from '../../src/parse/reconcile.ts'
import { retainCopies } from '../../src/parse/retention.ts'
import { sweep } from '../../src/parse/sweep.ts'
import { type Capture, MAX_ATTEMPTS } from '../../src/store/captures.ts'
import type { ParseJob } from '../../src/store/jobs.ts'
import { derivedKeysFor, derivedPrefixFor } from '../../src/store/objects.ts'
import { openStore } from '../../src/store/open.ts'
import { captures } from '../../src/store/schema.ts'
import { createPacketIndex, type PacketIndex } from '../../src/summary/packet-index.ts'
import { decodeIndex } from '../../src/summary/packet-index-coding.ts'
import type { RangedSource } from '../../src/summary/ranged-source.ts'
import { slice } from '../../src/summary/slice.ts'
import { traffic } from '../fuzz/captures.ts'
import { bytes, everyBlock, pcap } from '../support/captures.ts'
import { bindings, database, makeAccount, request, rowOf, type TestAccount } from '../support/gateway.ts'
import { lz4Frame } from '../support/lz4.ts'
import { deliver, direct, keptQueue } from '../support/metering.ts'

let account: TestAccount
beforeAll(async () => {
  account = await makeAccount()
})

/** What an invocation may read, and how large the copy's frames are. */
interface Bounds {
  bytes: number
  packets: number
  frame: number
}

const ALL: Bounds = { bytes: 2 ** 30, packets: 2 ** 30, frame: 5000 }

interface Parse {
  id: string
  /** Jobs it took. */
  parts: number
  progress: (number | null | undefined)[]
  row: Awaited<ReturnType<typeof rowOf>>
  /** All derived objects, by the ends of their keys. */
  objects: Record<string, string>
}

/** Bindings with these bounds, and a queue whose jobs can be looked at. */
function bounded(bounds: Bounds) {
  const { queue, jobs } = keptQueue()
  const change = {
    PARSE: queue,
    PARSE_BUDGET_BYTES: String(bounds.bytes),
    PARSE_BUDGET_PACKETS: String(bounds.packets),
    COPY_FRAME_BYTES: String(bounds.frame),
  }
  return { change, jobs }
}

type Bounded = ReturnType<typeof bounded>

async function upload(file: Uint8Array, { change }: Bounded): Promise<string> {
  const answer = await direct(`/api/v1/${account.token}/upload/x.cap`, { method: 'PUT', body: file }, change)
  return ((await answer.json()) as { id: string }).id
}

/** Deliver the next job. */
async function work({ change, jobs }: Bounded): Promise<void> {
  expect((await deliver([jobs.shift()], { change })).explicitAcks).toHaveLength(1)
}

/** Upload a file and deliver what jobs there are until there are none. */
async function parse(file: Uint8Array, bounds: Bounds): Promise<Parse> {
  const under = bounded(bounds)
  const id = await upload(file, under)
  let parts = 0
  const progress: Parse['progress'] = []
  for (let job = under.jobs[0]; job !== undefined; job = under.jobs[0]) {
    expect(job.cursor).toBe(parts)
    await work(under)
    await deliver([job], under) // a second delivery changes nothing
    parts++
    progress.push((await rowOf(id))?.progress)
    if (parts > 2000) throw new Error('it does not come to an end')
  }
  return { id, parts, progress, row: await rowOf(id), objects: await derived(id) }
}

async function derived(id: string): Promise<Record<string, string>> {
  const prefix = derivedPrefixFor({ accountId: account.accountId, id })
  const { objects } = await bindings.CAPTURES.list({ prefix })
  const each = objects.map(async ({ key }) => {
    const object = await bindings.CAPTURES.get(key)
    return [
      key.slice(prefix.length),
      createHash('sha256')
        .update(await (object as R2ObjectBody).bytes())
        .digest('hex'),
    ]
  })
  return Object.fromEntries(await Promise.all(each))
}

const digest = (algorithm: string, content: Uint8Array) => createHash(algorithm).update(content).digest('hex')

function noise(length: number): Uint8Array {
  const made = new Uint8Array(length)
  for (let at = 0; at < length; at += 65_536) crypto.getRandomValues(made.subarray(at, at + 65_536))
  return made
}

/** zstdCompressSync of workerd does not take so much. */
const compressed = (content: Uint8Array, options: object) =>
  new Promise<Uint8Array>((resolve, reject) => {
    const stream = createZstdCompress(options)
    const pieces: Uint8Array[] = []
    stream.on('data', (piece) => pieces.push(piece))
    stream.on('error', reject)
    stream.on('end', () => resolve(bytes(...pieces)))
    stream.end(content)
  })

/** In pieces of the given sizes, over and over. */
function inPieces(content: Uint8Array, size: number, make: (piece: Uint8Array) => Uint8Array): Uint8Array {
  const pieces: Uint8Array[] = []
  for (let at = 0; at < content.length; at += size) pieces.push(make(content.subarray(at, at + size)))
  return bytes(...pieces)
}

const content = traffic(120)
const sections = bytes(...Array.from({ length: 150 }, (_, at) => everyBlock(at % 2 ? 'big' : 'little')))
/** Files, and the least that an invocation may read of them: a member of a compressed one must fit into four times that. */
const FILES: [string, Uint8Array, number][] = [
  ['pcap', content, 1500],
  ['pcapng', sections, sections.length / 30],
  ['pcap, cut short', content.subarray(0, content.length - 7), 1500],
  ['pcapng, damaged in its middle', bytes(sections, new Uint8Array(3000), sections), sections.length / 20],
  ['gzip', gzipSync(content), content.length / 3.5],
  ['gzip of several members', inPieces(content, 4100, (piece) => gzipSync(piece)), 1500],
  ['gzip of several members, cut short', inPieces(content, 4100, (piece) => gzipSync(piece)).subarray(0, -9), 1500],
  ['zstd of several frames', inPieces(content, 6000, (piece) => zstdCompressSync(piece)), 1500],
  ['lz4 of several frames', inPieces(content, 5000, (piece) => lz4Frame(piece)), 1500],
]

describe('a parse in parts', () => {
  it.each(FILES)(
    'finds the same, byte for byte, wherever it is cut: %s',
    { timeout: 120_000 },
    async (_, file, least) => {
      const whole = await parse(file, ALL)
      expect(whole.parts).toBe(1)
      expect(whole.row).toMatchObject({ sha256: digest('sha256', file), sha1: digest('sha1', file) })
      const unlike = {
        id: '',
        objectKey: '',
        summaryKey: '',
        createdAt: 0,
        copiedAt: 0,
        dueAt: 0,
        attempts: 0,
        cursor: 0,
      }
      const bounds = fc.record({
        bytes: fc.integer({ min: Math.ceil(least), max: Math.ceil(6 * least) }),
        packets: fc.oneof(fc.constant(2 ** 30), fc.integer({ min: 20, max: 300 })),
        frame: fc.constant(ALL.frame),
      })
      let most = 0
      await fc.assert(
        fc.asyncProperty(bounds, async (some) => {
          const parted = await parse(file, some)
          most = Math.max(most, parted.parts)
          expect(parted.objects).toEqual(whole.objects)
          expect({ ...parted.row, ...unlike }).toEqual({ ...whole.row, ...unlike })
          const progress = parted.progress.slice(0, -1)
          expect(progress).toEqual([...progress].sort((a, b) => Number(a) - Number(b)))
          expect(parted.progress.at(-1)).toBeNull()
        }),
        { numRuns: 4 },
      )
      expect(most).toBeGreaterThan(3)
    },
  )
})

describe('a parse in parts, where something goes wrong', () => {
  /** A capture of which some parts are parsed. */
  async function begun(parts: number, file = content) {
    const under = bounded({ ...ALL, bytes: content.length / 8 })
    const id = await upload(file, under)
    for (let part = 0; part < parts; part++) await work(under)
    expect(await rowOf(id)).toMatchObject({ state: 'stored', cursor: parts })
    return { id, ...under }
  }
  const toTheEnd = async (under: Bounded & { id: string }) => {
    while (under.jobs.length > 0) await work(under)
    return rowOf(under.id)
  }
  const OK = { state: 'ok', sha256: digest('sha256', content), facts: { packets: 1320 } }

  it('says on the status how far it is', async () => {
    const under = await begun(1)
    const answer = await request(`/api/v1/pcaps/private/status/${under.id}`, { headers: account.bearer })
    const { status, progress } = (await answer.json()) as Record<string, unknown>
    expect(status).toBe('processing')
    expect(progress).toBeGreaterThan(50)
    expect(progress).toBeLessThan(90)
  })

  it('ends with a clear limit where one member is longer than an invocation takes', async () => {
    const { row, objects } = await parse(gzipSync(content), { ...ALL, bytes: content.length / 9 })
    expect(row).toMatchObject({ state: 'error', copySize: 0, failure: { kind: 'too-long-member' } })
    expect(row?.failure?.message).toMatch(/^one member or frame of the compressed file holds \d+ bytes and more/)
    expect(row?.sha256).toBe(digest('sha256', gzipSync(content)))
    expect(Object.keys(objects).filter((key) => key.includes('copy'))).toEqual([])
  })

  it('goes on where a job was lost: the sweep asks for the same part', async () => {
    const under = await begun(2)
    under.jobs.length = 0
    const { queue, jobs } = keptQueue()
    await sweep(openStore({ ...bindings, PARSE: queue }), () => Date.now() + 120_000)
    const again = jobs.filter(({ captureId }) => captureId === under.id)
    expect(again).toMatchObject([{ cursor: 2 }])
    under.jobs.push(...again)
    expect(await toTheEnd(under)).toMatchObject(OK)
  })

  it('goes on from the last checkpoint where a parser died', async () => {
    const under = await begun(2)
    const store = openStore({ ...bindings, ...under.change })
    expect(await store.captures.claim(under.jobs[0] as ParseJob, Date.now() - 3_600_000)).not.toBeNull()
    expect(await toTheEnd(under)).toMatchObject({ ...OK, attempts: 1 })
  })

  it.each([ALL.frame / 2, ALL.frame * 2, ALL.frame * 20])(
    'goes on with a copy whose frames are of another size: %i',
    async (frame) => {
      const file = inPieces(content, 5000, (piece) => gzipSync(piece))
      const under = await begun(2, file)
      under.change.COPY_FRAME_BYTES = String(frame)
      const row = await toTheEnd(under)
      expect(row).toMatchObject({ ...OK, sha256: digest('sha256', file) })
      const source = await contentOf(openStore(bindings), row as Capture)
      expect(await source?.read(ALL.frame * 4, 100)).toEqual(content.subarray(ALL.frame * 4, ALL.frame * 4 + 100))
    },
  )

  it('is stopped by bytes that hold nothing, too', { timeout: 60_000 }, async () => {
    const skipped = bytes([0x50, 0x2a, 0x4d, 0x18, 0x40, 0x9c, 0, 0], new Uint8Array(40_000))
    const frame = zstdCompressSync(content)
    const file = bytes(zstdCompressSync(new Uint8Array(0)), ...Array.from({ length: 10 }, () => skipped), frame)
    const { row, parts } = await parse(file, { ...ALL, bytes: 80_000 })
    expect([row?.failure, row?.sha256]).toEqual([null, digest('sha256', file)])
    expect(parts).toBeGreaterThan(4)
  })

  it('keeps no copy that is far larger than its file', async () => {
    const some = pcap(Array.from({ length: 40 }, (_, at) => ({ seconds: at, data: noise(60_000) })))
    const records = some.subarray(24)
    const whole = bytes(some.subarray(0, 24), ...Array.from({ length: 24 }, () => records))
    const far = {
      chunkSize: 1024 * 1024,
      params: { [constants.ZSTD_c_windowLog]: 23, [constants.ZSTD_c_compressionLevel]: 3 },
    }
    const { row, objects } = await parse(await compressed(whole, far), { ...ALL, frame: records.length - 1000 })
    expect(row).toMatchObject({ state: 'ok', copySize: 0, copiedAt: null, facts: { packets: 960 } })
    expect(Object.keys(objects).filter((key) => key.includes('.copy/'))).toEqual([])
    expect(await contentOf(openStore(bindings), row as Capture)).toBeNull()
  })

  it('that is given up by its dead letter leaves nothing derived', async () => {
    const under = await begun(
      3,
      inPieces(content, 5000, (piece) => gzipSync(piece)),
    )
    await database.update(captures).set({ attempts: MAX_ATTEMPTS }).where(eq(captures.id, under.id))
    await deliver(under.jobs, { handle: buryDeadLetters, queue: 'pcaport-parse-dead' })
    expect(await rowOf(under.id)).toMatchObject({ state: 'error', copySize: 0, progress: null })
    expect(await derived(under.id)).toEqual({})
  })

  it('goes on under another budget', async () => {
    const under = await begun(2)
    await deliver([under.jobs.shift()])
    expect(await rowOf(under.id)).toMatchObject(OK)
  })

  it('counts attempts for each part, so that a long capture does not run out of them', async () => {
    const under = await begun(2)
    expect(await rowOf(under.id)).toMatchObject({ attempts: 0 })
  })

  it('begins anew where another version wrote the checkpoint', async () => {
    const under = await begun(2)
    const key = derivedKeysFor({ accountId: account.accountId, id: under.id, generation: 0 }).checkpoint(2)
    const checkpoint = Buffer.from(await ((await bindings.CAPTURES.get(key)) as R2ObjectBody).bytes())
    const changed = checkpoint.toString('latin1').replace(/"version":"1\./, '"version":"0.')
    await bindings.CAPTURES.put(key, Buffer.from(changed, 'latin1'))
    await work(under)
    expect(await rowOf(under.id)).toMatchObject({ state: 'stored', generation: 1, cursor: 1 })
    expect(await toTheEnd(under)).toMatchObject(OK)
  })

  it.each([
    ['is gone', (key: string) => bindings.CAPTURES.delete(key)],
    ['is damaged', (key: string) => bindings.CAPTURES.put(key, new Uint8Array(100))],
  ])('gives up after four tries where the checkpoint %s, and the bytes stay', async (_, harm) => {
    const under = await begun(2)
    await harm(derivedKeysFor({ accountId: account.accountId, id: under.id, generation: 0 }).checkpoint(2))
    const [job] = under.jobs
    for (let now = Date.now(), tries = 0; tries < 5; tries++, now += 120_000)
      await deliver([job], { change: under.change, clock: () => now })
    expect(await rowOf(under.id)).toMatchObject({ state: 'error', failure: { kind: 'gave-up' }, progress: null })
    expect((await request(`/api/v1/${account.token}/download/${under.id}`)).status).toBe(200)
  })

  it('leaves nothing of a capture that is deleted between two parts', async () => {
    const under = await begun(
      3,
      inPieces(content, 5000, (piece) => gzipSync(piece)),
    )
    expect(Object.keys(await derived(under.id)).length).toBeGreaterThan(2)
    await request(`/api/v1/${account.token}/delete/${under.id}`, { method: 'POST' })
    expect(await derived(under.id)).toEqual({})
    await work(under)
    expect(await derived(under.id)).toEqual({})
    expect(await rowOf(under.id)).toBeUndefined()
  })

  it('has checkpoints and earlier generations that were left lying taken by reconcile', async () => {
    const { id } = await parse(content, ALL)
    await database.update(captures).set({ state: 'stored', generation: 1 }).where(eq(captures.id, id))
    await deliver([{ version: 1, captureId: id, generation: 1, cursor: 0 }])
    const kept = Object.keys(await derived(id))
    const keysOf = (generation: number) => derivedKeysFor({ accountId: account.accountId, id, generation })
    await bindings.CAPTURES.put(keysOf(1).checkpoint(1), 'x')
    await bindings.CAPTURES.put(keysOf(0).frame(3), 'x')
    for (let run = 0; run < 20; run++) await reconcile(openStore(bindings), () => Date.now() + 2 * 86_400_000)
    expect(Object.keys(await derived(id))).toEqual(kept)
  })
})

describe('what a parsed capture holds', () => {
  const store = openStore(bindings)

  it.each(FILES.filter(([name]) => !/damaged|cut/.test(name)))(
    'can be cut out of its middle, by the index that was kept: %s',
    async (name, file) => {
      const { row } = await parse(file, ALL)
      const plain = name === 'pcapng' ? sections : content
      const kept = await store.objects.bytes(derivedKeysFor(row as Capture).index)
      const source = await contentOf(store, row as Capture)
      const whole = { size: plain.length, read: async (at: number, length: number) => plain.subarray(at, at + length) }
      const indexer = createPacketIndex()
      const reader = openReader(indexer)
      reader.push(plain)
      reader.end()
      const selection = { numbers: { from: 100, to: 140 } }
      const pieces = async (index: PacketIndex, from: RangedSource) => {
        const made: Uint8Array[] = []
        for await (const piece of slice(index, from, selection)) made.push(piece.slice())
        return bytes(...made)
      }
      const cut = await pieces(decodeIndex(kept as Uint8Array), source as RangedSource)
      expect(digest('sha256', cut)).toBe(digest('sha256', await pieces(indexer.finish(), whole)))
      expect(cut.length).toBeGreaterThan(1000)
    },
  )

  it('has its copy taken away after a while, and a new parse makes another', async () => {
    const { id, row, objects } = await parse(gzipSync(content), ALL)
    const frames = (all: Record<string, string>) => Object.keys(all).filter((key) => key.includes('.copy/'))
    expect(frames(objects)).toHaveLength(Math.ceil(content.length / ALL.frame))
    expect(row?.copySize).toBeGreaterThan(0)
    await retainCopies(store, () => Date.now() + store.settings.copyAge - 60_000)
    expect(frames(await derived(id))).toEqual(frames(objects))
    await retainCopies(store, () => Date.now() + store.settings.copyAge + 60_000)
    const after = await rowOf(id)
    expect(after).toMatchObject({ state: 'ok', copySize: 0, copiedAt: null })
    expect(frames(await derived(id))).toEqual([])
    expect(await contentOf(store, after as Capture)).toBeNull()
    await database.update(captures).set({ state: 'stored', generation: 1 }).where(eq(captures.id, id))
    await deliver([{ version: 1, captureId: id, generation: 1, cursor: 0 }])
    expect(await contentOf(store, (await rowOf(id)) as Capture)).toMatchObject({ size: content.length })
    expect(Object.keys(await derived(id)).every((key) => key.startsWith('1.'))).toBe(true)
  })
})

describe('a copy', () => {
  it.each([1, 1000, 100_000, 131_071, 200_000, 1_000_000, 3_000_000])(
    'gives back what was put into it, of what does not compress too: frames of %i bytes',
    async (frame) => {
      const sample = bytes(noise(Math.min(frame, 65_536) * 2), content.subarray(0, frame), noise(Math.floor(frame / 3)))
      const whole = bytes(...Array.from({ length: Math.ceil((2.3 * frame) / sample.length) }, () => sample))
      const frames = new Map<number, Uint8Array>()
      const copy = await openCopy(frame, async (number, _, pieces) => frames.set(number, bytes(...pieces)))
      for (let at = 0; at < whole.length; at += 65_536) await copy.write(whole.subarray(at, at + 65_536))
      const made = await copy.end()
      expect(made).toMatchObject({ size: whole.length, frame })
      for (const from of [0, 1, Math.floor(whole.length / 2), whole.length - 1]) {
        const pieces: Uint8Array[] = []
        for await (const piece of copyContent(made, from, async (number) => frames.get(number) as Uint8Array))
          pieces.push(piece.slice())
        expect(Buffer.compare(bytes(...pieces), whole.subarray(from))).toBe(0)
      }
    },
  )
})
