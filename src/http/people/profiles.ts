/**
 * Profiles of the viewer, kept with the account of who is signed in. The server sees to size and shape, and seals them; what one means is the
 * viewer's, which has another licence and shares no code with it. docs/adr/0020.
 */
import { Hono } from 'hono'
import { GatewayError } from '../../errors.ts'
import { profileUse, seal, unseal } from '../../ingest/seal.ts'
import { randomHex } from '../../store/digest.ts'
import { problemBody, speak } from '../dialect.ts'
import { tagsIn } from '../etags.ts'
import type { Gateway, GatewayContext } from '../gateway.ts'
import { signedIn } from '../session.ts'
import { jsonIn } from './json-body.ts'

/** Longest profile. Bytes of its JSON. */
export const MAX_PROFILE = 32 * 1024
/** Longest name. Characters. */
const LONGEST_NAME = 60

const HEADERS = { 'Cache-Control': 'private, no-store' }

export const profileRoutes = new Hono<Gateway>({ strict: false })
  .use('/account/profiles', signedIn)
  .use('/account/profiles/*', signedIn)
  .get('/account/profiles', async (c) => {
    secretOf(c)
    return c.json({ profiles: await c.var.store.profiles.list(c.var.person.account.id) }, 200, HEADERS)
  })
  .get('/account/profiles/:id', async (c) => {
    const { account } = c.var.person
    const secret = secretOf(c)
    const row = await c.var.store.profiles.find(account.id, c.req.param('id'))
    if (row === null) throw new GatewayError('no-such-profile')
    const { id, name, version, sealed } = row
    const text = await unseal(sealed, profileUse(account.id, id), secret)
    if (text === null) throw new GatewayError('profile-sealed-otherwise')
    return answer(c, 200, { id, name, version, profile: JSON.parse(text) as object })
  })
  .post('/account/profiles', async (c) => {
    const id = randomHex(96)
    const change = await changeIn(c, id)
    await c.var.store.profiles.add(c.var.person.account.id, id, change, Date.now())
    return answer(c, 201, { id, name: change.name, version: change.version })
  })
  .put('/account/profiles/:id', async (c) => {
    const id = c.req.param('id')
    const tags = tagsIn(c.req.header('if-match') ?? '')
    const [read] = typeof tags === 'string' ? [] : tags
    if (read === undefined) throw new GatewayError('bad-option', 'The ETag that was read must come as If-Match.')
    const change = await changeIn(c, id)
    await c.var.store.profiles.replace(c.var.person.account.id, id, read.slice(1, -1), change, Date.now())
    return answer(c, 200, { id, name: change.name, version: change.version })
  })
  .delete('/account/profiles/:id', async (c) => {
    await c.var.store.profiles.remove(c.var.person.account.id, c.req.param('id'))
    return c.body(null, 204)
  })
  .onError(speak(problemBody, 'application/problem+json'))

const answer = (
  c: GatewayContext,
  status: 200 | 201,
  body: { id: string; name: string; version: string; profile?: object },
) => c.json(body, status, { ...HEADERS, ETag: `"${body.version}"` })

/** @throws GatewayError `no-profiles` where whoever runs this server gave it no secret */
function secretOf(c: GatewayContext): string {
  const { profileSecret } = c.var.store.settings
  if (profileSecret === null) throw new GatewayError('no-profiles')
  return profileSecret
}

/** @throws GatewayError `profile-too-long` also for what is nested too deeply to be written */
function textOf(profile: object): string {
  try {
    return JSON.stringify(profile)
  } catch {
    throw new GatewayError('profile-too-long')
  }
}

/** What a body says that a profile is to be. @throws GatewayError `no-profiles`, `bad-option`, `profile-too-long` */
async function changeIn(c: GatewayContext, id: string) {
  const secret = secretOf(c)
  const { name, profile } = await jsonIn(c)
  const called = typeof name === 'string' ? name.trim() : ''
  if (called === '' || called.length > LONGEST_NAME || /\p{Cc}/u.test(called))
    throw new GatewayError('bad-option', `A profile needs a name of at most ${LONGEST_NAME} characters, in one line.`)
  if (typeof profile !== 'object' || profile === null || Array.isArray(profile))
    throw new GatewayError('bad-option', 'The profile is no JSON object.')
  const text = textOf(profile)
  if (new TextEncoder().encode(text).length > MAX_PROFILE) throw new GatewayError('profile-too-long')
  const sealed = await seal(text, profileUse(c.var.person.account.id, id), secret)
  return { name: called, sealed, version: randomHex(64) }
}
