/** The keys of an account: for a bearer key that may manage them. A key that stands in a path never comes here. */
import { createRoute, z } from '@hono/zod-openapi'
import { createMiddleware } from 'hono/factory'
import { GatewayError } from '../../errors.ts'
import { tagsFrom } from '../../ingest/options.ts'
import type { Permission } from '../../store/schema.ts'
import type { Key as Row } from '../../store/tokens.ts'
import type { Gateway } from '../gateway.ts'
import { isFresh } from '../session.ts'
import { isoOf, isoOrNull } from './capture.ts'
import {
  answerOf,
  BODY,
  bearer,
  doors,
  jsonBody,
  jsonOf,
  keyTo,
  notModified,
  ONCE,
  refusals,
  taggedByContent,
} from './doors.ts'
import { once } from './once.ts'

const tags = ['keys']
const Name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/)
const Permissions = z.array(z.enum(['upload', 'read', 'delete', 'admin'])).min(1)
const Visibility = z.enum(['unlisted', 'private']).nullable()

const Key = z
  .object({
    name: z.string(),
    permissions: z.array(z.enum(['upload', 'read', 'delete', 'admin'])),
    defaultTags: z.array(z.string()),
    defaultVisibility: Visibility.openapi({ description: "null: the account's." }),
    createdAt: z.iso.datetime(),
    expiresAt: z.iso.datetime().nullable(),
    lastUsedAt: z.iso.datetime().nullable().openapi({ description: 'To the hour.' }),
  })
  .openapi('Key')

/** A session makes and revokes keys as its own pages do: while it is fresh. @throws GatewayError `not-confirmed` */
const freshly = createMiddleware<Gateway>(async (c, next) => {
  if (c.var.person !== undefined && !isFresh(c.var.person, Date.now())) throw new GatewayError('not-confirmed')
  await next()
})

const list = createRoute({
  method: 'get',
  path: '/keys',
  operationId: 'listKeys',
  summary: 'Keys that were not revoked, by name',
  tags,
  security: bearer,
  middleware: [...keyTo('admin'), taggedByContent],
  responses: { 200: answerOf('All of them.', z.object({ keys: z.array(Key) })), ...notModified, ...refusals() },
})

const NewKey = z
  .strictObject({
    name: Name,
    permissions: Permissions,
    defaultTags: z.array(z.string()).max(64).default([]),
    defaultVisibility: Visibility.default(null),
    expiresAt: z.iso.datetime({ offset: true }).nullable().default(null),
  })
  .openapi('NewKey')

const create = createRoute({
  method: 'post',
  path: '/keys',
  operationId: 'createKey',
  summary: 'Make a key',
  description:
    'Its 32 characters stand in this answer alone: they are kept nowhere, so that a replay has null in their place.',
  tags,
  security: bearer,
  middleware: [...keyTo('admin'), freshly, jsonBody, once('token')] as const,
  request: {
    headers: z.object({ 'idempotency-key': z.string().optional() }),
    body: jsonOf(NewKey, { name: 'router-1', permissions: ['upload'], defaultTags: ['edge'] }),
  },
  responses: {
    201: answerOf(
      'The key.',
      z.object({ ...Key.shape, token: z.string().length(32).nullable() }).openapi('CreatedKey'),
    ),
    ...refusals('key-exists', 'too-many-keys', 'not-confirmed', ...BODY, ...ONCE),
  },
})

const revoke = createRoute({
  method: 'delete',
  path: '/keys/{name}',
  operationId: 'revokeKey',
  summary: 'Revoke a key',
  description:
    'At once and for good. The last key that may manage keys only with `force=true`: an operator must make the next one.',
  tags,
  security: bearer,
  middleware: [...keyTo('admin'), freshly],
  request: {
    params: z.object({ name: z.string() }),
    query: z.object({ force: z.enum(['true', 'false']).default('false') }),
  },
  responses: {
    204: { description: 'It opens nothing any more.' },
    ...refusals('no-such-key', 'last-admin-key', 'not-confirmed'),
  },
})

export const keys = doors()
  .openapi(list, async (c) => {
    const rows = await c.var.store.tokens.list(c.var.principal.accountId)
    return c.json({ keys: rows.map(keyOf) }, 200)
  })
  .openapi(create, async (c) => {
    const { name, permissions, defaultTags, defaultVisibility, expiresAt } = c.req.valid('json')
    const now = Date.now()
    const end = expiresAt === null ? null : Date.parse(expiresAt)
    if (end !== null && !(end > now)) throw new GatewayError('bad-option', 'expiresAt lies in the past.')
    const { key, token } = await c.var.store.tokens.create(
      c.var.principal,
      {
        name,
        permissions: [...new Set(permissions)].join(','),
        defaultTags: tagsFrom(defaultTags.join(',')),
        defaultVisibility,
        expiresAt: end,
      },
      now,
    )
    return c.json({ ...keyOf(key), token }, 201)
  })
  .openapi(revoke, async (c) => {
    const { name } = c.req.valid('param')
    const force = c.req.valid('query').force === 'true'
    await c.var.store.tokens.revoke(c.var.principal, name, force, Date.now())
    return c.body(null, 204)
  })

function keyOf({ name, permissions, defaultTags, defaultVisibility, ...times }: Row): z.infer<typeof Key> {
  return {
    name,
    permissions: permissions.split(',') as Permission[],
    defaultTags,
    defaultVisibility,
    createdAt: isoOf(times.createdAt),
    expiresAt: isoOrNull(times.expiresAt),
    lastUsedAt: isoOrNull(times.lastUsedAt),
  }
}
