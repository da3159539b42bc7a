/** Objects in R2: captures as uploaded, and summaries. */
import { GatewayError } from '../errors.ts'
import { within } from './deadline.ts'
import { hexOf } from './digest.ts'
import type { Settings } from './env.ts'

/** R2 takes so many parts. */
export const MAX_PARTS = 10_000
/** The shortest part that R2 takes, but for the last. Bytes. */
export const MIN_PART = 5 * 1024 ** 2
/** The longest single put that R2 takes. Bytes. */
export const MAX_PUT = 5 * 1024 ** 3 - 5 * 1024 ** 2

/** What an upload leaves on its object, so that it can be adopted again when its row is lost. All text. */
export type ObjectMetadata = Record<'account' | 'capture' | 'filename' | 'createdAt', string>

/** What an object of a capture gets, by its row. */
export const metadataOf = (
  { accountId, id, createdAt }: { accountId: number; id: string; createdAt: number },
  filename: string,
): ObjectMetadata => ({
  account: String(accountId),
  capture: id,
  filename: encodeURIComponent(filename),
  createdAt: String(createdAt),
})

/** A key for the bytes of a capture, fresh for each attempt. */
export function objectKeyFor(accountId: number, captureId: string): string {
  return `captures/${accountId}/${captureId}/${crypto.randomUUID()}`
}

/** Under which all that is derived from a capture lies, of all its generations. */
export function derivedPrefixFor({ accountId, id }: { accountId: number; id: string }): string {
  return `summaries/${accountId}/${id}/`
}

/**
 * Keys of what is derived from a capture in one generation: its facts, its tables, its packet index, what it is found by; the seekable copy of what
 * a compressed one holds, frame by frame; and the checkpoint with which each part of its parse but the first begins.
 */
export function derivedKeysFor(of: { accountId: number; id: string; generation: number }) {
  const key = `${derivedPrefixFor(of)}${of.generation}`
  return {
    all: `${key}.`,
    facts: `${key}.json`,
    tables: `${key}.tables.json`,
    rows: `${key}.rows`,
    index: `${key}.index`,
    terms: `${key}.terms.json`,
    copy: `${key}.copy/`,
    frame: (number: number) => `${key}.copy/${String(number).padStart(6, '0')}`,
    checkpoint: (cursor: number) => `${key}.checkpoint-${cursor}`,
  }
}

/**
 * A fresh key for what is no whole part yet: the tail of a resumable upload, a piece of an upload that trickles. Beside what is
 * derived, for what is left over of them goes when that goes.
 */
export const tailKeyFor = (of: { accountId: number; id: string }): string =>
  `${derivedPrefixFor(of)}tail-${crypto.randomUUID()}`

/** Whether an object is of use only while its capture is uploaded. */
export const isTail = (key: string): boolean => key.includes('/tail-')

/** Under which the key logs of a capture lie: one, and for a while those that it replaced. */
export function keylogPrefixFor({ accountId, id }: { accountId: number; id: string }): string {
  return `keylogs/${accountId}/${id}/`
}

/** A key for a key log, fresh for each attempt. */
export const keylogKeyFor = (of: { accountId: number; id: string }): string =>
  `${keylogPrefixFor(of)}${crypto.randomUUID()}`

/** Whether an object is of use only while its capture is parsed. */
export const isCheckpoint = (key: string): boolean => key.includes('.checkpoint-')

/** The generation that a derived object's key names. */
export const generationOf = (key: string): number => Number(/^summaries\/[^/]*\/[^/]*\/(\d+)\./.exec(key)?.[1])

/** What the store says of bytes it has taken. */
export interface Written {
  size: number
  /** Lower-case hex; R2 has it for single puts only. */
  md5: string | null
}

/** Makes the bytes of an object, anew at each call. */
export type Pieces = () => Iterable<Uint8Array> | AsyncIterable<Uint8Array>

