/** Captures found, as CloudShark's clients ask for it. */
import { GatewayError } from '../../errors.ts'
import { pull, textOf } from '../../ingest/source.ts'
import type { Capture } from '../../store/captures.ts'
import { search as searchIn } from '../../store/search.ts'
import type { Asked, Clause } from '../../store/search-query.ts'
import { fold, wordsOf } from '../../store/search-terms.ts'
import { tidyIndex } from '../found.ts'
import type { GatewayContext } from '../gateway.ts'
import { infoOf } from '../info.ts'

/** Longest form or JSON body. Bytes. */
const MAX_BODY = 64 * 1024
/** Captures an answer has, at most and where nothing is said. */
const MOST = 100
/** Last page that can be asked for by its number: each costs what all before it cost. */
const MAX_PAGE = 50
/** Longest text, most tags, and the longest list of them. */
const MAX_TEXT = 1000
const MAX_TAGS = 16
const MAX_TAG_LIST = 4000
/** What a search is made of, beside its tags. */
const OPTIONS = ['filename', 'comments', 'user', 'date'].map((name) => `search[${name}]`)
/** Looks at the index and the rows that one answer may take. */
const MOST_ROUNDS = 4
const DAY = 86_400_000

/**
 * `GET|POST …/search`: newest first, an empty search is a list. Where there may be more, `Link` says where (RFC 8288); an answer with
 * fewer than were asked for and without it is whole.
 */
export async function search(c: GatewayContext): Promise<Response> {
  const { store, principal } = c.var
  const given = await optionsOf(c)
  const limit = numberOf(given, 'per_page', MOST, MOST)
  const page = numberOf(given, 'page', 1, MAX_PAGE)
  const clauses = clausesOf(given)
  const account = await store.accounts.find(principal.accountId)
  const user = textIn(given, 'user')
  const none = user !== '' && user !== account?.name // every capture of an account is its own
  const skipped = (page - 1) * limit
  const captures: Capture[] = []
  let next: string | null = none ? null : (given.get('cursor') ?? '') || null
  let seen = 0
  for (let round = 0; !none && seen < skipped + limit && (round === 0 || next !== null); round++) {
    if (round >= MOST_ROUNDS + page) break
    const asked = { limit: Math.min(MOST, skipped + limit - seen), after: next }
    const found = await searchIn(store, principal.accountId, clauses, asked)
    tidyIndex(c, found.stale)
    captures.push(...found.captures.slice(Math.max(0, skipped - seen)))
    seen += found.captures.length
    next = found.next
  }
  if (next !== null) c.header('Link', `<${linkTo(c, given, limit, next)}>; rel="next"`)
  return c.json({
    captures: captures.map((capture) => {
      const { id, filename, created_at, ...more } = infoOf(capture, account?.name ?? '')
      return { id, filename, created_at, ...more }
    }),
  })
}

/** Of the query, and of a form or JSON body. */
async function optionsOf(c: GatewayContext): Promise<URLSearchParams> {
  const given = new URLSearchParams(new URL(c.req.url).search)
  if (c.req.method !== 'POST') return given
  const body = pull(c.req.raw.body, c.var.store.settings.uploadIdle)
  const text = await textOf(body, MAX_BODY)
  if (text === null) {
    await body.discard()
    throw new GatewayError('bad-option', 'The body is too long for a search.')
  }
  const type = c.req.header('content-type') ?? ''
  if (type.startsWith('multipart/'))
    throw new GatewayError('bad-option', 'Send a search in the query, as application/x-www-form-urlencoded or as JSON.')
  const more = text.trimStart().startsWith('{') ? inJson(text) : [...new URLSearchParams(text)]
  for (const [name, value] of more) given.append(name, value)
  return given
}

