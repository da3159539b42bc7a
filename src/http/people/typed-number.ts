/** The small forms of pages. */
import { GatewayError } from '../../errors.ts'
import { pull, textOf } from '../../ingest/source.ts'
import type { GatewayContext } from '../gateway.ts'
import { MAX_URLENCODED } from '../given.ts'

/** What was typed, of at most 64 KiB. @throws GatewayError `body-too-long` */
export async function formOf(c: GatewayContext): Promise<URLSearchParams> {
  const body = pull(c.req.raw.body, c.var.store.settings.uploadIdle)
  try {
    const text = await textOf(body, MAX_URLENCODED)
    if (text === null) throw new GatewayError('body-too-long')
    return new URLSearchParams(text)
  } finally {
    await body.discard()
  }
}

/** A whole number from 1 to `most`; `null` for what is none. */
export function wholeIn(text: string, most: number): number | null {
  const number = /^\d{1,15}$/.test(text.trim()) ? Number(text) : 0
  return number >= 1 && number <= most ? number : null
}
