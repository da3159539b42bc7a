/** Where a URL may lead: decided before anything is asked of anybody but a resolver. docs/adr/0009. */
import ipaddr from 'ipaddr.js'
import { GatewayError } from '../errors.ts'
import type { FetchSettings } from '../store/env.ts'

/** What decides. */
export type Rules = Pick<FetchSettings, 'hosts' | 'ownHosts' | 'local'>

/** A URL that may be asked, if every address of its host is public. */
export interface Target {
  /** Without credentials and fragment. */
  url: URL
  /** `Authorization` that the URL held (RFC 7617 §2); `null`: none. */
  authorization: string | null
  /** An operator has named this very host and port of his own machine: its addresses are not looked at. */
  isLocal: boolean
}

/** Longest URL. Characters. */
const MAX_URL = 4096

/** Names that lead nowhere, or inside: RFC 6761, 6762, 7686, 8375, 9476, ICANN's `internal`, and habits. */
const INSIDE =
  /(^|\.)(localhost|local|localdomain|internal|intranet|lan|corp|home|private|home\.arpa|arpa|onion|alt|test|invalid)$/

/**
 * A URL in the one spelling that it has: what is not sent does not tell two apart. Credentials stay.
 * @throws GatewayError `bad-url`
 */
export function spelled(text: string, base?: URL): URL {
  if (text.length > MAX_URL) throw new GatewayError('bad-url', `The URL is longer than ${MAX_URL} characters.`)
  if (!URL.canParse(text, base?.href)) throw new GatewayError('bad-url')
  const url = new URL(text, base)
  url.hash = ''
  return url
}

/**
 * Read a URL and see whether it may be asked, as far as it tells itself. The parser has turned addresses in decimal, octal or
 * hexadecimal, short or in wide letters, into plain ones (WHATWG URL §3.5).
 * @param base what a relative one begins from: where it was met
 * @throws GatewayError `bad-url`, `url-refused`
 */
export function targetOf(text: string, rules: Rules, base?: URL): Target {
  const url = spelled(text, base)
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new GatewayError('url-refused', 'Only http and https URLs are fetched.')
  const authorization = authorizationOf(url)
  url.username = ''
  url.password = ''
  const host = nameOf(url.hostname)
  if (!host.startsWith('[') && host.split('.').includes('')) throw refusedAddress()
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80))
  const isLocal = rules.local.includes(`${host}:${port}`)
  if (rules.ownHosts.some((own) => own === `${host}:${port}` || (!isLocal && nameOf(hostIn(own)) === host)))
    throw new GatewayError('url-refused', 'This server does not fetch from itself.')
  if (isLocal) return { url, authorization, isLocal }
  const listed = rules.hosts.some((pattern) => isNamed(pattern, host, port))
  if (rules.hosts.length > 0 && !listed)
    throw new GatewayError('url-refused', 'This server fetches only from the hosts that its operator has listed.')
  if (port !== 80 && port !== 443 && port < 1024 && !listed)
    throw new GatewayError('url-refused', 'Ports below 1024, other than 80 and 443, are not fetched from.')
  const address = addressIn(host)
  if (address === null && (!host.includes('.') || INSIDE.test(host))) throw refusedAddress()
  if (address !== null && !isPublic(address)) throw refusedAddress()
  return { url, authorization, isLocal }
}

/**
 * See that every address of a target's host is public. A name that has one that is not is refused whole.
 * @throws GatewayError `url-refused`; what `resolve` throws
 */
export async function seeAddresses(target: Target, resolve: (name: string) => Promise<string[]>): Promise<void> {
  const host = nameOf(target.url.hostname)
  if (target.isLocal || addressIn(host) !== null) return // targetOf has seen those
  const addresses = await resolve(host)
  if (addresses.length === 0) throw new GatewayError('url-refused', `${host} has no address.`)
  if (!addresses.every(isPublic)) throw refusedAddress()
}

/**
 * Whether an address is a global unicast one: what holds another inside (v4-mapped, NAT64 of RFC 6052, 6to4) is judged by that; of
 * IPv6 the rest must be in 2000::/3 (RFC 4291 §2.4) and set aside for nothing else.
 */
export function isPublic(text: string): boolean {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text).range() === 'unicast'
  if (!ipaddr.IPv6.isValid(text)) return false
  const address = ipaddr.IPv6.parse(text)
  const range = address.range()
  const bytes = address.toByteArray()
  const held = (at: number) => isPublic(bytes.slice(at, at + 4).join('.'))
  if (range === 'ipv4Mapped') return held(12)
  if (range === '6to4') return held(2)
  if (range === 'rfc6052') return address.match(WELL_KNOWN_NAT64) && held(12)
  return range === 'unicast' && address.match(GLOBAL)
}

/** Whose address it is: of IPv6 its first 64 bits, behind which one subscriber has all that there are (RFC 6177); what is no IPv6 itself. */
export function networkOf(text: string): string {
  if (!ipaddr.IPv6.isValid(text)) return text
  return ipaddr.IPv6.parse(text).parts.slice(0, 4).join(':')
}

const GLOBAL = ipaddr.IPv6.parseCIDR('2000::/3')
/** RFC 6052 §2.1; the other one of that range, RFC 8215's, is for use inside. */
const WELL_KNOWN_NAT64 = ipaddr.IPv6.parseCIDR('64:ff9b::/96')

const refusedAddress = () => new GatewayError('url-refused', 'The URL leads to an address that is not a public one.')

/** A host as rules know it: in lower case, as the URL parser has it, without the dot of the root. */
const nameOf = (hostname: string): string => hostname.replace(/\.$/, '')

const hostIn = (entry: string): string => entry.replace(/:\d+$/, '')

/** The address that a host is; `null`: it is a name. */
function addressIn(host: string): string | null {
  if (host.startsWith('[')) return host.slice(1, -1)
  return ipaddr.IPv4.isValidFourPartDecimal(host) ? host : null
}

/** Whether an entry of the operator's list means this host and port: with a port that one, without one the usual ones. */
function isNamed(entry: string, host: string, port: number): boolean {
  const wantedPort = /:(\d+)$/.exec(entry)?.[1]
  const pattern = hostIn(entry)
  const isHost = pattern.startsWith('*.') ? host.endsWith(pattern.slice(1)) : pattern === host
  return (
    isHost && (wantedPort === undefined ? port === 80 || port === 443 || port >= 1024 : Number(wantedPort) === port)
  )
}

function authorizationOf({ username, password }: URL): string | null {
  if (username === '' && password === '') return null
  try {
    const pair = new TextEncoder().encode(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`)
    return `Basic ${btoa(String.fromCharCode(...pair))}`
  } catch {
    throw new GatewayError('bad-url', 'The user name or password in the URL could not be read.')
  }
}
