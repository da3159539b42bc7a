/** A worker that reads the facts of a file with the server's own engine, while its bytes travel. */
import { recognise } from '../../capture/formats.ts'
import { openReader } from '../../capture/reader.ts'
import { createFacts } from '../../summary/facts.ts'

/** What is told of a file. */
export interface Told {
  packets: number
  /** The rest is known at the end: `null` until then. */
  end: { fileType: string; duration: string | null } | null
}

/** What is read of a file, or of what it decompresses to. Bytes. */
const MOST = 2 * 1024 ** 3
/** Bytes of one read. */
const CHUNK = 4 * 1024 ** 2
/** Milliseconds between two tellings. */
const EVERY = 200

const tell = (told: Told | null) => self.postMessage(told)

self.onmessage = async ({ data: file }: MessageEvent<File>) => {
  tell(await factsOf(file).catch(() => null)) // the server says what is wrong with it
}

/** @returns `null` where this is not the place to find out: too long, zstd or lz4, damaged, or no capture */
async function factsOf(file: File): Promise<Told | null> {
  if (file.size > MOST) return null
  const head = recognise(new Uint8Array(await file.slice(0, 16).arrayBuffer()))
  const isGzip = head.kind === 'compressed' && head.name === 'gzip'
  if (head.kind !== 'capture' && !isGzip) return null
  const facts = createFacts()
  const reader = openReader(facts)
  let read = 0
  let toldAt = performance.now()
  for await (const chunk of isGzip ? inflated(file) : piecesOf(file)) {
    read += chunk.length
    if (read > MOST) return null
    reader.push(chunk)
    if (performance.now() - toldAt < EVERY) continue
    toldAt = performance.now()
    tell({ packets: facts.state.packets, end: null })
  }
  reader.end()
  const { packets, fileType, duration, verdict } = facts.finish(file.size)
  return verdict === 'refused' || fileType === null ? null : { packets, end: { fileType, duration } }
}

async function* piecesOf(file: File): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < file.size; at += CHUNK) yield new Uint8Array(await file.slice(at, at + CHUNK).arrayBuffer())
}

/** One member: of several, or of what is damaged, nothing is told. */
async function* inflated(file: File): AsyncGenerator<Uint8Array> {
  const reader = file.stream().pipeThrough(new DecompressionStream('gzip')).getReader()
  for (;;) {
    const { value, done } = await reader.read()
    if (done) return
    yield value
  }
}
