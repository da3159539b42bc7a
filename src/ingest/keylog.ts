/** TLS key logs in NSS's format (RFC 9850): told from other files line by line, and kept apart from their captures. */
import { GatewayError } from '../errors.ts'
import type { Capture, Keylog } from '../store/captures.ts'
import { keylogKeyFor } from '../store/objects.ts'
import type { Store } from '../store/open.ts'
import { PartBuffer } from './part-buffers.ts'
import type { Source } from './source.ts'

/** Longest key log: as long as one part buffer. Bytes. */
export const MAX_KEYLOG = 8 * 1024 * 1024
/** One that is not there by then gives its memory up to an upload that waits for it: a key log comes at once, or trickles. Milliseconds. */
const SLOW = 10_000
/** Longest line of one. Bytes. */
const MAX_LINE = 4096

/** Lengths of a secret in hexadecimal digits: those of the hashes of TLS 1.3, SHA-256 and SHA-384. */
const TRAFFIC_SECRET = [64, 96]
/** A master secret is 48 bytes in every version before TLS 1.3. */
const MASTER_SECRET = [96]

/** Digits of what follows each label: what names the connection, and its secret. RFC 9850 §2; NSS, for RSA. */
const LABELS: Record<string, readonly [naming: number[], secret: number[] | null]> = {
  CLIENT_RANDOM: [[64], MASTER_SECRET],
  RSA: [[16], MASTER_SECRET],
  PMS_CLIENT_RANDOM: [[64], null], // Wireshark's: a premaster secret is as long as its key exchange makes it
  CLIENT_EARLY_TRAFFIC_SECRET: [[64], TRAFFIC_SECRET],
  CLIENT_HANDSHAKE_TRAFFIC_SECRET: [[64], TRAFFIC_SECRET],
  SERVER_HANDSHAKE_TRAFFIC_SECRET: [[64], TRAFFIC_SECRET],
  EARLY_EXPORTER_SECRET: [[64], TRAFFIC_SECRET],
  EXPORTER_SECRET: [[64], TRAFFIC_SECRET],
}
/** Those of TLS 1.3 are counted up when keys are updated. */
const TRAFFIC = /^(CLIENT|SERVER)_TRAFFIC_SECRET_\d{1,9}$/
/** A label that is not known here: RFC 9850 §3 has a registry of them, which grows. */
const LABEL = /^[A-Z][A-Z0-9_]{0,99}$/

/** What is wrong with a line of a key log, in words that follow its number; `null`: nothing. */
function faultOf(line: string): string | null {
  if (line === '' || line.startsWith('#')) return null
  const [label = '', naming, secret, ...more] = line.split(' ')
  if (!LABEL.test(label)) return 'does not begin with a label such as CLIENT_RANDOM'
  if (naming === undefined || secret === undefined || more.length > 0)
    return 'is not a label, a client random and a secret, parted by one space each'
  if (!/^([0-9A-Fa-f]{2})+$/.test(naming) || !/^([0-9A-Fa-f]{2})+$/.test(secret))
    return 'has a value that is not hexadecimal'
  const known = LABELS[label] ?? (TRAFFIC.test(label) ? ([[64], TRAFFIC_SECRET] as const) : null)
  if (!(known?.[0] ?? [64]).includes(naming.length)) return 'has a client random of the wrong length'
  return known?.[1] && !known[1].includes(secret.length) ? 'has a secret of the wrong length' : null
}

/** A key log that has come whole and holds keys. */
export interface CameKeylog {
  /** Holds until `release`. @throws GatewayError `too-slow` where its memory was taken away before it was asked for */
  readonly bytes: Uint8Array
  /** Always called. */
  release(): void
}

/** A key log on its way in. */
export interface ComingKeylog {
  /** Take bytes in, and look at the lines that end in them. @throws GatewayError `bad-keylog`, `busy`, `too-slow` */
  append(chunk: Uint8Array): Promise<void>
  /** @returns `null` for one without a byte @throws GatewayError `bad-keylog`, also where it holds no key; `too-slow` */
  end(): CameKeylog | null
  release(): void
}

/**
 * Take a key log in. Holds all of it, in one part buffer at most, which a slow one gives up to an upload that waits for its turn.
 * @param owner the account whose it is
 */
