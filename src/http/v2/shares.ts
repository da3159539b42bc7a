/** Links that open one capture, or a slice of it, for whoever has them. docs/adr/0016. */
import { createRoute, z } from '@hono/zod-openapi'
import { GatewayError } from '../../errors.ts'
import { MAX_SHARES, type Share as Row } from '../../store/shares.ts'
import { allowedTo } from '../auth.ts'
import type { GatewayContext } from '../gateway.ts'
import { originOf } from '../links.ts'
import { MAX_PASSWORD, MIN_PASSWORD } from '../password.ts'
import { endIn, MOST_VIEWS, makeShare, statusOf, timesOf } from '../sharing.ts'
import { isoOf, isoOrNull } from './capture.ts'
import { answerOf, BODY, bearer, captureId, doors, jsonBody, jsonOf, keyTo, ONCE, refusals } from './doors.ts'
import { onceWithPassword } from './once.ts'

/** A frame's number. */
const Frame = z.int().min(1).max(Number.MAX_SAFE_INTEGER)

const Packets = z.strictObject({ from: Frame, to: Frame }).openapi({
  description: "From one of tshark's frame.number to another, both included.",
})
const Times = z.strictObject({ from: z.string().optional(), to: z.string().optional() }).openapi({
  description:
    'From a time on, up to another, which is not included: as 2026-10-01T21:00:05.104237915Z, or decimal seconds since 1970.',
})
const Share = z
  .object({
    id: z.string().openapi({ description: 'What stands in the link: 32 hex.' }),
    url: z.url(),
    captureId: z.uuid(),
    status: z.enum(['open', 'expired', 'revoked', 'used-up']),
    createdAt: z.iso.datetime(),
    expiresAt: z.iso.datetime().nullable(),
    revokedAt: z.iso.datetime().nullable(),
    hasPassword: z.boolean(),
    viewLimit: z.int().nullable(),
    views: z.int(),
    lastViewedAt: z.iso.datetime().nullable(),
    keylog: z
      .boolean()
      .openapi({ description: 'The TLS key log goes with it, and the decryption secrets of a slice.' }),
    packets: Packets.nullable(),
    times: Times.nullable(),
  })
  .openapi('Share')

const expiresAt = z.iso.datetime({ offset: true }).nullable().optional().openapi({
  description: 'When the link ends; null: it does not.',
})
const viewLimit = z.int().min(1).max(MOST_VIEWS).nullable().optional().openapi({
  description: 'How often it may be opened; null: as often as anybody likes.',
})
const New = z
  .strictObject({
    expiresAt,
    viewLimit,
    password: z.string().min(MIN_PASSWORD).max(MAX_PASSWORD).optional(),
    keylog: z.boolean().optional(),
    packets: Packets.optional(),
    times: Times.optional(),
  })
  .openapi('NewShare')

const tags = ['shares']
const middleware = [...keyTo('read'), allowedTo('upload')]
const ofShare = z.object({ share: z.string().regex(/^[0-9a-f]{32}$/, 'it is 32 hex') })

const make = createRoute({
  method: 'post',
  path: '/captures/{id}/shares',
  operationId: 'share',
  summary: 'Make a link to a capture, or to a slice of it',
  description: 'Takes a key that may read and upload: it opens what the key itself may read, and is kept.',
  tags,
  security: bearer,
  middleware: [...middleware, jsonBody, onceWithPassword()],
  request: {
    headers: z.object({ 'idempotency-key': z.string().optional() }),
    params: captureId,
    body: jsonOf(New, { expiresAt: '2099-01-31T00:00:00Z', packets: { from: 1, to: 20 } }),
  },
  responses: {
    201: { ...answerOf('The link.', Share), headers: z.object({ Location: z.string() }) },
    ...refusals('no-such-capture', 'too-many-shares', 'not-sliceable', ...BODY, ...ONCE),
  },
})

const list = createRoute({
  method: 'get',
  path: '/captures/{id}/shares',
  operationId: 'listShares',
  summary: 'The links of a capture, with their views',
  description: `At most ${MAX_SHARES}, oldest first; those that ended within the last 30 days are among them.`,
  tags,
  security: bearer,
  middleware: keyTo('read'),
  request: { params: captureId },
  responses: {
    200: answerOf('All of them.', z.object({ shares: z.array(Share) })),
    ...refusals('no-such-capture'),
  },
})

const change = createRoute({
  method: 'patch',
  path: '/shares/{share}',
  operationId: 'editShare',
  summary: 'Change when a link ends',
  tags,
  security: bearer,
  middleware: [...middleware, jsonBody],
  request: {
    params: ofShare,
    body: jsonOf(z.strictObject({ expiresAt, viewLimit }).openapi('ShareChange'), { viewLimit: 10 }),
  },
  responses: {
    200: answerOf('The link as it is now.', Share),
    ...refusals('no-such-share', 'share-revoked', ...BODY),
  },
})

const revoke = createRoute({
  method: 'delete',
  path: '/shares/{share}',
  operationId: 'unshare',
  summary: 'Withdraw a link',
  description: 'From then on it answers 410, for 30 days.',
  tags,
  security: bearer,
  middleware,
  request: { params: ofShare },
  responses: { 204: { description: 'It opens nothing any more.' }, ...refusals('no-such-share') },
})

export const shares = doors()
  .openapi(make, async (c) => {
    const shown = shareOf(c, await makeShare(c, c.req.valid('json')), Date.now())
    return c.json(shown, 201, { Location: shown.url })
  })
  .openapi(list, async (c) => {
    const rows = await c.var.store.shares.list(c.req.valid('param').id, c.var.principal.accountId)
    if (rows === null) throw new GatewayError('no-such-capture')
    const now = Date.now()
    return c.json({ shares: rows.map((row) => shareOf(c, row, now)) }, 200)
  })
  .openapi(change, async (c) => {
    const { share } = c.req.valid('param')
    const wish = c.req.valid('json')
    const now = Date.now()
    const { shares } = c.var.store
    const { accountId } = c.var.principal
    const to = {
      ...(wish.expiresAt === undefined ? {} : { expiresAt: endIn(wish.expiresAt, now) }),
      ...(wish.viewLimit === undefined ? {} : { viewLimit: wish.viewLimit }),
    }
    const changed = Object.keys(to).length === 0 ? null : await shares.change(share, accountId, to)
    const row = changed ?? (await shares.findOwn(share, accountId))
    if (row === null) throw new GatewayError('no-such-share')
    if (row.revokedAt !== null) throw new GatewayError('share-revoked')
    return c.json(shareOf(c, row, now), 200)
  })
  .openapi(revoke, async (c) => {
    const { share } = c.req.valid('param')
    if (!(await c.var.store.shares.revoke(share, c.var.principal, Date.now()))) throw new GatewayError('no-such-share')
    return c.body(null, 204)
  })

/** A link as its owner sees it. */
function shareOf(c: GatewayContext, row: Row, now: number): z.infer<typeof Share> {
  const { id, selection, viewLimit, views } = row
  return {
    id,
    url: `${originOf(c)}/s/${id}`,
    captureId: row.captureId,
    status: statusOf(row, now),
    createdAt: isoOf(row.createdAt),
    expiresAt: isoOrNull(row.expiresAt),
    revokedAt: isoOrNull(row.revokedAt),
    hasPassword: row.password !== null,
    viewLimit,
    views,
    lastViewedAt: isoOrNull(row.lastViewedAt),
    keylog: row.withKeylog,
    packets: selection !== null && 'packets' in selection ? selection.packets : null,
    times: selection !== null && 'times' in selection ? timesOf(selection.times) : null,
  }
}