/** A part on its way into R2. */
export interface PartUnderWay {
  /** Hand bytes on. They must stay as they are until this has settled. */
  write(bytes: Uint8Array): Promise<void>
  /** All of it was handed on. `null`: R2 does not surely have it. */
  end(): Promise<R2UploadedPart | null>
  /** The rest does not come. */
  drop(): Promise<void>
}

/** R2 recomputed the digest that the client announced, and it was another. */
export class DigestMismatch extends Error {}

/** Verbs on objects. */
export function objectsIn(bucket: R2Bucket, settings: Settings) {
  const soon = <T>(what: string, call: PromiseLike<T>) => within(settings.bindingDeadline, what, call)

  /** A put whose answer was lost may have worked: ask. The key is fresh, so what is there is ours. */
  async function settle(key: string, size: number): Promise<Written | null> {
    const object = await soon('R2 head', bucket.head(key))
    return object && object.size === size ? written(object) : null
  }

  /** Send bytes that are made piece by piece, up to three times: a try that has ended can bring nothing into R2 any more. */
  const sent = <T>(what: string, size: number, pieces: Pieces, put: (readable: ReadableStream) => Promise<T>) =>
    thrice(async () => {
      const { readable, writable } = new FixedLengthStream(size)
      const putting = put(readable)
      putting.catch(() => readable.cancel().catch(() => undefined)) // or the writer would wait for somebody who reads
      const writer = writable.getWriter()
      writer.closed.catch(() => undefined)
      const write = async () => {
        for await (const piece of pieces()) await writer.write(piece)
        await writer.close()
      }
      try {
        const [answer] = await soon(what, Promise.all([putting, write()]))
        return answer
      } catch (error) {
        writer.abort(error).catch(() => undefined)
        throw error
      }
    })

  return {
    /**
     * Write a stream of known length. Holds nothing of it. Settled by a HEAD where the answer is lost.
     * @param body.pumped settles when all bytes have gone into the stream, or could not; from then on R2 has a deadline
     * @param body.sha256 hex, verified by R2
     * @throws DigestMismatch; what `pumped` says; GatewayError `unavailable`, and then the object may exist nonetheless
     */
    async putStream(
      key: string,
      body: { readable: ReadableStream; pumped: Promise<void>; size: number; sha256: string | null },
      metadata: ObjectMetadata,
    ): Promise<Written> {
      const { readable, pumped, size, sha256 } = body
      const put = bucket.put(key, readable, { customMetadata: metadata, ...(sha256 ? { sha256 } : {}) })
      put.catch(() => readable.cancel().catch(() => undefined)) // or the pump would write into a stream that nobody reads
      const answered = () =>
        put.catch((error: unknown) => {
          if (isBadDigest(error)) return null
          throw error
        })
      await pumped.catch(async (broken: unknown) => {
        if (broken instanceof GatewayError) throw broken
        if ((await soon('R2 put', answered())) === null) throw new DigestMismatch() // the stream breaks when R2 refuses
        throw broken
      })
      const object = await soon('R2 put', answered()).catch(async (error: unknown) => {
        const found = await settle(key, size).catch(() => null)
        if (found) return found
        throw error
      })
      if (object === null) throw new DigestMismatch()
      return 'md5' in object ? object : written(object)
    },

    /**
     * Write bytes that are in memory. Tried thrice.
     * @throws DigestMismatch; GatewayError `unavailable`
     */
    async putBytes(
      key: string,
      bytes: Uint8Array,
      sha256: string | null,
      metadata: ObjectMetadata | null,
    ): Promise<Written> {
      const options = { ...(metadata ? { customMetadata: metadata } : {}), ...(sha256 ? { sha256 } : {}) }
      return thrice(async () => {
        const put = bucket.put(key, bytes, options).catch((error: unknown) => {
          if (isBadDigest(error)) return null
          throw error
        })
        const object = await soon('R2 put', put)
        if (object === null) throw new DigestMismatch()
        return written(object)
      })
    },

    /**
     * Write bytes that are made piece by piece, and none of which is held. Tried thrice.
     * @param pieces makes them, anew for each try: `size` bytes in all
     * @throws GatewayError `unavailable`
     */
    putPieces(key: string, size: number, pieces: Pieces, metadata: ObjectMetadata | null = null): Promise<Written> {
      const options = metadata ? { customMetadata: metadata } : {}
      return sent('R2 put', size, pieces, async (readable) => written(await bucket.put(key, readable, options)))
    },

    /** Write one part as {@link putPieces} does. */
    putPartPieces(
      upload: R2MultipartUpload,
      partNumber: number,
      size: number,
      pieces: Pieces,
    ): Promise<R2UploadedPart> {
      return sent('R2 part', size, pieces, (readable) => upload.uploadPart(partNumber, readable))
    },

    /**
     * Write bytes that are in memory under a key that nothing lies under yet. A put of an earlier try that lands late changes
     * nothing; one that landed before is replaced where its bytes were others. Tried thrice.
     * @param mayReplace is asked before that
     * @returns `null` where others lie there and stay
     * @throws GatewayError `unavailable`
     */
    async putOnce(
      key: string,
      bytes: Uint8Array<ArrayBuffer>,
      metadata: ObjectMetadata,
      mayReplace: () => Promise<boolean>,
    ): Promise<Written | null> {
      const md5 = hexOf(await crypto.subtle.digest('MD5', bytes))
      const options = { customMetadata: metadata, onlyIf: { etagDoesNotMatch: '*' } }
      return thrice(async () => {
        const put = await soon('R2 put', bucket.put(key, bytes, options))
        if (put) return written(put)
        const found = await soon('R2 head', bucket.head(key))
        if (found && written(found).md5 === md5) return written(found)
        if (found && !(await mayReplace())) return null
        await soon('R2 delete', bucket.delete(key))
        throw new GatewayError('unavailable')
      })
    },

    /** Begin a multipart upload. */
    beginUpload(key: string, metadata: ObjectMetadata): Promise<R2MultipartUpload> {
      return soon('R2 multipart begin', bucket.createMultipartUpload(key, { customMetadata: metadata }))
    },

    /** A multipart upload that was begun before. Asks nothing. */
    goOn: (key: string, uploadId: string): R2MultipartUpload => bucket.resumeMultipartUpload(key, uploadId),

    /** Write one part from memory. Tried thrice; a part that was written twice counts once. */
    putPart(upload: R2MultipartUpload, partNumber: number, bytes: Uint8Array): Promise<R2UploadedPart> {
      return thrice(() => soon('R2 part', upload.uploadPart(partNumber, bytes)))
    },

    /**
     * Begin to write one part whose bytes are still to come: R2 takes them in meanwhile. Holds nothing of it: who begins it holds its
     * bytes, for one that fails is to be put from memory. Nothing of it throws.
     */
    beginPart(upload: R2MultipartUpload, partNumber: number, size: number): PartUnderWay {
      const { readable, writable } = new FixedLengthStream(size)
      const writer = writable.getWriter()
      writer.closed.catch(() => undefined)
      let isOver = false
      const until = Date.now() + settings.bindingDeadline
      const drop = async () => {
        if (isOver) return
        isOver = true
        await writer.abort().catch(() => undefined)
      }
      const putting = upload.uploadPart(partNumber, readable)
      putting.catch(() => readable.cancel().catch(() => undefined)) // or the writer would wait for somebody who reads
      const ifStillGoing = async <T>(call: () => Promise<T>): Promise<T | null> => {
        if (Date.now() > until) await drop()
        if (isOver) return null
        try {
          return await soon('R2 part as it comes', call())
        } catch {
          await drop()
          return null
        }
      }
      return {
        write: async (bytes) => void (await ifStillGoing(() => writer.write(bytes))),
        async end() {
          const [part] = (await ifStillGoing(() => Promise.all([putting, writer.close()]))) ?? []
          isOver = true
          return part ?? null
        },
        drop,
      }
    },

    /** Complete a multipart upload. Settled by a HEAD where the answer is lost. */
    async completeUpload(upload: R2MultipartUpload, parts: R2UploadedPart[], size: number): Promise<Written> {
      try {
        return written(await soon('R2 multipart complete', upload.complete(parts)))
      } catch (error) {
        const found = await settle(upload.key, size).catch(() => null)
        if (found) return found
        throw error
      }
    },

    /** Let an unfinished multipart upload go. One that is not there any more is no fault. */
    async abortUpload(key: string, uploadId: string): Promise<void> {
      const gone = bucket
        .resumeMultipartUpload(key, uploadId)
        .abort()
        .catch((error: unknown) => {
          if (!/\(10024\)|does not exist/.test(String(error))) throw error
        })
      await soon('R2 multipart abort', gone)
    },

    /** Delete objects. Those that are not there are no fault. */
    async remove(keys: string[]): Promise<void> {
      await soon('R2 delete', bucket.delete(keys))
    },

    /** Delete all objects under a prefix, a thousand at a time, but for those under another. */
    async removeUnder(prefix: string, but: string | null = null): Promise<void> {
      for (let cursor: string | undefined; ; ) {
        const page = await soon('R2 list', bucket.list(cursor === undefined ? { prefix } : { prefix, cursor }))
        const keys = page.objects.map(({ key }) => key).filter((key) => but === null || !key.startsWith(but))
        if (keys.length > 0) await soon('R2 delete', bucket.delete(keys))
        if (!page.truncated) return
        cursor = page.cursor
      }
    },

    /** Whether an object is there. */
    async head(key: string): Promise<R2Object | null> {
      return soon('R2 head', bucket.head(key))
    },

    /** An object, or the part of it that was asked for, as a stream. `null` where there is none. */
    async get(key: string, range?: R2Range): Promise<R2ObjectBody | null> {
      return soon('R2 get', bucket.get(key, range ? { range } : undefined))
    },

    /** A JSON object, whole. `null` where there is none. */
    async json<T>(key: string): Promise<T | null> {
      const read = bucket.get(key).then((object) => object?.json<T>() ?? null)
      return soon('R2 get', read)
    },

    /** An object's bytes, whole. `null` where there is none. */
    async bytes(key: string): Promise<Uint8Array | null> {
      const read = bucket.get(key).then(async (object) => (object ? new Uint8Array(await object.arrayBuffer()) : null))
      return soon('R2 get', read)
    },

    /** An object's bytes, whole. @throws GatewayError `unavailable` where it is not there */
    async piece(key: string): Promise<Uint8Array> {
      const bytes = await this.bytes(key)
      if (bytes === null) throw new GatewayError('unavailable')
      return bytes
    },

    /** An object's bytes as they come. Holds one chunk. @throws GatewayError `unavailable` where it is not there */
    async *chunks(key: string): AsyncGenerator<Uint8Array> {
      const object = await this.get(key)
      if (object === null) throw new GatewayError('unavailable')
      for await (const chunk of object.body) yield chunk
    },

    /** Objects in the order of their keys, some at a time. */
    async page(
      prefix: 'captures/' | 'summaries/' | 'keylogs/',
      cursor: string | null,
      limit: number,
    ): Promise<R2Objects> {
      const options: R2ListOptions = { prefix, limit, include: ['customMetadata'] }
      return soon('R2 list', bucket.list(cursor === null ? options : { ...options, cursor }))
    },
  }
}

function written(object: R2Object): Written {
  const md5 = object.checksums.md5
  return { size: object.size, md5: md5 ? hexOf(md5) : null }
}

function isBadDigest(error: unknown): boolean {
  return /\(10037\)/.test(String(error))
}

/** Try an idempotent call up to three times, a little later each time. */
async function thrice<T>(call: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call()
    } catch (error) {
      if (attempt === 3 || error instanceof DigestMismatch) throw error
      await scheduler.wait(50 * attempt)
    }
  }
}
