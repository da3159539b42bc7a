/** Uploads under way, written down so that one that died is taken up again. */
import { createHash, randomUUID } from 'node:crypto'
import { readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { readIfThere, statePath, writePrivately } from './places.ts'

/** One upload under way. */
export interface Entry {
  path: string
  host: string
  /** Where its bytes go, once the gateway has said so. */
  uploadUrl: string | null
  /** Says to the gateway that a request is the one before, asked again. */
  idempotencyKey: string
}

export interface Journal {
  readonly entry: Entry
  /** Write down where the bytes go, before the first of them does; `null`: nowhere any more. */
  note(uploadUrl: string | null): void
  /** The upload is done and over with. */
  forget(): void
}

/** Days after which an upload that was never taken up again is forgotten: the gateway has done so long before. */
const KEPT = 30

/**
 * The upload of these bytes with these options, taken up again or new. A file that has changed, another gateway or other
 * options make it another upload.
 */
export function journalOf(path: string, host: string, identity: unknown): Journal {
  const fingerprint = createHash('sha256')
    .update(JSON.stringify([path, host, identity]))
    .digest('hex')
  const file = join(folder(), `${fingerprint}.json`)
  const entry = entryIn(file) ?? { path, host, uploadUrl: null, idempotencyKey: randomUUID() }
  const write = () => writePrivately(file, JSON.stringify(entry))
  forgetTheOld()
  write()
  return {
    entry,
    note(uploadUrl) {
      entry.uploadUrl = uploadUrl
      write()
    },
    forget: () => rmSync(file, { force: true }),
  }
}

const folder = (): string => join(statePath(), 'uploads')

function entryIn(file: string): Entry | null {
  const text = readIfThere(file)
  try {
    return text === null ? null : (JSON.parse(text) as Entry)
  } catch {
    return null // it begins anew
  }
}

function forgetTheOld(): void {
  const limit = Date.now() - KEPT * 86_400_000
  try {
    for (const name of readdirSync(folder()))
      if (statSync(join(folder(), name)).mtimeMs < limit) rmSync(join(folder(), name), { force: true })
  } catch {
    // there is none yet, or another process was faster
  }
}
