/** Whoever is not the owner: to them, another account's capture and one that never was are the same. */
import { beforeAll, describe, expect, it } from 'vitest'
import { makeAccount, makeToken, parsed, request, rowOf, type TestAccount } from '../support/gateway.ts'
import { CAPTURE, filePart, form, holdingsOf, NO_ID, NOTHING, postPrivate, put } from '../support/uploads.ts'

let owner: TestAccount
let stranger: TestAccount
beforeAll(async () => {
  owner = await makeAccount()
  stranger = await makeAccount()
})

const json = (id: string) => ({ method: 'POST', body: JSON.stringify({ id }) })
/** Every route that takes an id. */
const ROUTES = [
  ['GET info', (by: TestAccount, id: string) => request(`/api/v1/${by.token}/info/${id}`)],
  ['GET download', (by: TestAccount, id: string) => request(`/api/v1/${by.token}/download/${id}`)],
  ['HEAD download', (by: TestAccount, id: string) => request(`/api/v1/${by.token}/download/${id}`, { method: 'HEAD' })],
  [
    'ranged download',
    (by: TestAccount, id: string) => request(`/api/v1/${by.token}/download/${id}`, { headers: { Range: 'bytes=0-3' } }),
  ],
  [
    'POST delete/<id>',
    (by: TestAccount, id: string) => request(`/api/v1/${by.token}/delete/${id}`, { method: 'POST' }),
  ],
  ['POST delete, JSON', (by: TestAccount, id: string) => request(`/api/v1/${by.token}/delete`, json(id))],
  [
    'GET status',
    (by: TestAccount, id: string) => request(`/api/v1/pcaps/private/status/${id}`, { headers: by.bearer }),
  ],
  ['page, private', (by: TestAccount, id: string) => request(`/captures/${id}`, { headers: by.bearer })],
  [
    'page download, private',
    (by: TestAccount, id: string) => request(`/captures/${id}/download`, { headers: by.bearer }),
  ],
] as const

const facts = async (answer: Response) => [answer.status, [...answer.headers], await answer.text()]

describe.each(ROUTES)('%s', (_, ask) => {
  it('answers 404 for another account’s capture, exactly as for one that never was', async () => {
    const id = await postPrivate(owner)
    await parsed(id)
    const answer = await ask(stranger, id)
    expect(answer.status).toBe(404)
    expect(await facts(answer)).toEqual(await facts(await ask(stranger, NO_ID)))
    expect((await rowOf(id))?.state).toBe('ok')
    expect((await ask(owner, id)).status).toBeLessThan(300)
  })
})

describe('a private page', () => {
  it('is not there for whoever has no key, byte for byte', async () => {
    const id = await postPrivate(owner)
    for (const rest of ['', '/download'])
      expect(await facts(await request(`/captures/${id}${rest}`))).toEqual(
        await facts(await request(`/captures/${NO_ID}${rest}`)),
      )
  })

  it('is not there for the owner’s key without permission to read, nor for one that was revoked', async () => {
    const id = await postPrivate(owner)
    const keys = [
      await makeToken(owner.accountId, { may: ['upload', 'delete'] }),
      await makeToken(owner.accountId, { revokedAt: 1 }),
      await makeToken(owner.accountId, { expiresAt: 1 }),
      await makeToken(owner.accountId, { apiAllowed: false }),
    ]
    for (const { bearer } of keys)
      expect(await facts(await request(`/captures/${id}`, { headers: bearer }))).toEqual(
        await facts(await request(`/captures/${NO_ID}`, { headers: bearer })),
      )
    expect((await request(`/captures/${id}`, { headers: owner.bearer })).status).toBe(200)
  })
})

describe('an unlisted page', () => {
  it('opens for whoever has the link, with another key too', async () => {
    const id = await put(owner)
    expect((await request(`/captures/${id}`)).status).toBe(200)
    expect((await request(`/captures/${id}`, { headers: stranger.bearer })).status).toBe(200)
    const bytes = await request(`/captures/${id}/download`)
    expect(new Uint8Array(await bytes.arrayBuffer())).toEqual(CAPTURE)
  })
})

describe('visibility of a CloudShark upload', () => {
  it.each([
    [null, null, 'unlisted'],
    ['private', null, 'private'],
    [null, 'private', 'private'],
    ['private', 'unlisted', 'unlisted'],
    ['unlisted', 'private', 'private'],
  ] as const)('account says %s, token says %s: %s', async (ofAccount, ofToken, wanted) => {
    const mine = await makeAccount({ defaultVisibility: ofAccount }, { defaultVisibility: ofToken })
    const id = await put(mine)
    expect((await rowOf(id))?.visibility).toBe(wanted)
    expect((await request(`/captures/${id}`)).status).toBe(wanted === 'private' ? 404 : 200)
  })
})

describe('a path token', () => {
  it.each([
    ['revoked', { revokedAt: 1 }, 404],
    ['expired', { expiresAt: 1 }, 404],
    ['of a plan without API keys', { apiAllowed: false }, 403],
  ] as const)('that is %s takes nothing in', async (_, change, status) => {
    const mine = await makeAccount({}, change)
    for (const init of [{ method: 'PUT', body: CAPTURE }, form([filePart()])]) {
      const answer = await request(`/api/v1/${mine.token}/upload`, init)
      expect(answer.status).toBe(status)
      expect(Object.keys((await answer.json()) as object)).toEqual(['status', 'exceptions'])
    }
    expect(await holdingsOf(mine.accountId)).toEqual(NOTHING)
  })

  it('is the same in capitals', async () => {
    const id = await put({ ...owner, token: owner.token.toUpperCase() })
    expect((await request(`/api/v1/${owner.token}/info/${id}`)).status).toBe(200)
  })

  it('that ends later still opens', async () => {
    await put(await makeAccount({}, { expiresAt: Date.now() + 60_000 }))
  })

  it('stands in no answer', async () => {
    const answers = [
      await request(`/api/v1/${owner.token}/nothing`),
      await request(`/api/v1/${owner.token}/upload`, { method: 'PUT', body: CAPTURE }),
      await request(`/api/v1/${owner.token}/upload`, { method: 'PUT', body: '' }),
      await request(`/api/v1/${owner.token}/info/${await put(owner)}`),
    ]
    for (const answer of answers)
      expect(JSON.stringify([[...answer.headers], await answer.text()])).not.toContain(owner.token)
  })
})
