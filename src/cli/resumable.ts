/** The door that takes a capture piece by piece, and goes on where it was left: tus 1.0.0 at /files. */
import { createReadStream } from 'node:fs'
import { basename } from 'node:path'
import type { Readable } from 'node:stream'
import { type DetailedError, type HttpRequest, type HttpResponse, Upload, type UploadOptions } from 'tus-js-client'
import { type Gateway, isPassing, type Kept, refusalFor, wordsIn } from './gateway.ts'
import { ask, textOf } from './http.ts'
import type { Journal } from './journal.ts'
import type { Outgoing } from './plain.ts'
import type { Progress } from './progress.ts'
import { Refusal, refusalOf, unreachable } from './refusal.ts'
import { tell } from './screen.ts'
import { fieldsOf } from './wishes.ts'

/** Bytes of one request: Cloudflare takes at most 100 MB in one. */
const PIECE = 32 * 1024 * 1024
/** Milliseconds before each further attempt; from the start again after each one that got on. */
const PAUSES = [500, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000]
/** Longest silence while the gateway stores a piece. Milliseconds. */
const STORING = 120_000
/** Longest key log that fits into a header. Bytes. */
export const MAX_KEYLOG_IN_HEADER = 8 * 1024

/** Answers by which a gateway without this door is known. */
const NO_DOOR: ReadonlySet<number> = new Set([404, 405, 501])
/** Answers by which an upload is known to be no more: tus 1.0.0, "Expiration". */
const GONE: ReadonlySet<number> = new Set([403, 404, 410])

/**
 * Send a file, from where it was left by an attempt before.
 * @returns `null` where the gateway has no such door
 * @throws Refusal
 */
export async function sendResumably(
  gateway: Gateway,
  file: Outgoing,
  journal: Journal,
  progress: Progress,
): Promise<Kept | null> {
  const resumed = journal.entry.uploadUrl !== null
  try {
    return await attempt(gateway, file, journal, progress)
  } catch (error) {
    const status = statusIn(error)
    if (status !== null && resumed && GONE.has(status)) {
      journal.note(null)
      return sendResumably(gateway, file, journal, progress)
    }
    if (status !== null && journal.entry.uploadUrl === null && NO_DOOR.has(status)) return null
    throw wordsFor(new URL(gateway.host), error)
  }
}

function attempt(gateway: Gateway, file: Outgoing, journal: Journal, progress: Progress): Promise<Kept> {
  const { path, size, wishes } = file
  const { keylog } = wishes
  const earlier = journal.entry.uploadUrl
  let kept: Kept | null = null
  return new Promise((resolve, reject) => {
    const options: UploadOptions = {
      ...(earlier === null ? { endpoint: `${gateway.host}/files` } : { uploadUrl: earlier }),
      metadata: {
        ...fieldsOf(wishes, wishes.name ?? basename(path)),
        ...(keylog === null ? {} : { keylog: keylog.toString('utf8') }),
      },
      headers: gateway.authorization,
      chunkSize: PIECE,
      retryDelays: PAUSES,
      onShouldRetry(error, attempts) {
        const status = statusIn(error)
        const refusal = wordsFor(new URL(gateway.host), error)
        if (!(status === null ? refusal.passing : isPassing(status))) return false
        progress.end()
        tell(`${path}: ${refusal.message}; going on in ${(PAUSES[attempts] ?? 0) / 1000} s`)
        return true
      },
      storeFingerprintForResuming: false, // the journal does
      fingerprint: async () => '',
      fileReader: { openFile: async () => sourceOf(path, size) },
      httpStack: { createRequest: requestOf, getName: () => 'pcaport' },
      onUploadUrlAvailable() {
        journal.note(upload.url)
        upload.options.endpoint = null // asked where it stands, a busy gateway may say 503: that must not make another one of it
      },
      onAfterResponse(_, response) {
        const id = response.getHeader('X-Capture-Id')
        if (id !== undefined) kept = { id, url: response.getHeader('X-Capture-Url') ?? gateway.linkOf(id) }
      },
      onProgress: (sent) => progress.at(sent),
      onChunkComplete(accepted) {
        if (accepted > 0) return
        void upload.abort()
        reject(unreachable(`${gateway.host} takes no more of it`)) // else it would be offered the same piece for ever
      },
      onError: reject,
      onSuccess() {
        if (kept !== null) resolve(kept)
        else reject(new Refusal(`${gateway.host} took the capture, but did not say under which id`))
      },
    }
    const upload = new Upload(Buffer.alloc(1), options) // the bytes come from `sourceOf`
    upload.start()
  })
}

/** The answer that an attempt ended with. `null`: there was none. */
const statusIn = (error: unknown): number | null =>
  (error as Partial<DetailedError>).originalResponse?.getStatus() ?? null

function wordsFor(url: URL, error: unknown): Refusal {
  const { originalResponse, causingError } = error as Partial<DetailedError>
  if (originalResponse) return refusalFor(url, originalResponse.getStatus(), wordsIn(originalResponse.getBody()))
  return refusalOf(causingError ?? error)
}

function sourceOf(path: string, size: number) {
  return {
    size,
    async slice(start: number, end: number) {
      const stop = Math.min(end, size)
      return {
        value: Object.assign(createReadStream(path, { start, end: stop - 1 }), { size: stop - start }),
        done: stop >= size,
      }
    },
    close() {},
  }
}

function requestOf(method: string, url: string): HttpRequest {
  const headers: Record<string, string> = {}
  const abort = new AbortController()
  let progress: (sent: number) => void = () => {}
  return {
    getMethod: () => method,
    getURL: () => url,
    setHeader(name, value) {
      headers[name] = value
    },
    getHeader: (name) => headers[name],
    setProgressHandler(handler) {
      progress = handler
    },
    async send(body: (Readable & { size: number }) | null): Promise<HttpResponse> {
      let sent = 0
      body?.on('data', (chunk: Buffer) => {
        sent += chunk.length
        progress(sent)
      })
      const asked =
        body === null
          ? { headers: { ...headers, 'Content-Length': 0 } }
          : { headers: { ...headers, 'Content-Length': body.size }, body }
      const answer = await ask(method, new URL(url), { ...asked, silence: STORING, signal: abort.signal })
      const text = await textOf(new URL(url), answer)
      return {
        getStatus: () => answer.status,
        getHeader: (name) => [answer.headers[name.toLowerCase()]].flat()[0],
        getBody: () => text,
        getUnderlyingObject: () => null,
      }
    },
    async abort() {
      abort.abort()
    },
    getUnderlyingObject: () => null,
  }
}