export function comingKeylog(owner: number): ComingKeylog {
  const buffer = new PartBuffer(MAX_KEYLOG, owner, SLOW)
  const decoder = new TextDecoder('latin1')
  let line = 0
  let keys = 0
  let rest = ''

  const bad = (what: string) => new GatewayError('bad-keylog', `Line ${line} of the key log ${what}.`)
  function look(text: string): void {
    line++
    if (text.length > MAX_LINE) throw bad(`is longer than ${MAX_LINE} bytes`)
    const trimmed = text.replace(/\r$/, '')
    const fault = faultOf(trimmed)
    if (fault !== null) throw bad(fault)
    if (trimmed !== '' && !trimmed.startsWith('#')) keys++
  }

  return {
    async append(chunk) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
      rest = lines.pop() ?? ''
      for (const text of lines) look(text)
      if (rest.length > MAX_LINE) look(rest)
      if ((await buffer.append(chunk)) < chunk.length)
        throw new GatewayError('bad-keylog', `The key log is longer than ${MAX_KEYLOG} bytes.`)
    },
    end() {
      if (buffer.bytes.length === 0) return null
      if (rest !== '') look(rest)
      if (keys === 0) throw new GatewayError('bad-keylog', 'There is no key in the key log.')
      return {
        get bytes() {
          return buffer.keep()
        },
        release: () => buffer.release(),
      }
    },
    release: () => buffer.release(),
  }
}

/** All of a source as a key log. @returns `null` for one without a byte @throws GatewayError `bad-keylog`, those of the source */
export async function readKeylog(source: Source, owner: number): Promise<CameKeylog | null> {
  const coming = comingKeylog(owner)
  try {
    for (let chunk = await source.read(); chunk !== null; chunk = await source.read()) await coming.append(chunk)
    const came = coming.end()
    if (came === null) coming.release()
    return came
  } catch (error) {
    coming.release()
    throw error
  }
}

/** Put a key log into R2, where nothing knows it yet. @throws GatewayError `unavailable` */
export async function putKeylog(
  store: Store,
  of: Pick<Capture, 'id' | 'accountId'>,
  came: CameKeylog,
): Promise<Keylog> {
  const key = keylogKeyFor(of)
  try {
    const { size } = await store.objects.putBytes(key, came.bytes, null, null)
    return { key, size }
  } finally {
    came.release()
  }
}

/**
 * Give a capture another key log: bytes, then the row, then the one that it had. A crash in between leaves an object that no row
 * names, which `reconcile` deletes.
 * @returns false where the account has no such capture
 * @throws GatewayError `keylog-changed` where somebody else changed it at the same time, `over-storage-limit`, `unavailable`
 */
export async function replaceKeylog(store: Store, capture: Capture, came: CameKeylog): Promise<boolean> {
  const keylog = await putKeylog(store, capture, came)
  const known = capture.keylogKey
  const set = await store.captures.setKeylog(capture, known, keylog, Date.now()).catch(async (error: unknown) => {
    if (!(error instanceof GatewayError) || error.kind !== 'over-storage-limit') return null
    await store.objects.remove([keylog.key]).catch(() => undefined)
    throw error
  })
  if (set !== true) {
    const now = await store.captures.findOwn(capture.id, capture.accountId) // the answer may be what was lost
    if (now?.keylogKey !== keylog.key) {
      if (set === false || now === null) await store.objects.remove([keylog.key]).catch(() => undefined) // else it may land yet
      if (now !== null) throw new GatewayError(now.keylogKey === known ? 'unavailable' : 'keylog-changed')
      return false
    }
  }
  if (known !== null) await store.objects.remove([known]).catch(() => undefined)
  return true
}

/**
 * Take the key log of a capture away: from the row, then from R2.
 * @throws GatewayError `no-keylog`, `keylog-changed`, `unavailable`
 */
export async function deleteKeylog(store: Store, capture: Capture): Promise<void> {
  const known = capture.keylogKey
  if (known === null) throw new GatewayError('no-keylog')
  if (!(await store.captures.setKeylog(capture, known, null, Date.now()))) throw new GatewayError('keylog-changed')
  await store.objects.remove([known])
}
