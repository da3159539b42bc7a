/** Somebody's own account: its key, tokens, passkeys, sessions, and what was done with it. docs/adr/0018. */
import { Hono } from 'hono'
import { GatewayError } from '../../errors.ts'
import { tagsFrom } from '../../ingest/options.ts'
import { keyUse, seal, unseal } from '../../ingest/seal.ts'
import { ACCOUNT_KEY } from '../../store/account-key.ts'
import { deedOf } from '../../store/audit.ts'
import type { Permission, Visibility } from '../../store/schema.ts'
import { hashToken, newToken } from '../../store/tokens.ts'
import { accountPage, type ShownKey } from '../../web/pages/account.tsx'
import { activityPage } from '../../web/pages/account-activity.tsx'
import { signInsPage } from '../../web/pages/account-sign-ins.tsx'
import { type TokensView, tokensPage } from '../../web/pages/account-tokens.tsx'
import { addPasskeyPage, confirmPage } from '../../web/pages/confirm.tsx'
import { ISLAND_HEADERS } from '../../web/pages/headers.ts'
import type { Gateway, GatewayContext } from '../gateway.ts'
import { fieldsIn } from '../given.ts'
import { originOf } from '../links.ts'
import { confirmFirst, FRESH, isFresh, nextOf, readingPerson, signedIn } from '../session.ts'
import { obstacleOf } from './ceremony.ts'
import { nameOf } from './passkeys.ts'

const DAY = 86_400_000
/** Lines of their own doings that somebody sees. */
const LINES = 20
/** As `/api/v2` has it. */
const TOKEN_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/
/** In the order in which they are kept. */
const PERMISSIONS: readonly Permission[] = ['upload', 'read', 'delete', 'admin']
/** What a new token may last, by days; `never` beside them. */
export const LIFETIMES = [7, 30, 90, 365] as const

export const accountRoutes = new Hono<Gateway>({ strict: false })
  .use('/account', signedIn)
  .use('/account/*', signedIn)
  .get('/account', (c) => overview(c))
  .get('/account/tokens', (c) => tokensView(c))
  .get('/account/sign-in', async (c) => {
    const { account, session } = c.var.person
    const now = Date.now()
    const [passkeys, sessions] = await Promise.all([
      c.var.store.passkeys.list(account.id),
      c.var.store.sessions.list(account.id, now),
    ])
    const rest = { obstacle: obstacleOf(c), hasAccess: account.email !== null && c.var.store.settings.access !== null }
    return show(c, signInsPage({ ...frameOf(c), passkeys, sessions, current: session.id, now, ...rest }))
  })
  .get('/account/activity', async (c) => {
    const lines = await c.var.store.audit.list(c.var.person.account.id, null, null, LINES)
    return show(c, activityPage({ ...frameOf(c), lines }))
  })
  .get('/account/passkey', async (c) => {
    const view = { next: nextOf(c.req.query('next')), obstacle: obstacleOf(c), name: nameOf(c.req.query('name') ?? '') }
    return show(c, addPasskeyPage({ ...frameOf(c), ...view }))
  })
  .get('/account/confirm', async (c) => {
    const { account, session } = c.var.person
    const passkeys = await c.var.store.passkeys.list(account.id)
    const view = {
      next: nextOf(c.req.query('next')),
      hasPasskey: passkeys.length > 0,
      byAccess: session.method === 'access',
    }
    return show(c, confirmPage({ ...frameOf(c), ...view, obstacle: obstacleOf(c) }))
  })
  .post('/account/key/show', async (c) => {
    const { account } = c.var.person
    const { accountKeys, audit } = c.var.store
    if (!isFresh(c.var.person, Date.now())) return confirmFirst(c, '/account')
    const keySecret = await keySecretOf(c)
    if (keySecret === null) throw new GatewayError('no-reveal')
    if (!account.apiAllowed) throw new GatewayError('plan-without-api')
    const key = await accountKeys.find(account.id)
    if (key === null) throw new GatewayError('no-reveal')
    const text = key.sealed && (await unseal(key.sealed, keyUse(account.id, key.tokenHash), keySecret))
    if (text === null) return overview(c, 'sealed-otherwise')
    await audit.write(deedOf(c.var.principal, 'key-shown', ACCOUNT_KEY), Date.now())
    return overview(c, { text, isNew: false })
  })
  .post('/account/key/generate', async (c) => {
    const { account } = c.var.person
    if (!isFresh(c.var.person, Date.now())) return confirmFirst(c, '/account')
    const text = newToken()
    const tokenHash = await hashToken(text)
    const keySecret = await keySecretOf(c)
    const sealed = keySecret === null ? null : await seal(text, keyUse(account.id, tokenHash), keySecret)
    const deed = deedOf(c.var.principal, 'key-generated', ACCOUNT_KEY)
    await c.var.store.accountKeys.replace(account.id, { tokenHash, sealed }, deed, Date.now())
    return overview(c, { text, isNew: true })
  })
  .post('/account/defaults', async (c) => {
    const visibility = visibilityIn(await fieldsIn(c))
    await c.var.store.accounts.setDefaultVisibility(c.var.person.account.id, visibility)
    return done(c, '/account', 'defaults')
  })
  .post('/account/tokens', async (c) => {
    const { account } = c.var.person
    const { tokens } = c.var.store
    const now = Date.now()
    const form = await fieldsIn(c)
    if (!isFresh(c.var.person, now)) return confirmFirst(c, '/account/tokens')
    const text = (name: string) => (form.get(name) ?? '').trim()
    const typed = {
      name: text('name'),
      tags: text('tags'),
      permissions: form.getAll('permissions'),
      visibility: text('visibility'),
      lasts: text('lasts'),
    }
    const again = (refused: NonNullable<TokensView['refused']>) => tokensView(c, { typed, refused }, 422)
    const permissions = PERMISSIONS.filter((one) => typed.permissions.includes(one))
    const days = LIFETIMES.find((one) => String(one) === typed.lasts)
    if (!TOKEN_NAME.test(typed.name)) return again('not-a-name')
    if (permissions.length === 0) return again('no-permission')
    if (!account.apiAllowed) throw new GatewayError('plan-without-api')
    const grant = {
      name: typed.name,
      permissions: permissions.join(','),
      defaultTags: tagsFrom(typed.tags),
      defaultVisibility: visibilityIn(form),
      expiresAt: days === undefined ? null : now + days * DAY,
    }
    try {
      const { token } = await tokens.create(c.var.principal, grant, now)
      return tokensView(c, { made: { name: typed.name, text: token } })
    } catch (error) {
      if (error instanceof GatewayError && error.kind === 'key-exists') return again('key-exists')
      throw error
    }
  })
  .post('/account/tokens/revoke', async (c) => {
    const name = (await fieldsIn(c)).get('name') ?? ''
    if (!isFresh(c.var.person, Date.now())) return confirmFirst(c, '/account/tokens')
    await c.var.store.tokens.revoke(c.var.principal, name, true, Date.now())
    return done(c, '/account/tokens', 'token-revoked')
  })
  .post('/account/sessions/end', async (c) => {
    const { account } = c.var.person
    const id = (await fieldsIn(c)).get('id') ?? ''
    if (!(await c.var.store.sessions.end(account.id, id))) throw new GatewayError('no-such-session')
    await c.var.store.audit.note(deedOf(c.var.principal, 'session-ended', id), Date.now())
    return done(c, '/account/sign-in', 'session-ended')
  })
  .post('/account/sessions/end-others', async (c) => {
    const { account, session } = c.var.person
    const ended = await c.var.store.sessions.endAll(account.id, session.id)
    const which = ended === 1 ? 'the only other' : `all ${ended} others`
    if (ended > 0) await c.var.store.audit.note(deedOf(c.var.principal, 'session-ended', which), Date.now())
    return done(c, '/account/sign-in', 'sessions-ended')
  })
  .post('/account/passkeys/rename', async (c) => {
    const { account } = c.var.person
    const form = await fieldsIn(c)
    const name = nameOf(form.get('name') ?? '')
    if (name === '') throw new GatewayError('bad-option', 'The passkey needs a name.')
    if (!(await c.var.store.passkeys.rename(account.id, form.get('id') ?? '', name)))
      throw new GatewayError('no-such-passkey')
    await c.var.store.audit.note(deedOf(c.var.principal, 'passkey-renamed', name), Date.now())
    return done(c, '/account/sign-in', 'passkey-renamed')
  })
  .post('/account/passkeys/remove', async (c) => {
    const { account } = c.var.person
    const { audit, passkeys } = c.var.store
    const form = await fieldsIn(c)
    const now = Date.now()
    if (!isFresh(c.var.person, now)) return confirmFirst(c, '/account/sign-in')
    const id = form.get('id') ?? ''
    const passkey = (await passkeys.list(account.id)).find((one) => one.id === id)
    await passkeys.remove(account.id, id, form.get('last') === 'yes')
    await audit.note(deedOf(c.var.principal, 'passkey-removed', passkey?.name ?? ''), now)
    return done(c, '/account/sign-in', 'passkey-removed')
  })

