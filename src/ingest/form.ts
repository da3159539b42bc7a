/** A multipart/form-data body (RFC 7578), read by pull: the part named `file` is a source, never a buffer. */
import { decodeField, make, type PartInfo } from 'multipasta'
import { joined } from '../capture/joined.ts'
import { GatewayError } from '../errors.ts'
import { type Disposition, dispositionOf } from './disposition.ts'
import { type CameKeylog, comingKeylog } from './keylog.ts'
import { OPTIONS } from './options.ts'
import type { Source } from './source.ts'

const MAX_PARTS = 64
/** Longest field that is no file. Bytes. */
const MAX_FIELD = 64 * 1024

/** A form whose file part may still be on its way. */
export interface Form {
  /** Fields met so far, first value first; whole only after {@link Form.finish}. */
  readonly fields: ReadonlyMap<string, string>
  /** The part named `keylog`, once it has come whole; each call but the first after that gives `null`. */
  takeKeylog(): CameKeylog | null
  /** The part named `file`; `null` where the form has none. */
  readonly file: FormFile | null
  /**
   * Read to the end of the form, dropping what is left of the file.
   * @throws GatewayError `two-files`, `bad-form`, `bad-keylog`, `busy`, and those of the source
   */
  finish(): Promise<void>
  /** Give back the memory of a key log that nobody took. Always called. */
  release(): void
}

export interface FormFile extends Source {
  /** As the sender gave it; empty where it gave none. */
  filename: string
  /** The part's `Content-Digest` and `Repr-Digest`, where it has them. */
  digests: string[]
}

/**
 * Read a form up to the beginning of its file. Holds one chunk of the source, the fields and a key log.
 * @param source must give out fresh buffers: the parser keeps pieces of them
 * @param owner the account whose form it is
 * @param kept names of the fields that are kept
 * @throws GatewayError `not-a-form`, `bad-form`, `bad-keylog`, `busy`, and those of the source
 */
export async function openForm(
  source: Source,
  contentType: string,
  owner: number,
  kept: ReadonlySet<string> = OPTIONS,
): Promise<Form> {
  if (!/^multipart\/form-data\s*;/i.test(contentType)) throw new GatewayError('not-a-form')
  const fields = new Map<string, string>()
  /** What has come of a key log and is not looked at yet. `null`: its end. */
  const keylogPieces: (Uint8Array | null)[] = []
  const coming = comingKeylog(owner)
  let keylog: CameKeylog | null = null
  let keylogsMet = 0
  const pieces: Uint8Array[] = []
  /** The part being read. multipasta's own reading of its disposition fails at names beyond Latin-1. */
  let part: Disposition = { name: '', filename: undefined }
  let file: FormFile | null = null
  let filesMet = 0
  let fileEnded = false
  let ended = false

  const parser = make({
    headers: { 'content-type': contentType },
    isFile: (info) => {
      part = dispositionOf(String(info.headers['content-disposition'] ?? ''))
      return part.name === 'file' || part.name === 'keylog' || part.filename !== undefined || !kept.has(part.name) // what is no option is not kept
    },
    maxParts: MAX_PARTS,
    maxFieldSize: MAX_FIELD,
    onField: (info, value) => {
      if (!fields.has(part.name)) fields.set(part.name, decodeField(info, value))
    },
    onFile: (info) => {
      if (part.name === 'keylog') {
        if (++keylogsMet > 1) throw new GatewayError('bad-form', 'The form has more than one key log.')
        return (chunk) => void keylogPieces.push(chunk)
      }
      if (part.name !== 'file') return () => {}
      if (++filesMet > 1) throw new GatewayError('two-files')
      file = fileOf(info)
      return (chunk) => {
        if (chunk === null) fileEnded = true
        else if (chunk.length > 0) pieces.push(chunk)
      }
    },
    onError: (error) => {
      throw new GatewayError('bad-form', wordsFor(error))
    },
    onDone: () => {
      ended = true
    },
  })

  /** Feed the parser one chunk more. False at the end of the body. */
  async function advance(): Promise<boolean> {
    const chunk = await source.read()
    try {
      if (!ended) feed(chunk)
    } catch (error) {
      throw error instanceof GatewayError ? error : new GatewayError('bad-form') // it throws URIError for a bad filename*
    }
    for (const piece of keylogPieces.splice(0))
      if (piece === null) keylog = coming.end()
      else await coming.append(piece)
    if (chunk === null && !ended) throw new GatewayError('bad-form', 'The form ended before its last boundary.')
    return chunk !== null
  }

  /** Dashes at the end of what was read, held back. */
  let dashes: Uint8Array = new Uint8Array(0)

  /**
   * multipasta knows the last boundary by two dashes that it must see at once; what stands behind it is nobody's business.
   * @param chunk `null`: the end of the body
   */
  function feed(chunk: Uint8Array | null): void {
    const bytes = dashes.length === 0 ? (chunk ?? dashes) : joined(chunk ? [dashes, chunk] : [dashes])
    const whole = chunk === null ? bytes.length : bytes.length - dashesAtEnd(bytes)
    dashes = bytes.slice(whole)
    if (whole > 0) parser.write(bytes.subarray(0, whole))
    if (chunk === null && !ended) parser.end()
  }

  function fileOf(info: PartInfo): FormFile {
    const digests = [info.headers['content-digest'], info.headers['repr-digest']]
    return {
      filename: part.filename ?? '',
      digests: digests.filter((digest) => typeof digest === 'string').map((digest) => digest.trim()),
      async read() {
        while (pieces.length === 0 && !fileEnded) if (!(await advance())) break
        return pieces.shift() ?? null
      },
    }
  }

  try {
    while (file === null && (await advance())) {}
  } catch (error) {
    coming.release()
    throw error
  }

  return {
    fields,
    file,
    takeKeylog() {
      const taken = keylog
      keylog = null
      return taken
    },
    release: coming.release,
    async finish() {
      do pieces.length = 0
      while (await advance())
    },
  }
}

/** How many dashes end these bytes; 0 for more than a boundary and its two can be (RFC 2046 §5.1.1: 70 characters). */
function dashesAtEnd(bytes: Uint8Array): number {
  let count = 0
  while (count < bytes.length && bytes[bytes.length - 1 - count] === 0x2d) if (++count > 74) return 0
  return count
}

function wordsFor(error: { _tag: string; limit?: string }): string {
  if (error._tag === 'InvalidBoundary') return 'The Content-Type of the form has no boundary.'
  if (error._tag === 'EndNotReached') return 'The form ended before its last boundary.'
  if (error.limit === 'MaxFieldSize') return `A field of the form is longer than ${MAX_FIELD} bytes.`
  if (error.limit === 'MaxParts') return `The form has more than ${MAX_PARTS} parts.`
  return 'The headers of a part of the form could not be read.'
}
