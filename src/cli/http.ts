/** One HTTP request: bodies stream both ways, and every wait has an end. */
import {
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  request as overHttp,
} from 'node:http'
import { request as overHttps } from 'node:https'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream'
import { text } from 'node:stream/consumers'
import manifest from '../../package.json' with { type: 'json' }
import { unreachable } from './refusal.ts'

export const VERSION = manifest.version
const USER_AGENT = `pcaport/${VERSION}`

/** Longest silence of the other side. Milliseconds. */
const SILENCE = 60_000
/** Longest text that is read of an answer. Characters. */
const MAX_TEXT = 64 * 1024 * 1024

export interface Asked {
  headers?: OutgoingHttpHeaders
  body?: Readable | string
  /** Longest silence, in milliseconds; 0: none, for a body that comes as it comes. */
  silence?: number
  signal?: AbortSignal
}

export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  body: IncomingMessage
}

/**
 * Ask, and take the answer even where it comes before the body was sent. Holds what the streams buffer.
 * @throws Refusal that is passing, where there is no answer; where the body's own source fails, its error
 */
export function ask(method: string, url: URL, asked: Asked = {}): Promise<Answer> {
  const { body, silence = SILENCE, signal } = asked
  const headers = { 'User-Agent': USER_AGENT, ...asked.headers }
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? overHttps : overHttp)(url.href, { method, headers, signal })
    let source: Error | null = null
    request.setTimeout(silence, () => request.destroy(Object.assign(new Error(), { code: 'ETIMEDOUT' })))
    request.on('response', (response) => {
      response.on('error', () => {}) // whoever reads it hears of it
      response.once('end', () => {
        if (!request.writableFinished) request.destroy() // refused: the rest is wanted by nobody
      })
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: response })
    })
    request.on('error', (error: NodeJS.ErrnoException) => reject(source ?? unreachable(lossWords(url, error))))
    if (body === undefined || typeof body === 'string') {
      request.end(body)
      return
    }
    body.once('error', (error) => {
      source ??= error
    })
    pipeline(body, request, () => {}) // both sides have been heard above
  })
}

const LOSSES: Record<string, string> = {
  ECONNREFUSED: 'nothing answers there',
  ENOTFOUND: 'there is no host of that name',
  EAI_AGAIN: 'its name could not be looked up',
  EHOSTUNREACH: 'there is no way to it',
  ENETUNREACH: 'there is no network to it',
  ETIMEDOUT: 'it did not answer in time',
  ECONNRESET: 'the connection broke',
  EPIPE: 'the connection broke',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed; NODE_EXTRA_CA_CERTS=FILE trusts it',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is self-signed; NODE_EXTRA_CA_CERTS=FILE trusts it',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is of nobody that is trusted; NODE_EXTRA_CA_CERTS=FILE trusts it',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host',
}

/** Why a host was not reached; never the path, which may hold a key. */
export function lossWords(url: URL, error: NodeJS.ErrnoException): string {
  const code = error.code ?? (error as { errors?: NodeJS.ErrnoException[] }).errors?.[0]?.code ?? ''
  return `${url.host} could not be reached: ${LOSSES[code] ?? (code || 'the connection failed')}`
}

/** All of an answer, as text. @throws Refusal that is passing, where it breaks off */
export async function textOf(url: URL, { body }: Answer): Promise<string> {
  try {
    let length = 0
    body.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length > MAX_TEXT) body.destroy()
    })
    return await text(body)
  } catch (error) {
    throw unreachable(lossWords(url, error as NodeJS.ErrnoException))
  }
}
