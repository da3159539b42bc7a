/** Uploads for tests of the doors: one small capture whose facts are known, forms written byte by byte, what an account holds. */
import { eq } from 'drizzle-orm'
import { expect } from 'vitest'
import { captures } from '../../src/store/schema.ts'
import { bytes, payload, pcap, utf8 } from './captures.ts'
import { bindings, database, request, type TestAccount, usageOf } from './gateway.ts'

export const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
/** An id that no capture has. */
export const NO_ID = '00000000-0000-4000-8000-000000000000'

/** Two packets, 2.5 seconds apart, the second of 1500 bytes on the wire cut to 100. */
export const CAPTURE = pcap([
  { seconds: 1_700_000_000, fraction: 250_000, data: payload(60) },
  { seconds: 1_700_000_002, fraction: 750_000, data: payload(100), origlen: 1500 },
])

/** What `sha256sum`, `sha1sum`, `ls -l` and `capinfos -M` (4.0) say of {@link CAPTURE}; rates by hand: 2 / 2.5, 1560 / 2.5. */
export const CAPTURE_FACTS = {
  sha256: '2ac7958cf5ae758858b18bbb0d5a1f40f342bb84489fcc6e8523d28a726514ff',
  sha1: '2969a17a9347c5288006bfbe507622a2037eaf19',
  size: 216,
  dataSize: 1560,
} as const

/** RFC 9530's form of a SHA-256 given in hex. */
export const digestField = (hex: string): string => `sha-256=:${Buffer.from(hex, 'hex').toString('base64')}:`

const made = new Map<number, Uint8Array>()

/** A capture of records of 64 KiB that is at least so long. Made once; nobody may change it. */
export function largeCapture(least: number): Uint8Array {
  const records = Math.ceil(least / 65_552)
  const known = made.get(records)
  if (known) return known
  const record = { data: payload(65_536) }
  const capture = pcap(Array.from({ length: records }, () => record))
  made.set(records, capture)
  return capture
}

/** A body of unknown length. */
export function streamOf(whole: Uint8Array, chunk = 65_536): ReadableStream<Uint8Array> {
  let at = 0
  return new ReadableStream({
    pull(controller) {
      if (at >= whole.length) return controller.close()
      controller.enqueue(whole.slice(at, at + chunk))
      at += chunk
    },
  })
}

export interface FormPart {
  name: string
  filename?: string
  /** Instead of what name and filename make. */
  disposition?: string
  headers?: Record<string, string>
  body: string | Uint8Array
}

export const BOUNDARY = '------------------------d74496d66958873e' // as curl makes them

/** A multipart/form-data request, its parts in this order. */
export function form(parts: FormPart[], { ended = true, method = 'POST' } = {}) {
  const written = parts.map(({ name, filename, disposition, headers = {}, body }) => {
    const about = disposition ?? `form-data; name="${name}"${filename === undefined ? '' : `; filename="${filename}"`}`
    const lines = [
      `Content-Disposition: ${about}`,
      ...Object.entries(headers).map(([key, value]) => `${key}: ${value}`),
    ]
    const content = typeof body === 'string' ? utf8(body) : body
    return bytes(utf8(`--${BOUNDARY}\r\n${lines.join('\r\n')}\r\n\r\n`), content, utf8('\r\n'))
  })
  const body = bytes(...written, utf8(ended ? `--${BOUNDARY}--\r\n` : ''))
  return { method, headers: { 'Content-Type': `multipart/form-data; boundary=${BOUNDARY}` }, body }
}

/** The part with the capture. */
export const filePart = (change: Partial<FormPart> = {}): FormPart => ({
  name: 'file',
  filename: 'traffic.pcap',
  headers: { 'Content-Type': 'application/octet-stream' },
  body: CAPTURE,
  ...change,
})

/** PUT a capture by the CloudShark door; it must be taken. @returns its id */
export async function put(account: TestAccount, query = '', init: RequestInit = {}): Promise<string> {
  const answer = await request(`/api/v1/${account.token}/upload${query}`, { method: 'PUT', body: CAPTURE, ...init })
  expect(answer.status, await answer.clone().text()).toBe(200)
  return ((await answer.json()) as { id: string }).id
}

/** POST a capture by the A-Packets door; it must be taken. @returns its id */
export async function postPrivate(account: TestAccount): Promise<string> {
  const { method, headers, body } = form([filePart()])
  const answer = await request('/api/v1/upload/private/', { method, headers: { ...headers, ...account.bearer }, body })
  expect(answer.status, await answer.clone().text()).toBe(200)
  return ((await answer.json()) as { uuid: string }).uuid
}

/** CloudShark's `info` of a capture. */
export async function infoOf(account: TestAccount, id: string): Promise<Record<string, unknown>> {
  const answer = await request(`/api/v1/${account.token}/info/${id}`)
  expect(answer.status).toBe(200)
  return answer.json()
}

/** Everything an account has: its use, its rows, its objects. */
export async function holdingsOf(accountId: number) {
  const rows = await database.select().from(captures).where(eq(captures.accountId, accountId))
  const { objects } = await bindings.CAPTURES.list({ prefix: `captures/${accountId}/` })
  return { ...(await usageOf(accountId)), rows: rows.length, objects: objects.length }
}

export const NOTHING = { files: 0, bytes: 0, rows: 0, objects: 0 }

/** A refusal in CloudShark's words: status and both keys, in this order, and nothing else. */
export async function expectRefusal(answer: Response, status: number, words: string | RegExp): Promise<void> {
  const text = await answer.text()
  expect(answer.status, text).toBe(status)
  expect(answer.headers.get('content-type')).toMatch(/^application\/json/)
  const body = JSON.parse(text) as { status: number; exceptions: string[] }
  expect(Object.keys(body)).toEqual(['status', 'exceptions'])
  expect(body.status).toBe(status)
  expect(body.exceptions).toHaveLength(1)
  expect(body.exceptions[0]).toMatch(words)
}

/** A refusal in the shape that the A-Packets door has. */
export async function expectProblem(answer: Response, status: number, kind: string): Promise<void> {
  const text = await answer.text()
  expect(answer.status, text).toBe(status)
  expect(answer.headers.get('content-type')).toMatch(/^application\/json/)
  const body = JSON.parse(text) as Record<string, unknown>
  expect(Object.keys(body)).toEqual(['status', 'error', 'message'])
  expect(body).toMatchObject({ status: 'error', error: kind })
  expect(body.message).toEqual(expect.stringMatching(/\w/))
}
