/** The account of a key: its plan, what it uses of it, and what new captures are. */
import { createRoute, z } from '@hono/zod-openapi'
import { GatewayError } from '../../errors.ts'
import type { Account as Row } from '../../store/accounts.ts'
import {
  answerOf,
  BODY,
  bearer,
  doors,
  jsonBody,
  jsonOf,
  keyTo,
  notModified,
  refusals,
  taggedByContent,
} from './doors.ts'

const tags = ['account']
const Visibility = z
  .enum(['unlisted', 'private'])
  .nullable()
  .openapi({ description: 'Of captures by the CloudShark API, where their key says nothing; null: unlisted.' })

const Account = z
  .object({
    name: z.string(),
    plan: z.object({
      filesLimit: z.int(),
      maxFileSize: z.int().openapi({ description: 'Bytes.' }),
      bytesLimit: z.int().openapi({ description: 'Bytes.' }),
      retentionDays: z.int().nullable().openapi({ description: 'null: captures are kept.' }),
    }),
    usage: z.object({ files: z.int(), bytes: z.int() }).openapi({ description: 'Those on their way included.' }),
    defaults: z.object({ visibility: Visibility }),
  })
  .openapi('Account')

const read = createRoute({
  method: 'get',
  path: '/account',
  operationId: 'readAccount',
  summary: 'Plan, usage and defaults',
  tags,
  security: bearer,
  middleware: [...keyTo('read'), taggedByContent],
  responses: { 200: answerOf('The account.', Account), ...notModified, ...refusals() },
})

const edit = createRoute({
  method: 'patch',
  path: '/account',
  operationId: 'editAccount',
  summary: 'Change the defaults',
  tags,
  security: bearer,
  middleware: [...keyTo('admin'), jsonBody] as const,
  request: {
    body: jsonOf(z.strictObject({ defaults: z.strictObject({ visibility: Visibility }) }).openapi('AccountEdit'), {
      defaults: { visibility: 'private' },
    }),
  },
  responses: { 200: answerOf('The account as it is now.', Account), ...refusals(...BODY) },
})

export const account = doors()
  .openapi(read, async (c) => {
    const row = await c.var.store.accounts.find(c.var.principal.accountId)
    if (!row) throw new GatewayError('unknown-key')
    return c.json(accountOf(row), 200)
  })
  .openapi(edit, async (c) => {
    const { visibility } = c.req.valid('json').defaults
    const row = await c.var.store.accounts.setDefaultVisibility(c.var.principal.accountId, visibility)
    if (!row) throw new GatewayError('unknown-key')
    return c.json(accountOf(row), 200)
  })

function accountOf({ name, filesLimit, maxFileSize, bytesLimit, retentionDays, files, bytes, ...row }: Row) {
  return {
    name,
    plan: { filesLimit, maxFileSize, bytesLimit, retentionDays },
    usage: { files, bytes },
    defaults: { visibility: row.defaultVisibility },
  }
}
