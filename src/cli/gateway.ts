/** What the gateway is asked for, and how its refusals read here. */
import { type Account, account } from './account.ts'
import { type Answer, type Asked, ask, textOf } from './http.ts'
import { EXIT, misuse, Refusal, unreachable } from './refusal.ts'

const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/i

/** What the gateway keeps, under its id and its link. */
export interface Kept {
  id: string
  url: string
}

/** How far a capture has been read. `progress` is a percentage where one is known. */
export type Status =
  | { status: 'processing'; progress?: number }
  | { status: 'ok' }
  | { status: 'error'; error: string; message: string }

/** CloudShark's `info` object. */
export type Info = Record<string, string | number | boolean | null>

/** What a search has found, and from where to go on. */
export interface Found {
  captures: {
    id: string
    filename: string
    size: number | null
    status: string
    tags: string[]
    createdAt: string
  }[]
  next: string | null
  /** Some captures are indexed in part: they may be missing. */
  partial: boolean
}

export class Gateway {
  readonly host: string
  private readonly key: string

  constructor({ host, key }: Account) {
    this.host = host
    this.key = key
  }

  get authorization(): { Authorization: string } {
    return { Authorization: `Bearer ${this.key}` }
  }

  /** Where a capture is looked at. */
  linkOf(id: string): string {
    return `${this.host}/captures/${id}`
  }

  /** Ask with the key in a header. @throws Refusal for an answer that is none of 2xx */
  async ask(method: string, path: string, asked: Asked = {}): Promise<Answer> {
    const url = new URL(path, this.host)
    return welcome(url, await ask(method, url, { ...asked, headers: { ...asked.headers, ...this.authorization } }))
  }

  /** Ask CloudShark's API, which wants the key in the path. @throws Refusal for an answer that is none of 2xx, or of `also` */
  async askCloudshark(method: string, path: string, asked: Asked = {}, also: readonly number[] = []): Promise<Answer> {
    const url = new URL(`/api/v1/${this.key}/${path}`, this.host)
    return welcome(url, await ask(method, url, asked), also)
  }

  /** Whether the key opens anything. @throws Refusal */
  async limits(): Promise<{ currentFilesCount: number; filesLimit: number; maxFileSize: number }> {
    return this.json(await this.ask('GET', '/api/v1/pcaps/private/user/limits'))
  }

  async status(id: string): Promise<Status> {
    return this.json(await this.ask('GET', `/api/v1/pcaps/private/status/${id}`))
  }

  /** Some of what a query finds, newest first. @throws Refusal */
  async find(query: string, limit: number, cursor: string | null): Promise<Found> {
    const asked = new URLSearchParams({ q: query, limit: String(limit), ...(cursor === null ? {} : { cursor }) })
    return this.json(await this.ask('GET', `/api/v2/search?${asked}`))
  }

  /** The bytes of a capture from `offset` on, while it still has `etag`; also of one that is somebody else's, but unlisted. */
  async download(id: string, offset: number, etag: string | undefined): Promise<Answer> {
    const range = offset > 0 ? { Range: `bytes=${offset}-`, ...(etag === undefined ? {} : { 'If-Range': etag }) } : {}
    const asked = { headers: { ...range, ...this.authorization } }
    const url = new URL(`/api/v2/captures/${id}/download`, this.host)
    const answer = await welcome(url, await ask('GET', url, asked), [404])
    if (answer.status !== 404) return answer
    answer.body.resume() // an answer that nobody reads would keep us
    return this.ask('GET', `/captures/${id}/download`, { headers: range })
  }

  /** @throws Refusal where the answer is no JSON object */
  async json<T>(answer: Answer): Promise<T> {
    const read = parsed(await textOf(new URL(this.host), answer))
    if (read === null) throw new Refusal(`${this.host} answered with something that no pcaport gateway says`)
    return read as T
  }
}

/** The gateway of this user. @throws Refusal */
export const gateway = (): Gateway => new Gateway(account())

/** The id of a capture, given by itself or in a link. @throws Refusal */
export function idOf(text: string): string {
  const id = UUID.exec(text)?.[0]
  if (id === undefined) throw misuse(`${text} is no id of a capture and no link to one`)
  return id.toLowerCase()
}

/** Statuses after which asking again makes sense: RFC 9110 §15.5.9, §15.6; RFC 6585 §4; 409, 423: an earlier request is under way. */
const PASSING: ReadonlySet<number> = new Set([408, 409, 423, 429])
export const isPassing = (status: number): boolean => PASSING.has(status) || (status >= 500 && status !== 501)

/** @throws Refusal with the gateway's own words */
export async function refuse(url: URL, answer: Answer): Promise<never> {
  const { status, headers } = answer
  const said = wordsIn(await textOf(url, answer).catch(() => ''))
  throw refusalFor(url, status, said, headers.location)
}

/** What an answer that is no success comes to. @param said the words of the gateway, if there were any */
export function refusalFor(url: URL, status: number, said: string | null, location?: string): Refusal {
  if (status >= 300 && status < 400 && location !== undefined)
    return new Refusal(`${url.origin} sends its callers to ${new URL(location, url).origin}: log in there`)
  const words = said ?? `${url.host} answered ${status}`
  if (status === 401 || (status === 404 && /token is missing or invalid/i.test(words)))
    return new Refusal(`${url.host} does not know this key, or no longer: pcaport login ${url.origin}`, EXIT.key)
  return isPassing(status) ? unreachable(words) : new Refusal(words)
}

/** The words of a refusal, in the shape of any of the gateway's APIs; `null` where there are none. */
export function wordsIn(body: string): string | null {
  const said = parsed(body) as { exceptions?: unknown[]; message?: unknown; detail?: unknown; title?: unknown } | null
  const words = said?.exceptions?.[0] ?? said?.message ?? said?.detail ?? said?.title
  return typeof words === 'string' ? words : null
}

async function welcome(url: URL, answer: Answer, also: readonly number[] = []): Promise<Answer> {
  const { status } = answer
  return (status >= 200 && status < 300) || also.includes(status) ? answer : refuse(url, answer)
}

function parsed(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' ? value : null
  } catch {
    return null
  }
}
