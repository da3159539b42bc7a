/** `/my`: somebody's own captures, found, sorted and handled many at once. */
import { Hono } from 'hono'
import { GatewayError } from '../../errors.ts'
import { tagsFrom } from '../../ingest/options.ts'
import { restore, trash } from '../../store/trash.ts'
import { ISLAND_HEADERS } from '../../web/pages/headers.ts'
import { type Done, deletedPage, isDeed, isSaid, myPage } from '../../web/pages/my.tsx'
import { addressOf, MOST_AT_ONCE, MOST_ZIPPED } from '../../web/pages/my-order.ts'
import { editMany, type Outcome } from '../edit-many.ts'
import { tidyIndex } from '../found.ts'
import type { Gateway, GatewayContext } from '../gateway.ts'
import { fieldsIn, queryOf } from '../given.ts'
import { CAPTURE_ID, originOf } from '../links.ts'
import { readingPerson, signedIn } from '../session.ts'
import { listed, orderIn } from './my-list.ts'
import { zipped } from './zip.ts'

export const myRoutes = new Hono<Gateway>({ strict: false })
  .use('/my/*', signedIn)
  .get('/my', show)
  .post('/my', act)
  .post('/my/download', downloadMany)

async function show(c: GatewayContext): Promise<Response> {
  const { store, person } = c.var
  const { account } = person
  const reader = readingPerson(c)
  const now = Date.now()
  const done = await doneIn(c)
  if (c.req.query('deleted') !== undefined) {
    const captures = await store.trashed.list(account.id, now, MOST_AT_ONCE)
    return c.body(deletedPage({ reader, now, captures, done }), 200, ISLAND_HEADERS)
  }
  const order = orderIn(queryOf(c))
  const view = { reader, origin: originOf(c), now, order, plan: account, done }
  try {
    const { stale, ...list } = await listed(store, account.id, order)
    tidyIndex(c, stale)
    return c.body(myPage({ ...view, list, refusal: null }), 200, ISLAND_HEADERS)
  } catch (error) {
    const isQuery = error instanceof GatewayError && (error.kind === 'bad-query' || error.kind === 'too-broad')
    if (!isQuery) throw error
    return c.body(myPage({ ...view, list: null, refusal: error.message }), 400, ISLAND_HEADERS)
  }
}

type Deed = NonNullable<Done['what']>

/** What became of a deed; told by the address that it leads to. */
type Report = { what: Deed } & Partial<Omit<Done, 'what' | 'said'>>

/** @throws GatewayError `bad-form`, `body-too-long`, `bad-option` */
async function act(c: GatewayContext): Promise<Response> {
  const fields = await fieldsIn(c)
  const ids = idsIn(fields)
  const back = new URLSearchParams(backOf(fields))
  for (const [name, value] of Object.entries(await deed(c, fields, ids))) back.set(name, value)
  return c.body(null, 303, { Location: `/my?${back}` })
}

async function deed(c: GatewayContext, fields: URLSearchParams, ids: string[]): Promise<Record<string, string>> {
  const { store, principal } = c.var
  if (ids.length === 0) return { said: 'none' }
  if (ids.length > MOST_AT_ONCE) return { said: 'many' }
  const action = fields.get('action')
  if (action === 'delete') {
    const { trashed, deleted } = await trash(store, ids, principal, Date.now())
    const done = trashed.length + deleted.length
    return told({ what: 'deleted', done, missed: ids.length - done, undo: trashed })
  }
  if (action === 'restore') {
    const back = await restore(store, ids, principal, Date.now())
    return told({ what: 'restored', done: back.length, missed: ids.length - back.length })
  }
  if (action === 'private' || action === 'unlisted')
    return edited(action, ids, await editMany(c, ids, () => ({ visibility: action })))
  if (action !== 'tag' && action !== 'untag') throw new GatewayError('bad-form')
  const tags = tagsFrom(fields.get('tags') ?? '')
  if (tags.length === 0) return { said: 'tags' }
  const gone = new Set(tags)
  const outcomes = await editMany(c, ids, (row) => ({
    tags: action === 'tag' ? tagsFrom(tags.join(','), row.tags) : row.tags.filter((tag) => !gone.has(tag)),
  }))
  return edited(action === 'tag' ? 'tagged' : 'untagged', ids, outcomes)
}

function edited(what: Deed, ids: string[], outcomes: Map<string, Outcome>): Record<string, string> {
  const count = (outcome: Outcome) => [...outcomes.values()].filter((one) => one === outcome).length
  const missed = ids.length - outcomes.size
  return told({ what, done: count('done'), missed, changed: count('was-changed'), full: count('bad-option') })
}

const told = ({ undo = [], ...report }: Report): Record<string, string> => ({
  ...Object.fromEntries(
    Object.entries(report)
      .filter(([, value]) => value !== 0)
      .map(([name, value]) => [name, String(value)]),
  ),
  ...(undo.length > 0 ? { undo: undo.join('.') } : {}),
})

/** What the address says was done. Anybody can write an address: ids in it are looked up among the account's own. */
async function doneIn(c: GatewayContext): Promise<Done | null> {
  const given = queryOf(c)
  const number = (name: string) => Number(/^\d{1,3}$/.exec(given(name) ?? '')?.[0] ?? 0)
  const [what, said] = [given('what'), given('said')]
  if (!isDeed(what) && !isSaid(said)) return null
  const ids = (given('undo') ?? '').split('.').filter((id) => CAPTURE_ID.test(id))
  return {
    what: isDeed(what) ? what : null,
    said: isSaid(said) ? said : null,
    done: number('done'),
    missed: number('missed'),
    changed: number('changed'),
    full: number('full'),
    undo: ids.length === 0 ? [] : await c.var.store.trashed.among(ids.slice(0, MOST_AT_ONCE), c.var.person.account.id),
  }
}

/** @throws GatewayError `no-such-capture`, where not even one of these is there */
async function downloadMany(c: GatewayContext): Promise<Response> {
  const { store, principal } = c.var
  const fields = await fieldsIn(c)
  const ids = idsIn(fields)
  const refused = (said: string) => {
    const back = new URLSearchParams(backOf(fields))
    back.set('said', said)
    return c.body(null, 303, { Location: `/my?${back}` })
  }
  if (ids.length === 0) return refused('none')
  if (ids.length > MOST_AT_ONCE) return refused('many')
  const found = await store.captures.findOwnOf(ids, principal.accountId)
  const captures = ids
    .flatMap((id) => found.get(id) ?? [])
    .filter(({ state, size }) => state !== 'uploading' && size > 0)
  if (captures.length === 0) throw new GatewayError('no-such-capture')
  if (captures.length === 1) return c.body(null, 303, { Location: `/captures/${captures[0]?.id}/download` })
  if (captures.reduce((sum, { size }) => sum + size, 0) > MOST_ZIPPED) return refused('large')
  return zipped(c, captures, new Date())
}

const idsIn = (fields: URLSearchParams): string[] => [
  ...new Set(fields.getAll('ids').filter((id) => CAPTURE_ID.test(id))),
]

/** Where the list was: nothing of what was said there before. */
function backOf(fields: URLSearchParams): string {
  if (fields.has('deleted')) return 'deleted='
  const asked = new URLSearchParams(fields.get('back') ?? '')
  if (asked.has('deleted')) return 'deleted='
  return addressOf(orderIn((name) => asked.get(name) ?? undefined)).slice(1)
}
