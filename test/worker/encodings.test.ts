/** Bodies whose Content-Encoding is undone. RFC 9110 §8.4, RFC 9530. */
import { gzipSync } from 'node:zlib'
import { beforeAll, describe, expect, it } from 'vitest'
import { bytes } from '../support/captures.ts'
import { wireBody } from '../support/faults.ts'
import { captureOf } from '../support/faults-flows.ts'
import { ask, hex } from '../support/faults-walk.ts'
import { bindings, makeAccount, parsed, request, type TestAccount } from '../support/gateway.ts'
import {
  CAPTURE,
  CAPTURE_FACTS,
  digestField,
  expectRefusal,
  filePart,
  form,
  holdingsOf,
  largeCapture,
  NOTHING,
  streamOf,
} from '../support/uploads.ts'

const MIB = 1024 * 1024
const GZIP = { 'Content-Encoding': 'gzip' }
let account: TestAccount
beforeAll(async () => {
  account = await makeAccount()
})
const upload = (body: BodyInit, headers: HeadersInit = GZIP, by = account) =>
  request(`/api/v1/${by.token}/upload`, { method: 'PUT', headers, body })

async function expectKept(answer: Response, whole: Uint8Array) {
  expect(answer.status, await answer.clone().text()).toBe(200)
  const { id } = (await answer.json()) as { id: string }
  const back = await request(`/api/v1/${account.token}/download/${id}`)
  expect(Buffer.from(await back.arrayBuffer()).equals(Buffer.from(whole))).toBe(true)
  return id
}

describe('a gzip body', () => {
  it.each(['gzip', 'x-gzip', 'GZip', 'identity, gzip'])('is undone: %s', async (encoding) => {
    const id = await expectKept(await upload(gzipSync(CAPTURE), { 'Content-Encoding': encoding }), CAPTURE)
    expect((await parsed(id)).sha256).toBe(CAPTURE_FACTS.sha256)
  })

  it.each([1, 7, 4096])('is undone in pieces of %i bytes, and of two members', async (piece) => {
    const [one, two] = [captureOf(40).bytes, captureOf(40).bytes]
    const coded = bytes(gzipSync(one), gzipSync(two))
    await expectKept(await upload(streamOf(coded, piece)), bytes(one, two))
  })

  it('is undone where it is longer than a part', { timeout: 30_000 }, async () => {
    const whole = largeCapture(17 * MIB)
    await expectKept(await upload(gzipSync(whole, { level: 1 })), whole)
  })

  it('is undone where it is a form', async () => {
    const { headers, body } = form([filePart(), { name: 'comments', body: 'x' }])
    const init = { method: 'POST', headers: { ...headers, ...GZIP }, body: gzipSync(body) }
    await expectKept(await request(`/api/v1/${account.token}/upload`, init), CAPTURE)
  })

  it('of what is a gzip file itself is undone once', async () => {
    const file = gzipSync(CAPTURE)
    await expectKept(await upload(gzipSync(file)), file)
    await expectKept(await upload(file, {}), file)
  })

  it('is digested as it was sent', async () => {
    const coded = gzipSync(CAPTURE)
    for (const field of ['Content-Digest', 'Repr-Digest']) {
      await expectKept(await upload(coded, { ...GZIP, [field]: digestField(hex('sha256', coded)) }), CAPTURE)
      const mine = await makeAccount()
      const wrong = await upload(coded, { ...GZIP, [field]: digestField(CAPTURE_FACTS.sha256) }, mine)
      await expectRefusal(wrong, 400, /digest/)
      expect(await holdingsOf(mine.accountId)).toEqual(NOTHING)
    }
  })

  it('that breaks off is kept as far as it came', async () => {
    const whole = captureOf(2000).bytes
    const coded = gzipSync(whole)
    const body = wireBody(coded, 'reset', coded.length >> 1)
    const answer = await ask(bindings, `/api/v1/${account.token}/upload`, { method: 'PUT', headers: GZIP, body })
    const { exceptions } = (await answer.json()) as { exceptions: string[] }
    const id = /kept as the capture (\S+),/.exec(exceptions[0] ?? '')?.[1] ?? ''
    const row = await parsed(id)
    expect(row).toMatchObject({ brokenOff: 'cut-off', state: 'ok' })
    expect(row.size).toBeGreaterThan(whole.length / 4)
    const back = await request(`/api/v1/${account.token}/download/${id}`)
    const got = Buffer.from(await back.arrayBuffer())
    expect(got.equals(Buffer.from(whole.subarray(0, row.size)))).toBe(true)
  })

  it.each([
    ['no gzip', CAPTURE, /no whole gzip/],
    ['cut short', gzipSync(CAPTURE).subarray(0, -9), /no whole gzip/],
    ['damaged', gzipSync(CAPTURE).fill(7, 40, 60), /no whole gzip/],
    [
      'of another checksum',
      gzipSync(CAPTURE).fill(7, gzipSync(CAPTURE).length - 8, gzipSync(CAPTURE).length - 4),
      /no whole gzip/,
    ],
    ['with something behind it', bytes(gzipSync(CAPTURE), CAPTURE), /no whole gzip/],
    ['empty', new Uint8Array(0), /empty|no whole gzip/],
  ])('is refused, and nothing kept: %s', async (_, body, words) => {
    const mine = await makeAccount()
    const answer = await upload(body as Uint8Array<ArrayBuffer>, GZIP, mine)
    const { status, exceptions } = (await answer.json()) as { status: number; exceptions: string[] }
    expect([400, 415]).toContain(status)
    expect(exceptions[0]).toMatch(words)
    expect(await holdingsOf(mine.accountId)).toEqual(NOTHING)
  })
})

describe('limits of what comes out', () => {
  it('are those of any upload', async () => {
    const mine = await makeAccount({ maxFileSize: 9 * MIB })
    const whole = largeCapture(9 * MIB)
    await expectRefusal(await upload(gzipSync(whole, { level: 1 }), GZIP, mine), 413, String(9 * MIB))
    expect(await holdingsOf(mine.accountId)).toEqual(NOTHING)
  })

  it('more than 500 times what goes in is 413', { timeout: 30_000 }, async () => {
    const mine = await makeAccount()
    const bomb = gzipSync(bytes(CAPTURE, new Uint8Array(64 * MIB)))
    expect(bomb.length * 500).toBeLessThan(64 * MIB)
    await expectRefusal(await upload(bomb, GZIP, mine), 413, /more than 500 times its size/)
    expect(await holdingsOf(mine.accountId)).toEqual(NOTHING)
  })
})

it.each(['br', 'zstd', 'deflate', 'gzip, gzip', 'gzip, br'])('%s is 415, and says what is taken', async (encoding) => {
  const answer = await upload(gzipSync(CAPTURE), { 'Content-Encoding': encoding })
  expect(answer.headers.get('accept-encoding')).toBe('gzip, identity')
  await expectRefusal(answer, 415, /Content-Encoding/)
})
