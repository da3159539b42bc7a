/** The pages as they come over the wire: headers, what they tell and what they keep. */
import { beforeAll, describe, expect, it } from 'vitest'
import { makeAccount, parsed, request, rowOf, type TestAccount } from '../support/gateway.ts'
import { direct, keptQueue } from '../support/metering.ts'
import { CAPTURE, NO_ID, postPrivate, put } from '../support/uploads.ts'

let account: TestAccount
beforeAll(async () => {
  account = await makeAccount()
})

function expectPageHeaders(answer: Response) {
  const policy = answer.headers.get('content-security-policy') ?? ''
  for (const rule of ["default-src 'none'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'"])
    expect(policy.split('; ')).toContain(rule)
  expect(policy).not.toMatch(/unsafe|\*|http:/)
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'cache-control': expect.stringContaining('no-store'),
  })
}

describe('every page', () => {
  it.each([
    ['the first one', () => '/', 200],
    ['a capture', async () => `/captures/${await put(account)}`, 200],
    ['a capture, with a slash', async () => `/captures/${await put(account)}/`, 200],
    ['no capture', () => `/captures/${NO_ID}`, 404],
    ['no id', () => '/captures/x', 404],
    ['nothing', () => '/nothing', 404],
    ['what wants a key', () => '/view?url=x', 401],
  ] as [string, () => string | Promise<string>, number][])('has its headers: %s', async (_, path, status) => {
    const answer = await request(await path())
    expect(answer.status).toBe(status)
    expectPageHeaders(answer)
    expect(await answer.text()).toMatch(/^<!doctype html>/i)
  })

  it('answers HEAD without a body and without counting a view', async () => {
    const id = await put(account)
    await parsed(id)
    const answer = await request(`/captures/${id}`, { method: 'HEAD' })
    expect([answer.status, await answer.text()]).toEqual([200, ''])
    expectPageHeaders(answer)
    expect((await rowOf(id))?.viewCount).toBe(0)
  })
})

describe('the first page', () => {
  it('shows the lines with the host it was reached by, and no token', async () => {
    const text = (await (await request('/')).text()).replace(/<[^>]*>/g, '')
    expect(text).toContain('http://pcaport.test/api/v1/$TOKEN/upload')
    expect(text).toContain('http://pcaport.test/api/v1/upload/private/')
    expect(text).not.toMatch(/\/api\/v1\/[0-9a-f]{32}/)
  })
})

describe('the page of a capture', () => {
  it('shows its facts, its link and its download', async () => {
    const id = await put(account, '?filename=x.cap&additional_tags=dns,lab&comments=captured+from+NOC')
    await parsed(id)
    const text = await (await request(`/captures/${id}`)).text()
    for (const shown of ['x.cap', 'dns', 'lab', 'captured from NOC', '1,560', '2.5', '624', '780', 'Ethernet'])
      expect(text).toContain(shown)
    expect(text).toContain(`http://pcaport.test/captures/${id}`)
    expect(text).toContain(`/captures/${id}/download`)
    expect(text).not.toContain('http-equiv="refresh"')
    expect(text).not.toContain(account.token)
  })

  it('looks again by itself while the capture is processing', async () => {
    const made = await direct(
      `/api/v1/${account.token}/upload`,
      { method: 'PUT', body: CAPTURE },
      { PARSE: keptQueue().queue },
    )
    const { id } = (await made.json()) as { id: string }
    const text = await (await request(`/captures/${id}`)).text()
    expect(text).toContain('http-equiv="refresh"')
  })

  it('takes text from outside as text', async () => {
    const hostile = '"><script>alert(1)</script><img src=x onerror=alert(2)>'
    const options = { filename: `${hostile}.cap`, additional_tags: hostile, comments: hostile }
    const id = await put(account, `?${new URLSearchParams(options)}`)
    await parsed(id)
    const text = await (await request(`/captures/${id}`)).text()
    expect(text).not.toContain('<script>alert')
    expect(text).not.toContain('<img src=x')
    expect(text).toContain('&lt;script&gt;alert(1)')
  })

  it('counts its views', async () => {
    const id = await put(account)
    await parsed(id)
    for (const wanted of [1, 2]) {
      await (await request(`/captures/${id}`)).text()
      await expect.poll(async () => (await rowOf(id))?.viewCount).toBe(wanted)
    }
    expect(await (await request(`/api/v1/${account.token}/info/${id}`)).json()).toMatchObject({ viewcount: 2 })
  })

  it('gives the very bytes at its download link', async () => {
    const id = await put(account, '?filename=x.cap')
    const answer = await request(`/captures/${id}/download`)
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename=x.cap')
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
    expect(new Uint8Array(await answer.arrayBuffer())).toEqual(CAPTURE)
  })

  it('of a private capture opens for its owner, and stands in no shared cache', async () => {
    const id = await postPrivate(account)
    const page = await request(`/captures/${id}`, { headers: account.bearer })
    expect(page.status).toBe(200)
    expect(page.headers.get('cache-control')).toBe('private, no-store')
    const bytes = await request(`/captures/${id}/download`, { headers: account.bearer })
    expect(bytes.headers.get('cache-control')).toMatch(/^private/)
  })

  it('is gone when the capture is deleted: as if it had never been', async () => {
    const id = await put(account)
    await request(`/api/v1/${account.token}/delete/${id}`, { method: 'POST' })
    const answer = await request(`/captures/${id}`)
    expect(answer.status).toBe(404)
    expect(await answer.text()).toBe(await (await request(`/captures/${NO_ID}`)).text())
  })
})
