/** The world outside, as a fetch needs it: two functions, so that tests can be a world of their own. */

export interface Net {
  /** The addresses of a name, of both families; empty where it has none. @throws Error where nobody could tell */
  resolve(name: string): Promise<string[]>
  fetch(url: URL, init: RequestInit): Promise<Response>
}

/** DNS over HTTPS in JSON. https://developers.cloudflare.com/1.1.1.1/encryption/dns-over-https/make-api-requests/dns-json/ */
const RESOLVER = 'https://cloudflare-dns.com/dns-query'
/** How long a resolver may take. Milliseconds. */
const PATIENCE = 10_000
/** NOERROR and NXDOMAIN, RFC 1035 §4.1.1. */
const ANSWERED = [0, 3]
/** TYPE codes of A and AAAA. RFC 1035 §3.2.2, RFC 3596 §2.1. */
const TYPES = [1, 28]

/** The Internet. */
export const internet: Net = {
  async resolve(name) {
    const answers = await Promise.all(TYPES.map((type) => lookUp(name, type)))
    return answers.flat()
  },
  fetch: (url, init) => fetch(url, init),
}

async function lookUp(name: string, type: number): Promise<string[]> {
  const answer = await fetch(`${RESOLVER}?name=${encodeURIComponent(name)}&type=${type}`, {
    headers: { Accept: 'application/dns-json' },
    redirect: 'error',
    signal: AbortSignal.timeout(PATIENCE),
  })
  if (!answer.ok) throw new Error(`the resolver answered ${answer.status}`)
  const { Status, Answer = [] } = await answer.json<{ Status: number; Answer?: { type: number; data: string }[] }>()
  if (!ANSWERED.includes(Status)) throw new Error(`the resolver says RCODE ${Status}`)
  return Answer.filter((record) => record.type === type).map((record) => record.data)
}
