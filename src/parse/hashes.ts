/** The hashes of a stored file, over one invocation or several. */
import { type Hash, hashing } from '../store/digest.ts'
import { RunningHash, type SavedHash } from './running-hash.ts'

/** Lower-case hex. */
export type Digests = Record<'sha256' | 'sha1' | 'md5', string>

/** Hashes between two parts of a parse: those that are whole, or where they stand. Plain JSON. */
export type SavedHashes = { digests: Digests } | { at: number; running: Partial<Record<keyof Digests, SavedHash>> }

const ALGORITHMS = { sha256: 'SHA-256', sha1: 'SHA-1', md5: 'MD5' } as const
const NAMES = ['sha256', 'sha1', 'md5'] as const

/**
 * Begin hashing a file, or go on where `save` left off.
 * @param size of the file. Bytes
 * @param md5 what is known of it already, so that it need not be computed
 * @param inParts whether one invocation may not get to the end: the runtime's own hashes, four times as fast, cannot be put away
 */
export const openHashes = (size: number, md5: string | null, inParts: boolean, saved?: SavedHashes): Hashes =>
  new Hashes(size, md5, inParts, saved)

/** Takes the bytes of a file in their order, and passes over those that it has had. Holds nothing of them. */
export class Hashes {
  /** Bytes taken so far. */
  at = 0
  /** They can be put away before the end. */
  readonly inParts: boolean
  private readonly size: number
  private readonly md5: string | null
  private readonly running: Partial<Record<keyof Digests, RunningHash>> = {}
  private readonly native: Partial<Record<keyof Digests, Hash>> = {}
  private readonly done: Digests | null = null

  constructor(size: number, md5: string | null, inParts: boolean, saved?: SavedHashes) {
    this.inParts = inParts || saved !== undefined // whatever the budget is by now
    this.size = size
    this.md5 = md5
    if (saved && 'digests' in saved) {
      this.done = saved.digests
      this.at = size
      return
    }
    this.at = saved?.at ?? 0
    for (const name of NAMES) {
      if (name === 'md5' && md5 !== null) continue
      if (this.inParts) this.running[name] = new RunningHash(ALGORITHMS[name], saved?.running[name])
      else this.native[name] = hashing(ALGORITHMS[name])
    }
  }

  /** All bytes have been taken. */
  get over(): boolean {
    return this.at >= this.size
  }

  /** @param offset of the bytes in the file; they may be changed once this has settled */
  async update(bytes: Uint8Array, offset: number): Promise<void> {
    const fresh = bytes.subarray(Math.max(0, this.at - offset))
    if (fresh.length === 0) return
    this.at += fresh.length
    for (const hash of Object.values(this.running)) hash.update(fresh)
    await Promise.all(Object.values(this.native).map((hash) => hash.update(fresh)))
  }

  /** What they are. Nothing may follow. */
  async digests(): Promise<Digests> {
    if (this.done !== null) return this.done
    const hexOf = async (name: keyof Digests) =>
      this.running[name]?.hex() ?? (await this.native[name]?.hex()) ?? this.md5 ?? ''
    return { sha256: await hexOf('sha256'), sha1: await hexOf('sha1'), md5: await hexOf('md5') }
  }

  /** Where they stand; whole, where all bytes were taken. Nothing may follow. */
  async save(): Promise<SavedHashes> {
    if (this.over) return { digests: await this.digests() }
    const running = Object.fromEntries(Object.entries(this.running).map(([name, hash]) => [name, hash.save()]))
    return { at: this.at, running }
  }
}
