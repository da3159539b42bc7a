/** One part of an upload as it gathers: in memory while its bytes come fast, set aside in R2 where they trickle. */
import type { Hash } from '../store/digest.ts'
import { type ObjectMetadata, tailKeyFor, type Written } from '../store/objects.ts'
import type { Store } from '../store/open.ts'
import { PartBuffer, SMALL } from './part-buffers.ts'
import type { PeekableSource } from './source.ts'

/** How long an upload waits for its first large buffer before it goes on with a small one. Milliseconds. */
const PATIENCE = 2000
/** Who needs longer than this share of the time for a part for the first 32 KiB of it does not get a large buffer. */
const SHARE = 1 / 10
/** Small pieces read at once when a part is put together. */
const ABREAST = 4

/** What filling came to: the part is full, its source ended, or what is gathered should be set aside. */
export type Filled = 'full' | 'ended' | 'slow'

/** A piece of a part, in R2. */
interface Piece {
  key: string
  /** Bytes. */
  size: number
  /** It is recorded elsewhere, and no concern of ours once it was read. */
  isRecorded?: true
}

export type Gathering = ReturnType<typeof gathering>

/**
 * Gather a part. A sender who fills it at once has a large buffer for it; one who does not, or who gets none, goes on with 32 KiB,
 * and what is gathered lies in R2 meanwhile. So however many trickle, and for however long, each holds 32 KiB and a chunk.
 * @param owner the account whose upload it is
 * @param partSize bytes of a whole part
 */
export function gathering(store: Store, owner: number, partSize = store.settings.partSize) {
  const { slowAfter } = store.settings
  const buffer = new PartBuffer(partSize, owner)
  let pieces: Piece[] = []
  let aside = 0
  /** When the bytes in memory began to gather. */
  let beganAt = Date.now()

  /** All of it, in order, anew at each call. Holds four small pieces. */
  async function* inOrder(): AsyncGenerator<Uint8Array> {
    let few: Piece[] = []
    const read = () => Promise.all(few.map(({ key }) => store.objects.piece(key)))
    for (const piece of pieces) {
      const isSmall = piece.size <= SMALL
      if (isSmall) few.push(piece)
      if (few.length < ABREAST && isSmall) continue
      yield* await read()
      few = []
      if (!isSmall) yield* store.objects.chunks(piece.key)
    }
    yield* await read()
    yield buffer.bytes
  }

  return {
    /** Bytes gathered, those set aside too. */
    get length(): number {
      return aside + buffer.bytes.length
    },
    /** What was gathered in memory. Holds until the next call. */
    get bytes(): Uint8Array {
      return buffer.bytes
    },
    /** Whether some of it lies in R2. */
    get isSetAside(): boolean {
      return pieces.length > 0
    },

    /**
     * Read on until the part is full, the source ends, or memory should be given back: see {@link Gathering.setAside}.
     * @param before is called before each read, and may throw
     */
    async fill(source: PeekableSource, before: () => void | Promise<void> = () => {}): Promise<Filled> {
      while (aside + buffer.bytes.length < partSize) {
        await before()
        if (buffer.countsSince !== null) {
          const left = buffer.countsSince + slowAfter - Date.now()
          if (left <= 0 || !(await source.ready(left))) return 'slow'
        }
        const chunk = await source.read()
        if (chunk === null) return 'ended'
        if (buffer.bytes.length === 0) beganAt = Date.now()
        const fits = chunk.subarray(0, partSize - aside - buffer.bytes.length)
        const isFast = buffer.countsSince !== null || Date.now() - beganAt <= SHARE * slowAfter
        const most = isFast ? fits : fits.subarray(0, SMALL - buffer.bytes.length)
        const taken = await buffer.append(most, aside === 0 ? PATIENCE : 0)
        if (taken < chunk.length) source.unread(chunk.subarray(taken))
        if (taken < fits.length) return 'slow'
      }
      return 'full'
    },

    /** Put what is in memory into R2 and give the memory back. The row is there: who takes it away takes the pieces too. */
    async setAside(of: { accountId: number; id: string }, hash: Hash | null): Promise<void> {
      const { bytes } = buffer
      if (bytes.length > 0) {
        const piece = { key: tailKeyFor(of), size: bytes.length }
        await hash?.update(bytes)
        await store.objects.putBytes(piece.key, bytes, null, null)
        pieces.push(piece)
        aside += piece.size
      }
      buffer.shrink()
    },

    /** What was gathered lies in an object that is there and recorded: give the memory back. @param size bytes of it */
    liesIn(key: string, size: number): void {
      buffer.shrink()
      pieces = [{ key, size, isRecorded: true }]
      aside = size
    },

    /** Write it as an object. @throws GatewayError `unavailable` */
    put(key: string, metadata: ObjectMetadata | null): Promise<Written> {
      return pieces.length > 0
        ? store.objects.putPieces(key, this.length, inOrder, metadata)
        : store.objects.putBytes(key, buffer.bytes, null, metadata)
    },

    /** Write it as a part. @throws GatewayError `unavailable` */
    putPart(upload: R2MultipartUpload, number: number): Promise<R2UploadedPart> {
      return pieces.length > 0
        ? store.objects.putPartPieces(upload, number, this.length, inOrder)
        : store.objects.putPart(upload, number, buffer.bytes)
    },

    /** Begin the next part. Pieces that cannot be deleted now are left to `reconcile`. */
    async clear(): Promise<void> {
      buffer.clear()
      const keys = pieces.filter(({ isRecorded }) => !isRecorded).map(({ key }) => key)
      pieces = []
      aside = 0
      if (keys.length > 0) await store.objects.remove(keys).catch(() => undefined)
    },

    /** Give the memory back. Always called, whatever happened. */
    release: () => buffer.release(),
  }
}
