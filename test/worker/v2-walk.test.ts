/** A walk through the description of `/api/v2`: no route is left out, so that none can be forgotten. */
import { beforeAll, describe, expect, it } from 'vitest'
import { makeAccount, makeToken, parsed, request, rowOf, type TestAccount } from '../support/gateway.ts'
import { asked, description, EXAMPLE_ID, expectProblem, type Operation } from '../support/openapi.ts'
import { NO_ID, postPrivate } from '../support/uploads.ts'

/** What stands open: everything else wants a key. */
const PUBLIC = new Set(['GET /openapi.json'])

/** Whose path has no capture in it, but whose body or answer may: what must come of a stranger's capture. */
const UNNAMED: Record<string, (answer: Response, id: string) => Promise<void>> = {
  'POST /captures/bulk': async (answer, id) =>
    expect(await answer.json()).toEqual({ results: [{ id, outcome: 'no-such-capture' }] }),
  // It says which of those that were named.
  'POST /captures/merge': async (answer, id) =>
    expect(await expectProblem(answer, 404, 'no-such-capture')).toContain(id),
}

let owner: TestAccount
let stranger: TestAccount
let foreign: string
/** A link to it. */
let share: string
let operations: Operation[]
beforeAll(async () => {
  owner = await makeAccount({ name: `owner ${crypto.randomUUID()}` }, { name: 'key-of-the-owner' })
  stranger = await makeAccount({}, { may: ['upload', 'read', 'delete', 'admin'] })
  foreign = await postPrivate(owner)
  await parsed(foreign)
  const headers = { ...owner.bearer, 'Content-Type': 'application/json' }
  const made = await asked(`/captures/${foreign}/shares`, { method: 'POST', headers, body: '{}' })
  share = ((await made.json()) as { id: string }).id
  const note = { method: 'PUT', headers, body: '{"text":"of the owner"}' }
  expect((await asked(`/captures/${foreign}/annotations/1`, note)).status).toBe(200)
  operations = (await description()).operations
})

const nameOf = ({ method, path }: Operation) => `${method} ${path}`

/** A request that is in order, about a capture of `owner`. @throws Error where the description does not say enough for it */
function requestOf(operation: Operation, headers: Record<string, string>, id = foreign): [string, RequestInit] {
  const params: Record<string, string> = { id, name: 'key-of-the-owner', frame: '1', share }
  const path = operation.path.replaceAll(/{(\w+)}/g, (_, name: string) => {
    const value = params[name]
    if (value === undefined)
      throw new Error(`${nameOf(operation)}: say in this test what {${name}} of the other account is`)
    return value
  })
  const query = (operation.parameters ?? [])
    .filter((parameter) => parameter.in === 'query' && parameter.required)
    .map(({ name, example }) => {
      if (example === undefined) throw new Error(`${nameOf(operation)}: give the query's ${name} an example`)
      return `${name}=${encodeURIComponent(String(example))}`
    })
  const [type, content] = Object.entries(operation.requestBody?.content ?? {})[0] ?? []
  const example = content?.example
  if (type !== undefined && example === undefined) throw new Error(`${nameOf(operation)}: give its body an example`)
  const body = typeof example === 'string' || example === undefined ? example : JSON.stringify(example)
  const init: RequestInit = {
    method: operation.method,
    headers: { ...headers, ...(type ? { 'Content-Type': type } : {}) },
  }
  if (body !== undefined) init.body = body.replaceAll(EXAMPLE_ID, id)
  return [`${path}${query.length > 0 ? `?${query.join('&')}` : ''}`, init]
}

/** With every operation. */
async function each(of: (operation: Operation) => boolean, check: (operation: Operation) => Promise<void>) {
  let checked = 0
  for (const operation of operations.filter(of)) {
    await check(operation)
    checked++
  }
  expect(checked).toBeGreaterThan(3)
}
const isPrivate = (operation: Operation) => !PUBLIC.has(nameOf(operation))

