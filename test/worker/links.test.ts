/** Every page that a link leads to, from page to page: none is missing, each form has somewhere to go, each page has what one finds one's way by. */
import { eq } from 'drizzle-orm'
import { beforeAll, expect, it } from 'vitest'
import { openStore } from '../../src/store/open.ts'
import { captures } from '../../src/store/schema.ts'
import { bindings, database, makeAccount, ORIGIN, parsed, request, signedIn } from '../support/gateway.ts'
import { direct } from '../support/metering.ts'
import { json } from '../support/openapi.ts'
import { captureOf, framesOf } from '../support/tcp-traffic.ts'
import { NO_ID, put } from '../support/uploads.ts'

const VIEWER = { script: '/viewer/a.js', style: '/viewer/a.css', worker: '/viewer/w.js', wasm: '/viewer/x', data: '' }
const ASSETS = { fetch: async () => Response.json(VIEWER) } as unknown as Fetcher
/** Addresses that differ in nothing but what is asked for are seen so often. */
const MOST_ALIKE = 3

const READERS = ['a stranger', 'a member without captures', 'an admin with captures'] as const
const cookies = new Map<string, Record<string, string>>()
let begins: string[] = []

beforeAll(async () => {
  const [member, boss] = [await makeAccount(), await makeAccount({ role: 'admin' })]
  cookies.set(READERS[1], (await signedIn(member.accountId)).looks)
  cookies.set(READERS[2], (await signedIn(boss.accountId)).looks)
  const sent = [{ fromServer: true, bytes: new TextEncoder().encode('HTTP/1.1 200 OK\r\n\r\n') }]
  const ends = { client: { host: '10.0.0.1', port: 4711 }, server: { host: '10.0.0.2', port: 80 } }
  const read = await put(boss, '?filename=web.pcap&additional_tags=lab,c%2B%2B', {
    body: captureOf(framesOf({ ...ends, sent })),
  })
  const [failed, trashed] = [await put(boss, '?filename=failed.pcap'), await put(boss)]
  await Promise.all([read, failed, trashed].map(parsed))
  const failure = { kind: 'unread', message: 'nothing', at: 0 }
  await database.update(captures).set({ state: 'error', facts: null, failure }).where(eq(captures.id, failed))
  const by = { accountId: boss.accountId, actor: '', address: '' }
  await openStore(bindings).trash.put([trashed], by, Date.now())
  const made = await request(`/api/v2/captures/${read}/shares`, json('POST', boss, {}))
  const { id: share } = (await made.json()) as { id: string }
  begins = [
    '/',
    '/sign-in',
    '/nowhere',
    `/captures/${NO_ID}`,
    `/captures/${read}`,
    `/captures/${failed}`,
    `/captures/${trashed}`,
    `/s/${share}`,
  ]
})

interface Seen {
  status: number
  links: string[]
  forms: { action: string; method: string }[]
  ids: Set<string>
  /** What the page is without. */
  lacks: string[]
}

async function see(address: string, headers: Record<string, string>): Promise<Seen> {
  const answer = await direct(address, { headers, redirect: 'manual' }, { ASSETS })
  const seen: Seen = { status: answer.status, links: [], forms: [], ids: new Set(), lacks: [] }
  const to = answer.headers.get('location')
  if (to !== null) seen.links.push(to)
  if (!answer.headers.get('content-type')?.startsWith('text/html')) return seen
  const counted = { h1: 0, title: 0, 'html[lang]': 0, 'main#main': 0, 'a.skip[href="#main"]': 0 }
  const rewriter = new HTMLRewriter()
    .on('a[href]', { element: (one) => void seen.links.push(one.getAttribute('href') ?? '') })
    .on('form', {
      element: (one) =>
        void seen.forms.push({ action: one.getAttribute('action') ?? '', method: one.getAttribute('method') ?? 'get' }),
    })
    .on('[formaction]', {
      element: (one) => void seen.forms.push({ action: one.getAttribute('formaction') ?? '', method: 'post' }),
    })
    .on('[id]', { element: (one) => void seen.ids.add(one.getAttribute('id') ?? '') })
  for (const name of Object.keys(counted) as (keyof typeof counted)[])
    rewriter.on(name, { element: () => void counted[name]++ })
  await rewriter.transform(answer).arrayBuffer()
  if (!address.startsWith('/api/docs'))
    // that page is Swagger UI's
    seen.lacks = Object.entries(counted).flatMap(([name, count]) => (count === 1 ? [] : [`${count} ${name}`]))
  return seen
}

it.each(READERS)('leads %s from page to page', async (reader) => {
  const headers = cookies.get(reader) ?? {}
  const asked = new Map<string, Seen>()
  const alike = new Map<string, number>()
  const wrong: string[] = []
  const missing = new Set(['/nowhere', `/captures/${NO_ID}`])
  const waiting = begins.map((address) => ({ address, from: '' }))
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const { address, from } = next
    const { pathname, searchParams } = new URL(address, ORIGIN)
    const shape = [pathname, ...searchParams.keys()].join(' ')
    alike.set(shape, (alike.get(shape) ?? 0) + 1)
    if (asked.has(address) || (alike.get(shape) ?? 0) > MOST_ALIKE) continue
    const seen = await see(address, headers)
    asked.set(address, seen)
    if (from === '' && seen.status === 404) missing.add(address)
    if (seen.status >= 400 && !missing.has(address)) wrong.push(`${seen.status} at ${address}, from ${from}`)
    for (const lack of seen.lacks) wrong.push(`${lack} at ${address}`)
    for (const link of seen.links) {
      const to = new URL(link, ORIGIN + address)
      if (to.origin !== ORIGIN) continue
      const isHere = to.pathname + to.search === address
      if (isHere && to.hash !== '' && !seen.ids.has(to.hash.slice(1))) wrong.push(`no ${to.hash} at ${address}`)
      waiting.push({ address: to.pathname + to.search, from: address })
    }
    for (const { action, method } of seen.forms) {
      const to = new URL(action, ORIGIN + address)
      if (method !== 'post') waiting.push({ address: to.pathname, from: address })
      else if (!asked.has(`POST ${to.pathname}`)) {
        // A page of another site may not send it: that is said of what is there.
        const elsewhere = { ...headers, 'Sec-Fetch-Site': 'cross-site', Origin: 'https://elsewhere.example' }
        const { status } = await direct(to.pathname, { method: 'POST', headers: elsewhere }, { ASSETS })
        asked.set(`POST ${to.pathname}`, seen)
        if (status !== 403) wrong.push(`${status} for the form ${to.pathname}, from ${address}`)
      }
    }
  }
  expect(wrong).toEqual([])
  expect(asked.size).toBeGreaterThan(reader === READERS[2] ? 60 : 10)
})
