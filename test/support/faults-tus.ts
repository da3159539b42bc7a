/** The flows of resumable uploads, for the walk through every fault point: a client that asks for the offset and goes on. */
import { createHash } from 'node:crypto'
import type { Env } from '../../src/store/env.ts'
import { wireBody } from './faults.ts'
import { captureOf, KEYLOG } from './faults-flows.ts'
import { type Answer, ask, type Flow, type World } from './faults-walk.ts'
import { metadataOf, OFFSET_STREAM, type Tus, tusOf } from './tus.ts'

interface Way {
  packets: number
  /** Lengths of the pieces but the last. Bytes. */
  pieces: number[]
  deferred?: true
  /** Pieces come in drops, their length announced: whole parts go to R2 as they come. */
  drops?: true
  checksum?: true
  /** The first piece comes with the creation. */
  withUpload?: true
  keylog?: true
  /** Pieces trickle, so that what is no whole part yet goes to R2: parts have 40,000 bytes. */
  trickles?: true
}

/** A body that comes slowly. */
function trickle(piece: Uint8Array): ReadableStream<Uint8Array> {
  let at = 0
  return new ReadableStream({
    async pull(controller) {
      if (at >= piece.length) return controller.close()
      if (at > 0) await scheduler.wait(20)
      controller.enqueue(piece.slice(at, at + 15_000))
      at += 15_000
    },
  })
}

const metadataFor = ({ keylog }: Way) => ({
  'Upload-Metadata': metadataOf({ filename: 'traffic.pcap', ...(keylog ? { keylog: KEYLOG } : {}) }),
})

function bytesOf(world: World, packets: number): Uint8Array<ArrayBuffer> {
  const sent = world.sent.get('traffic.pcap') ?? captureOf(packets)
  world.sent.set('traffic.pcap', sent)
  return sent.bytes as Uint8Array<ArrayBuffer>
}

/** Create, or find what was created. @returns its path, and where to go on; `null`: it cannot be known now */
async function opened(world: World, tus: Tus, bytes: Uint8Array<ArrayBuffer>, way: Way) {
  const known = world.notes.get('path')
  if (known !== undefined) {
    const told = await tus.head(known)
    if (told.status === 200) return { path: known, answer: told }
    if (told.status !== 404 && told.status !== 410) return null
  }
  const first = way.withUpload ? bytes.slice(0, way.pieces[0] ?? bytes.length) : undefined
  const headers = { ...metadataFor(way), ...(first ? OFFSET_STREAM : {}) }
  const answer = await tus.create(way.deferred ? null : bytes.length, headers, first)
  if (answer.status !== 201) return null
  const path = new URL(answer.headers.get('location') ?? '').pathname
  world.notes.set('path', path)
  return { path, answer }
}

async function upload(world: World, given: Env, way: Way): Promise<Answer> {
  const env = way.trickles ? { ...given, PART_BYTES: '40000', UPLOAD_SLOW_SECONDS: '0.1' } : given
  const tus = tusOf(world.account, {}, (path, init) => ask(env, path, init))
  const bytes = bytesOf(world, way.packets)
  const sent = world.sent.get('traffic.pcap')
  if (sent && way.keylog) sent.keylog = KEYLOG
  const open = await opened(world, tus, bytes, way)
  if (open === null) return null
  let { answer } = open
  const ends = [
    ...way.pieces.map((_, at) => way.pieces.slice(0, at + 1).reduce((sum, size) => sum + size)),
    bytes.length,
  ]
  for (let tries = 0; tries < 20; tries++) {
    const acknowledged = answer.headers.get('x-capture-id')
    if (acknowledged) return { acknowledged }
    const offset = Number(answer.headers.get('upload-offset') ?? 0)
    const end = ends.find((at) => at > offset) ?? bytes.length
    const piece = bytes.slice(offset, end)
    const digest = createHash('sha256').update(piece).digest('base64')
    const drops = way.drops && wireBody(piece, 'whole', piece.length, 600)
    answer = await tus.patch(open.path, offset, drops ?? (way.trickles ? trickle(piece) : piece), {
      ...(way.drops ? { 'Content-Length': String(piece.length) } : {}),
      ...(way.deferred && end === bytes.length ? { 'Upload-Length': String(end) } : {}),
      ...(way.checksum ? { 'Upload-Checksum': `sha256 ${digest}` } : {}),
    })
    if (answer.status !== 204) return null
  }
  return null
}

const flow = (name: string, way: Way): Flow => ({
  name,
  act: (world, env) => upload(world, env, way),
  manyTries: true,
})

/** Parts have 4096 bytes, or 5000: 3 packets fit into one, 130 make three, 200 four. */
export const RESUMABLE: Flow[] = [
  flow('tus, in one piece', { packets: 3, pieces: [] }),
  flow('tus, in small pieces', { packets: 3, pieces: [10, 100] }),
  flow('tus, with a key log', { packets: 3, pieces: [100], keylog: true }),
  flow('tus, created with all of it', { packets: 3, pieces: [], withUpload: true }),
  flow('tus, in parts, with tails', { packets: 130, pieces: [100, 5000], drops: true }),
  flow('tus, in parts as long as its pieces', { packets: 200, pieces: [5000, 5000], drops: true }),
  flow('tus, in pieces that trickle', { packets: 800, pieces: [35_000], trickles: true }),
  flow('tus, in parts, deferred', { packets: 130, pieces: [4096, 100], deferred: true }),
  flow('tus, in parts, with checksums', { packets: 130, pieces: [4500], checksum: true }),
  {
    name: 'tus, terminated',
    async prepare(world, env) {
      const tus = tusOf(world.account, {}, (path, init) => ask(env, path, init))
      const bytes = captureOf(130).bytes as Uint8Array<ArrayBuffer>
      const made = await tus.create(bytes.length)
      const path = new URL(made.headers.get('location') ?? '').pathname
      await tus.patch(path, 0, bytes.slice(0, 5000))
      world.notes.set('path', path)
    },
    async act(world, env) {
      const path = world.notes.get('path') ?? ''
      const { status } = await tusOf(world.account, {}, (to, init) => ask(env, to, init)).end(path)
      return status === 204 || status === 404 ? { gone: path.slice(7) } : null
    },
  },
]
