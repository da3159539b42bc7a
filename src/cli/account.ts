/** Which gateway, and by which key: PCAPORT_HOST and PCAPORT_KEY, else what `login` wrote down. */
import { configPath, readIfThere, writePrivately } from './places.ts'
import { EXIT, misuse, Refusal } from './refusal.ts'

export interface Account {
  /** Origin: `https://pcap.example.com`. */
  host: string
  key: string
}

const KEY = /^[0-9a-f]{32}$/i
const LOCAL = /^(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/i

/** The origin that was meant; without a scheme it is https, and http on this machine. @throws Refusal */
export function originOf(text: string): string {
  const given = text.trim()
  const bare = !/^[a-z][a-z0-9+.-]*:\/\//i.test(given)
  const whole = bare ? `${LOCAL.test(given) ? 'http' : 'https'}://${given}` : given
  const url = URL.canParse(whole) ? new URL(whole) : null
  if (url === null || !/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.search || url.username)
    throw misuse('a host is meant as https://pcap.example.com, without a path or a user in it')
  return url.origin
}

/** @throws Refusal, which does not say what was given */
export function keyOf(text: string): string {
  const key = text.trim()
  if (!KEY.test(key)) throw new Refusal('that is no key: a key is 32 hexadecimal digits', EXIT.key)
  return key.toLowerCase()
}

/** @throws Refusal where no host or no key for it is known */
export function account(env: NodeJS.ProcessEnv = process.env): Account {
  const saved = savedAccount()
  const host = env.PCAPORT_HOST ? originOf(env.PCAPORT_HOST) : saved?.host
  if (host === undefined)
    throw new Refusal('not logged in: pcaport login HOST, or set PCAPORT_HOST and PCAPORT_KEY', EXIT.key)
  if (env.PCAPORT_KEY) return { host, key: keyOf(env.PCAPORT_KEY) }
  if (saved?.host === host) return { host, key: keyOf(saved.key) }
  // A key is for the host that it was saved for: no other gets to see it.
  throw new Refusal(`no key is known for ${host}: pcaport login ${host}, or set PCAPORT_KEY`, EXIT.key)
}

/** Write down for later, readable by this user alone. @returns the file */
export function saveAccount(account: Account): string {
  writePrivately(configPath(), `${JSON.stringify(account, null, 2)}\n`)
  return configPath()
}

function savedAccount(): Account | null {
  const text = readIfThere(configPath())
  if (text === null) return null
  try {
    const { host, key } = JSON.parse(text) as Partial<Account>
    if (typeof host === 'string' && typeof key === 'string') return { host: originOf(host), key }
  } catch {
    // told below
  }
  throw new Refusal(`${configPath()} cannot be read as what login writes: pcaport login HOST writes it anew`, EXIT.key)
}