describe('the description', () => {
  it('is public, may be cached, and has a tag', async () => {
    const answer = await asked('/openapi.json')
    expect(answer.headers.get('cache-control')).toBe('public, max-age=300')
    const etag = answer.headers.get('etag') ?? ''
    const again = await request('/api/v2/openapi.json', { headers: { 'If-None-Match': etag } })
    expect([again.status, again.headers.get('etag')]).toEqual([304, etag])
  })

  it('tells of each operation what it is, who may ask, and what may come of it', async () => {
    const ids = new Set<string>()
    await each(isPrivate, async (operation) => {
      const { summary, tags, operationId } = operation as Operation & Record<string, unknown>
      expect([summary, operationId, (tags as string[])?.length], nameOf(operation)).toEqual([
        expect.any(String),
        expect.any(String),
        1,
      ])
      expect(operation.security, nameOf(operation)).toEqual([{ bearer: [] }])
      for (const status of ['400', '401', '403', '503'])
        expect(operation.responses[status]?.content, `${nameOf(operation)} ${status}`).toHaveProperty(
          ['application/problem+json', 'schema', '$ref'],
          '#/components/schemas/Problem',
        )
      ids.add(String(operationId))
    })
    expect(ids.size).toBe(operations.filter(isPrivate).length)
  })
})

describe('every route', () => {
  it('wants a key: 401', () =>
    each(isPrivate, async (operation) => {
      await expectProblem(await asked(...requestOf(operation, {})), 401, 'no-token')
      const wrong = { Authorization: `Bearer ${'0'.repeat(32)}` }
      await expectProblem(await asked(...requestOf(operation, wrong)), 401, 'unknown-key')
    }))

  it('wants one that may: a key to read writes nothing, and one that may not read, reads nothing', () =>
    each(isPrivate, async (operation) => {
      const may = operation.method === 'GET' ? (['upload', 'delete'] as const) : (['read'] as const)
      const { bearer } = await makeToken(owner.accountId, { may: [...may] })
      await expectProblem(await asked(...requestOf(operation, bearer)), 403, 'forbidden')
    }))

  it('with the id of another account’s capture, or the name of its key, is 404, as for one that never was', () =>
    each(
      (operation) => operation.path.includes('{'),
      async (operation) => {
        const answer = await asked(...requestOf(operation, stranger.bearer))
        expect(answer.status, nameOf(operation)).toBe(404)
        const never = await asked(...requestOf(operation, stranger.bearer, NO_ID))
        expect((await answer.text()).replaceAll(foreign, NO_ID)).toBe(await never.text()) // it may name what was asked for
      },
    ))

  it('without an id tells nothing of another account', async () => {
    const before = await rowOf(foreign)
    for (const operation of operations.filter((each) => isPrivate(each) && !each.path.includes('{'))) {
      const answer = await asked(...requestOf(operation, stranger.bearer))
      const check = UNNAMED[nameOf(operation)]
      if (check) {
        await check(answer, foreign)
        continue
      }
      const text = await answer.text()
      for (const secret of [foreign, 'key-of-the-owner', 'owner '])
        expect(text, nameOf(operation)).not.toContain(secret)
      if (JSON.stringify(operation.requestBody ?? '').includes(EXAMPLE_ID))
        expect(answer.status, `${nameOf(operation)}: ${text}`).toBe(404)
    }
    expect(await rowOf(foreign)).toEqual(before)
  })

  it('in a method that it does not have is 405, with those that it has', () =>
    each(isPrivate, async ({ path }) => {
      const answer = await request(`/api/v2${path.replaceAll(/{\w+}/g, NO_ID)}`, { method: 'PROPFIND' })
      const has = operations.filter((each) => each.path === path).map(({ method }) => method)
      expect(answer.headers.get('allow')?.split(', ')).toEqual(expect.arrayContaining(has))
      await expectProblem(answer, 405, 'method-not-allowed')
    }))

  it('with a JSON body refuses what is none, what is too long, and what it does not know, before it does anything', () =>
    each(
      ({ requestBody }) => requestBody?.content['application/json'] !== undefined,
      async (operation) => {
        const own = await postPrivate(stranger)
        const [path, init] = requestOf(operation, stranger.bearer, own)
        const send = (body: string | undefined, type = 'application/json') =>
          asked(path, {
            method: operation.method,
            headers: { ...stranger.bearer, ...(type ? { 'Content-Type': type } : {}) },
            ...(body === undefined ? {} : { body }),
          })
        await expectProblem(await send('{"filename":'), 400, 'bad-option')
        await expectProblem(await send('[]'), 400, 'bad-option')
        await expectProblem(await send('{"nonsense":1}'), 400, 'bad-option')
        await expectProblem(await send(undefined), 400, 'bad-option')
        await expectProblem(await send(String(init.body), 'text/plain'), 415, 'not-json')
        await expectProblem(await send(' '.repeat(64 * 1024 + 1)), 413, 'body-too-long')
      },
    ))
})
