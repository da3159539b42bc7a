/** What one sender may not do to others. */
import { beforeAll, describe, expect, it } from 'vitest'
import { defaultFilename } from '../../src/ingest/options.ts'
import { pull } from '../../src/ingest/source.ts'
import { bytes, payload, pcapng, utf8 } from '../support/captures.ts'
import { makeAccount, makeToken, parsed, request, type TestAccount } from '../support/gateway.ts'
import { CAPTURE, filePart, form } from '../support/uploads.ts'

const ng = pcapng()
let account: TestAccount
beforeAll(async () => {
  account = await makeAccount()
})

describe('memory', () => {
  it('is not pinned by drips: a piece that is kept holds on to no more than itself', async () => {
    const { readable, writable } = new IdentityTransformStream()
    const writer = writable.getWriter()
    const source = pull(readable, 1000, { fresh: true })
    const pieces: Uint8Array[] = []
    for (let count = 0; count < 20; count++) {
      const writing = writer.write(payload(6))
      const piece = await source.read()
      await writing
      if (piece) pieces.push(piece)
    }
    expect(pieces).toHaveLength(20)
    expect(pieces.reduce((sum, piece) => sum + piece.buffer.byteLength, 0)).toBe(120)
  })

  it('is not held by form fields that are no options', async () => {
    const unknown = Array.from({ length: 40 }, (_, index) => ({ name: `x${index}`, body: 'x'.repeat(100_000) }))
    const answer = await request(`/api/v1/${account.token}/upload`, form([...unknown, filePart()]))
    expect(answer.status).toBe(200)
  })

  it('is not blown up by a page of a capture full of unseen characters', async () => {
    const comments = Array.from({ length: 16 }, () => [1, utf8('\u0001'.repeat(60_000))] as [number, Uint8Array])
    const capture = bytes(ng.section(comments), ng.interface(), ng.packet())
    const answer = await request(`/api/v1/${account.token}/upload`, { method: 'PUT', body: capture })
    const { id } = (await answer.json()) as { id: string }
    await parsed(id)
    const page = await request(`/captures/${id}`)
    expect(page.status).toBe(200)
    expect((await page.text()).length).toBeLessThan(2_000_000)
  })
})

describe('an Idempotency-Key', () => {
  it('of an unlisted capture is refused where a private one is asked for', async () => {
    const headers = { 'Idempotency-Key': 'same' }
    const first = await request(`/api/v1/${account.token}/upload`, { method: 'PUT', body: CAPTURE, headers })
    expect(first.status).toBe(200)
    const again = form([filePart()])
    const second = await request('/api/v1/upload/private', {
      ...again,
      headers: { ...(again.headers as Record<string, string>), ...headers, ...account.bearer },
    })
    expect(second.status).toBe(422)
    const locked = await makeToken(account.accountId, { defaultVisibility: 'private' })
    const third = await request(`/api/v1/${locked.token}/upload`, { method: 'PUT', body: CAPTURE, headers })
    expect(third.status).toBe(422)
  })
})

describe('a User-Agent', () => {
  it('of 100,000 dashes costs no time', () => {
    const startedAt = performance.now()
    expect(defaultFilename(`a${'-'.repeat(100_000)}a`, 0, '12345678')).toMatch(/^a-.*-12345678\.cap$/)
    expect(performance.now() - startedAt).toBeLessThan(100)
  })
})

describe('a download', () => {
  it('is inert, even where a browser shows it', async () => {
    const name = 'a\u202egnp.cap'
    const put = { method: 'PUT', body: CAPTURE }
    const answer = await request(`/api/v1/${account.token}/upload?filename=${encodeURIComponent(name)}`, put)
    const { id } = (await answer.json()) as { id: string }
    const { headers } = await request(`/captures/${id}/download`)
    expect(headers.get('Content-Security-Policy')).toBe("sandbox; default-src 'none'")
    expect(headers.get('X-Content-Type-Options')).toBe('nosniff')
    expect(headers.get('Content-Disposition')).toBe('attachment; filename=a_gnp.cap')
  })
})