function visibilityIn(form: URLSearchParams): Visibility | null {
  const visibility = form.get('visibility')
  return visibility === 'private' || visibility === 'unlisted' ? visibility : null
}

const show = (c: GatewayContext, page: string, status: 200 | 422 = 200) => c.body(page, status, ISLAND_HEADERS)

const done = (c: GatewayContext, path: string, what: string) => c.body(null, 303, { Location: `${path}?done=${what}` })

/** What each of these pages has. */
function frameOf(c: GatewayContext) {
  const { account, session } = c.var.person
  return {
    reader: readingPerson(c),
    account,
    done: c.req.query('done'),
    freshUntil: session.confirmedAt + FRESH,
  }
}

/** What keys are sealed with; `null`: whoever runs this server, or an admin, will not have them shown again. Reads up to three rows. */
async function keySecretOf(c: GatewayContext): Promise<string | null> {
  const { serverSettings, settings } = c.var.store
  return (await serverSettings.read()).keysShown ? settings.keySecret : null
}

async function overview(c: GatewayContext, shown: ShownKey | 'sealed-otherwise' | null = null) {
  const { accountKeys, accounts } = c.var.store
  const id = c.var.person.account.id
  const [restKey, account, secret] = await Promise.all([accountKeys.find(id), accounts.find(id), keySecretOf(c)])
  const view = { origin: originOf(c), restKey, shown, mayReveal: secret !== null }
  const frame = frameOf(c)
  return show(c, accountPage({ ...frame, account: account ?? frame.account, ...view }))
}

async function tokensView(
  c: GatewayContext,
  more: Pick<TokensView, 'made' | 'typed' | 'refused'> = {},
  status: 200 | 422 = 200,
) {
  const tokens = await c.var.store.accountKeys.others(c.var.person.account.id)
  const view = { tokens, now: Date.now(), lifetimes: LIFETIMES, origin: originOf(c) }
  return show(c, tokensPage({ ...frameOf(c), ...view, ...more }), status)
}
