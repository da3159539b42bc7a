/** Which packets a slice has, as they stand in a query: by number or by time. */
import { z } from '@hono/zod-openapi'
import { GatewayError } from '../../errors.ts'
import { timeOf } from '../../summary/asked-selection.ts'
import type { Selection } from '../../summary/slice-choice.ts'

const BOUND =
  'A packet number (`17`), or a time to the nanosecond: ISO 8601 with its zone (`2026-11-29T08:00:00.000000001Z`), or seconds since 1970 with a point (`1700000000.0`).'

/** For a route's `request.query`. */
export const bounds = {
  from: z
    .string()
    .max(64)
    .optional()
    .openapi({ description: `The first one. ${BOUND}` }),
  to: z
    .string()
    .max(64)
    .optional()
    .openapi({ description: `The last packet, or the time before which all lie. ${BOUND}` }),
}

/** The greatest number that a packet of any capture can have. */
const LAST = Number.MAX_SAFE_INTEGER

/** @throws GatewayError `bad-option` */
export function selectionOf({ from, to }: { from?: string | undefined; to?: string | undefined }): Selection {
  const [first, last] = [boundOf('from', from), boundOf('to', to)]
  if (first !== null && last !== null && typeof first !== typeof last)
    throw new GatewayError('bad-option', 'from and to are both packet numbers, or both times.')
  if (first !== null && last !== null && first > last) throw new GatewayError('bad-option', 'from lies behind to.')
  if (typeof first === 'bigint' || typeof last === 'bigint')
    return {
      times: {
        ...(typeof first === 'bigint' ? { from: first } : {}),
        ...(typeof last === 'bigint' ? { to: last } : {}),
      },
    }
  return { numbers: { from: first ?? 1, to: last ?? LAST } }
}

/** A packet number, or nanoseconds since 1970. */
function boundOf(name: string, text: string | undefined): number | bigint | null {
  if (text === undefined) return null
  if (/^\d{1,15}$/.test(text)) return Number(text)
  try {
    if (!/^-?\d+$/.test(text)) return timeOf(text) // a time in seconds has a point, so that it is no number
  } catch {
    // said below
  }
  throw new GatewayError(
    'bad-option',
    `${name} is no packet number and no time; in a query a + of a zone is written %2B.`,
  )
}
