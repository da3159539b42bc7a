// SPDX-License-Identifier: GPL-2.0-or-later
/** TLS key logs (RFC 9850): what is one, and for which handshakes it has secrets. */
import type { Engine } from './engine.ts'
import { valuesIn } from './fields.ts'

/** Longest key log. Bytes. */
export const MOST_KEYLOG = 8 * 1024 * 1024

const LINE = /^([A-Z0-9_]+) ([0-9a-f]{16,64}) ([0-9a-f]{16,})\s*$/gim

/** Client randoms (or what an `RSA` line has instead) of its lines; empty where it is no key log. */
export const randomsIn = (text: string): Set<string> =>
  new Set(text.matchAll(LINE).map(([, , random = '']) => random.toLowerCase()))

/** Handshakes that are looked at. */
const MOST_HANDSHAKES = 50

interface KeyMatch {
  /** Handshakes that were looked at. */
  handshakes: number
  /** Those of them for which there are secrets. */
  matched: number
}

/** For which of the first handshakes in what is open there are secrets. Reads every packet. */
export async function matchOf(engine: Engine, keylog: string): Promise<KeyMatch> {
  const randoms = randomsIn(keylog)
  const { rows } = await engine.frames('tls.handshake.type == 1', 0, MOST_HANDSHAKES)
  let matched = 0
  for (const { number } of rows) {
    const { details } = await engine.frame(number)
    const said = valuesIn(details, 'tls.handshake.random')
    if (said.some((random) => randoms.has(random.replaceAll(':', '')))) matched++
  }
  return { handshakes: rows.length, matched }
}

/** What to tell of it. */
export function wordsOf(name: string, { handshakes, matched }: KeyMatch): { tone: 'ok' | 'failed'; text: string } {
  const count =
    handshakes === MOST_HANDSHAKES
      ? `first ${handshakes} TLS handshakes`
      : `${handshakes} TLS handshake${handshakes === 1 ? '' : 's'}`
  if (handshakes === 0)
    return {
      tone: 'failed',
      text: `${name}: there is no TLS handshake in what is open here, so no key log can decrypt anything in it.`,
    }
  if (matched === 0)
    return {
      tone: 'failed',
      text: `${name} has no secrets for the ${count} here: nothing more is decrypted. It may be of another session; take the one that was written while this was captured.`,
    }
  return { tone: 'ok', text: `${name} has secrets for ${matched} of the ${count} here.` }
}
