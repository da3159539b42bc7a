/** Links that its owner makes to a capture, by whichever door. docs/adr/0016. */
import { GatewayError } from '../errors.ts'
import type { Selected } from '../store/schema.ts'
import type { Share } from '../store/shares.ts'
import { timeOf } from '../summary/asked-selection.ts'
import type { GatewayContext } from './gateway.ts'
import { seeFrame } from './note.ts'
import { ownCapture } from './own-capture.ts'
import { kept } from './password.ts'
import { writtenTime } from './times.ts'

/** Views that a limit may allow. */
export const MOST_VIEWS = 1_000_000_000

/** What is asked for: a limit from 1 to {@link MOST_VIEWS}, a password of a length that is taken, frames from 1. */
export interface Wish {
  /** As RFC 3339 has it; `null`: it does not end. */
  expiresAt?: string | null | undefined
  viewLimit?: number | null | undefined
  password?: string | undefined
  keylog?: boolean | undefined
  packets?: { from: number; to: number } | undefined
  times?: { from?: string | undefined; to?: string | undefined } | undefined
}

/**
 * Make a link to the capture of `:id`, if it is the caller's.
 * @throws GatewayError `no-such-capture`, `too-many-shares`, `not-sliceable`, `bad-option`
 */
export async function makeShare(c: GatewayContext, wish: Wish): Promise<Share> {
  const capture = await ownCapture(c)
  const selection = selectedIn(wish)
  if (selection !== null && capture.state === 'error')
    throw new GatewayError('not-sliceable', 'Nothing could be read from this capture.')
  if (selection !== null && 'packets' in selection) await seeFrame(c, capture, selection.packets.from, 'packets.from')
  const now = Date.now()
  const { principal } = c.var
  const asked = {
    expiresAt: endIn(wish.expiresAt, now),
    password: wish.password === undefined ? null : await kept(wish.password),
    viewLimit: wish.viewLimit ?? null,
    withKeylog: wish.keylog ?? false,
    selection,
  }
  const made = await c.var.store.shares.make(capture.id, principal, asked, now)
  if (made !== null) return made
  if ((await c.var.store.captures.findOwn(capture.id, principal.accountId)) === null)
    throw new GatewayError('no-such-capture')
  throw new GatewayError('too-many-shares')
}

export function statusOf(
  { revokedAt, expiresAt, viewLimit, views }: Share,
  now: number,
): 'open' | 'expired' | 'revoked' | 'used-up' {
  if (revokedAt !== null) return 'revoked'
  if (expiresAt !== null && expiresAt <= now) return 'expired'
  return viewLimit !== null && views >= viewLimit ? 'used-up' : 'open'
}

export const timesOf = ({ from, to }: { from?: string; to?: string }) => ({
  ...(from === undefined ? {} : { from: writtenTime(BigInt(from)) }),
  ...(to === undefined ? {} : { to: writtenTime(BigInt(to)) }),
})

/** @throws GatewayError `bad-option` */
export function endIn(text: string | null | undefined, now: number): number | null {
  if (text === null || text === undefined) return null
  const end = Date.parse(text)
  if (!(end > now)) throw new GatewayError('bad-option', 'expiresAt has passed.')
  return end
}

/** What of the capture is to be open; `null`: all. @throws GatewayError `bad-option` */
function selectedIn({ packets, times }: Wish): Selected | null {
  if (packets !== undefined && times !== undefined)
    throw new GatewayError('bad-option', 'Say packets or times, not both.')
  if (packets !== undefined) {
    if (packets.to < packets.from) throw new GatewayError('bad-option', 'packets.to is before packets.from.')
    return { packets }
  }
  if (times === undefined) return null
  const [from, to] = [momentIn('times.from', times.from), momentIn('times.to', times.to)]
  if (from === undefined && to === undefined) throw new GatewayError('bad-option', 'times has neither from nor to.')
  if (from !== undefined && to !== undefined && to <= from)
    throw new GatewayError('bad-option', 'times.to is not behind times.from.')
  return {
    times: {
      ...(from === undefined ? {} : { from: String(from) }),
      ...(to === undefined ? {} : { to: String(to) }),
    },
  }
}

function momentIn(where: string, text: string | undefined): bigint | undefined {
  if (text === undefined) return undefined
  try {
    return timeOf(text)
  } catch {
    throw new GatewayError(
      'bad-option',
      `${where} is neither a time as 2026-10-01T21:00:05Z nor decimal seconds since 1970.`,
    )
  }
}