/** `{"search":{"filename":"x","tags":["a"]}}` as a form would have it. */
function inJson(text: string): [string, string][] {
  try {
    const { search: asked = {}, ...others } = JSON.parse(text) as Record<string, unknown>
    const pairs = Object.entries(asked as object).map(([name, value]) => [`search[${name}]`, value])
    return [...pairs, ...Object.entries(others)].flatMap(([name, value]) =>
      Array.isArray(value)
        ? value.map((one): [string, string] => [`${name}[]`, String(one)])
        : [[String(name), String(value)] as [string, string]],
    )
  } catch {
    throw new GatewayError('bad-option', 'The body is no JSON object.')
  }
}

/** @throws GatewayError `bad-option` */
function textIn(given: URLSearchParams, name: string): string {
  const text = (given.get(`search[${name}]`) ?? '').toWellFormed().trim()
  if (text.length > MAX_TEXT)
    throw new GatewayError('bad-option', `search[${name}] is longer than ${MAX_TEXT} characters.`)
  return text
}

const tagsIn = (given: URLSearchParams) => [...given.getAll('search[tags][]'), ...given.getAll('search[tags]')]

function clausesOf(given: URLSearchParams): Clause[] {
  const asked: Asked[] = []
  const filename = fold(textIn(given, 'filename'))
  if (filename !== '') asked.push({ kind: 'filename', text: filename })
  const comments = fold(textIn(given, 'comments'))
  if (comments !== '') asked.push({ kind: 'comment', text: comments, words: wordsOf(comments) })
  const tags = tagsIn(given)
  if (tags.join().length > MAX_TAG_LIST)
    throw new GatewayError('bad-option', `search[tags] is longer than ${MAX_TAG_LIST} characters.`)
  const all = new Set(tags.flatMap((list) => list.toWellFormed().split(',')).map((tag) => fold(tag.trim())))
  all.delete('')
  if (all.size > MAX_TAGS) throw new GatewayError('bad-option', `There are more than ${MAX_TAGS} tags in the search.`)
  for (const tag of all) asked.push({ kind: 'tag', tag })
  const date = textIn(given, 'date')
  if (date !== '') asked.push({ kind: 'uploaded', ...daysIn(date) })
  return asked.map((one) => ({ not: false, at: 0, asked: one }))
}

/** `M/D/YYYY-M/D/YYYY`, or one day; both ends included, in UTC. @throws GatewayError `bad-option` */
function daysIn(text: string): { from: number; to: number } {
  const [, first = '', last = first] = /^\s*([\d/]+)\s*(?:-\s*([\d/]+)\s*)?$/.exec(text) ?? []
  const [from, to] = [first, last].map((date) => {
    const [month = 0, day = 0, year = 0] = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/.exec(date)?.slice(1).map(Number) ?? []
    const time = Date.UTC(year, month - 1, day)
    return year >= 100 && new Date(time).getUTCMonth() === month - 1 && day > 0 ? time : Number.NaN
  })
  if (from === undefined || to === undefined || !(from <= to))
    throw new GatewayError('bad-option', 'search[date] is M/D/YYYY-M/D/YYYY, the earlier day first.')
  return { from, to: to + DAY }
}

function numberOf(given: URLSearchParams, name: string, otherwise: number, most: number): number {
  const text = given.get(name) ?? ''
  if (text === '') return otherwise
  if (!/^\d{1,4}$/.test(text) || Number(text) < 1 || Number(text) > most)
    throw new GatewayError('bad-option', `${name} is a number from 1 to ${most}.`)
  return Number(text)
}

/** The same search from there on, and nothing else that a body may hold; the token is in it, as in the address that was asked. */
function linkTo(c: GatewayContext, given: URLSearchParams, limit: number, cursor: string): string {
  const url = new URL(c.req.url)
  const asked = OPTIONS.map((name) => [name, given.get(name) ?? ''] as [string, string])
  const query = new URLSearchParams(asked.filter(([, value]) => value !== ''))
  const tags = tagsIn(given).join()
  if (tags !== '') query.set('search[tags]', tags)
  query.set('per_page', String(limit))
  query.set('cursor', cursor)
  url.search = query.toString()
  return `${url.pathname}${url.search}`
}
