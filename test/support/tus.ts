/** A tus client of a few lines: each request by hand, so that a test says what it sends. */
import { expect } from 'vitest'
import type { Env } from '../../src/store/env.ts'
import { bindings, type TestAccount } from './gateway.ts'
import { direct } from './metering.ts'

export const VERSION = { 'Tus-Resumable': '1.0.0' }
export const OFFSET_STREAM = { 'Content-Type': 'application/offset+octet-stream' }

const base64 = (text: string) => Buffer.from(text).toString('base64')

/** `Upload-Metadata` of these. */
export const metadataOf = (values: Record<string, string>): string =>
  Object.entries(values)
    .map(([key, value]) => `${key} ${base64(value)}`)
    .join(',')

/** Sends a request to the door. */
export type Ask = (path: string, init: RequestInit) => Promise<Response>

const toApp: Ask = (path, init) => direct(path, init)

/** Requests of one account, through the app with these bindings. */
export function tusOf(account: TestAccount, change: Partial<Env> = {}, ask: Ask | null = null) {
  const send =
    ask ?? (Object.keys(change).length === 0 ? toApp : (path: string, init: RequestInit) => direct(path, init, change))
  const asked = (method: string, path: string, headers: Record<string, string>, body?: BodyInit) =>
    send(path, {
      method,
      headers: { ...VERSION, ...account.bearer, ...headers },
      ...(body === undefined ? {} : { body }),
    })
  return {
    /** @param length `null`: deferred */
    create: (length: number | null, headers: Record<string, string> = {}, body?: BodyInit) =>
      asked(
        'POST',
        '/files',
        { ...(length === null ? { 'Upload-Defer-Length': '1' } : { 'Upload-Length': String(length) }), ...headers },
        body,
      ),
    patch: (path: string, offset: number, body: BodyInit, headers: Record<string, string> = {}) =>
      asked('PATCH', path, { ...OFFSET_STREAM, 'Upload-Offset': String(offset), ...headers }, body),
    head: (path: string, headers: Record<string, string> = {}) => asked('HEAD', path, headers),
    end: (path: string, headers: Record<string, string> = {}) => asked('DELETE', path, headers),
    asked,
  }
}

export type Tus = ReturnType<typeof tusOf>

/** The path of the upload that an answer to a creation names. */
export function pathOf(answer: Response): string {
  expect(answer.status).toBe(201)
  return new URL(answer.headers.get('location') ?? '').pathname
}

/** Bindings whose parts are small, and which wait for nobody for long. */
export const SMALL_PARTS: Partial<Env> = { PART_BYTES: '4096', RESUME_LEASE_SECONDS: '1' }

export { bindings }
