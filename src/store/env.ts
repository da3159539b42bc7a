/** The Worker's bindings and variables, as wrangler.toml names them. Only this room sees them. */
import type { FetchJob, MakeJob, ParseJob } from './jobs.ts'

export interface Env {
  /** Captures as uploaded, and what is derived from them. */
  CAPTURES: R2Bucket
  DB: D1Database
  /** What captures are found by: rebuildable. */
  SEARCH: D1Database
  /** The static assets. */
  ASSETS?: Fetcher
  PARSE: Queue<ParseJob | MakeJob>
  FETCHES: Queue<FetchJob>
  UPLOAD_LEASE_SECONDS?: string
  UPLOAD_IDLE_SECONDS?: string
  UPLOAD_SLOW_SECONDS?: string
  /** How long a resumable upload waits for its next request. */
  RESUME_SECONDS?: string
  /** How long a request to one that died keeps others out. */
  RESUME_LEASE_SECONDS?: string
  PARSE_LEASE_SECONDS?: string
  BINDING_DEADLINE_SECONDS?: string
  PART_BYTES?: string
  PARSE_BUDGET_BYTES?: string
  PARSE_BUDGET_PACKETS?: string
  COPY_FRAME_BYTES?: string
  COPY_DAYS?: string
  /** Days for which what was deleted on a page can be had back. */
  TRASH_DAYS?: string
  /** `off`: nothing is uploaded by URL. */
  FETCH?: string
  /** Secret: what URLs are sealed with while they wait. Without it nothing is uploaded by URL. */
  FETCH_SECRET?: string
  FETCH_HOSTS?: string
  FETCH_OWN_HOSTS?: string
  FETCH_ALLOW?: string
  FETCH_IDLE_SECONDS?: string
  FETCH_BUDGET_SECONDS?: string
  SEARCH_TERMS?: string
  SEARCH_DEADLINE_SECONDS?: string
  /** Secret: what accounts' keys are sealed with. Without it they are shown once and never again. */
  KEY_SECRET?: string
  /** `off`: they are shown once and never again. */
  KEY_REVEAL?: string
  /** Cloudflare Access: host of the team, `<team>.cloudflareaccess.com`. Without it nobody signs in by that. */
  ACCESS_TEAM?: string
  /** The application's audience tag. */
  ACCESS_AUD?: string
  /** Addresses of those that are admins, a comma list. */
  ACCESS_ADMINS?: string
  /** `off`: no accounts are made, those that are there sign in. */
  ACCESS_SIGNUP?: string
  /** `1`: the server runs on somebody's own machine, for nobody else. */
  LOCAL?: string
}

/** Sign-in by Cloudflare Access. */
export interface AccessSettings {
  /** `https://<team>.cloudflareaccess.com`: who signs. */
  issuer: string
  audience: string
  /** In lower case. */
  admins: string[]
  /** Whom nobody knows gets an account. */
  signup: boolean
}

/** What uploads by URL may do. */
export interface FetchSettings {
  /** At least 32 characters. */
  secret: string
  /** An operator's allow-list: nothing else is fetched from. `a.example`, `*.a.example`, with `:port` where the port is an unusual one. Empty: every host that is public. */
  hosts: string[]
  /** Hosts of this very server: never fetched from. */
  ownHosts: string[]
  /** `host:port` that may be fetched from though they are not public. Only ever on a machine of one's own. */
  local: string[]
  /** A server that brings nothing for so long is asked anew. Milliseconds. */
  idle: number
  /** What one invocation takes before it leaves the rest to the next one, where the server can go on in the middle. Milliseconds. */
  budget: number
}

/** Every wait and bound that an operator or a test may turn. Times are milliseconds. */
export interface Settings {
  /** An upload that has not renewed its lease for so long is given up. */
  uploadLease: number
  /** A body that brings no byte for so long is given up. */
  uploadIdle: number
  /** A part of an upload that has not come whole in so long goes to R2 as it stands, so that its memory is free. */
  slowAfter: number
  /** A resumable upload to which nothing comes for so long expires. */
  resumable: number
  /** A request that writes to one and has not renewed its lease for so long is taken for dead. */
  resumeLease: number
  /** A parse that has not renewed its lease for so long is taken over. */
  parseLease: number
  /** A call to D1, R2 or the queue that has not answered by then counts as failed. */
  bindingDeadline: number
  /** Parts of a multipart upload are this long, all but the last; R2 wants 5 MiB at least. Bytes. */
  partSize: number
  /** What one invocation reads of a capture before it leaves the rest to the next one. Bytes, and packets. */
  parseBudget: { bytes: number; packets: number }
  /** Content in each frame of a compressed capture's seekable copy: what a slice out of its middle reads at least. Bytes. */
  copyFrame: number
  /** Such a copy is taken away after so long; a new parse makes another. */
  copyAge: number
  /** What was deleted on a page can be had back for so long. */
  trashFor: number
  /** Most terms by which one capture is found; each is a row written. */
  searchTerms: number
  /** The index that has not answered by then is asked again later: nothing waits for it. */
  searchDeadline: number
  /** Uploads by URL; `null`: there are none here. */
  fetch: FetchSettings | null
  /** What accounts' keys are sealed with, 32 characters at least; `null`: they cannot be shown again. */
  keySecret: string | null
  /** What profiles of the viewer are sealed with: the same secret, whether keys are shown again or not; `null`: accounts have none. */
  profileSecret: string | null
  /** `null`: nobody signs in by it. */
  access: AccessSettings | null
}

/** Settings from the variables, with the defaults that production runs with. */
export function settingsFrom(env: Env): Settings {
  const number = (text: string | undefined, fallback: number) => {
    const value = Number(text)
    return text !== undefined && Number.isFinite(value) && value > 0 ? value : fallback
  }
  const whole = (text: string | undefined, fallback: number) => Math.ceil(number(text, fallback))
  const seconds = (text: string | undefined, fallback: number) => 1000 * number(text, fallback)
  const secret = env.KEY_SECRET !== undefined && env.KEY_SECRET.length >= 32 ? env.KEY_SECRET : null
  return {
    uploadLease: seconds(env.UPLOAD_LEASE_SECONDS, 300),
    uploadIdle: seconds(env.UPLOAD_IDLE_SECONDS, 300),
    slowAfter: seconds(env.UPLOAD_SLOW_SECONDS, 10),
    resumable: seconds(env.RESUME_SECONDS, 86_400),
    resumeLease: seconds(env.RESUME_LEASE_SECONDS, 10),
    parseLease: seconds(env.PARSE_LEASE_SECONDS, 60),
    bindingDeadline: seconds(env.BINDING_DEADLINE_SECONDS, 30),
    partSize: number(env.PART_BYTES, 8 * 1024 * 1024),
    parseBudget: {
      bytes: whole(env.PARSE_BUDGET_BYTES, 2 * 1024 ** 3),
      packets: whole(env.PARSE_BUDGET_PACKETS, 20_000_000),
    },
    copyFrame: whole(env.COPY_FRAME_BYTES, 4 * 1024 * 1024),
    copyAge: 86_400_000 * number(env.COPY_DAYS, 30),
    trashFor: 86_400_000 * number(env.TRASH_DAYS, 7),
    searchTerms: whole(env.SEARCH_TERMS, 2000),
    searchDeadline: Math.min(seconds(env.SEARCH_DEADLINE_SECONDS, 5), seconds(env.BINDING_DEADLINE_SECONDS, 30)),
    fetch: fetchSettingsFrom(env, {
      idle: seconds(env.FETCH_IDLE_SECONDS, 60),
      budget: seconds(env.FETCH_BUDGET_SECONDS, 480),
    }),
    keySecret: env.KEY_REVEAL === 'off' ? null : secret,
    profileSecret: secret,
    access: accessSettingsFrom(env),
  }
}

/** Words of a list, in lower case. */
const listOf = (text = '') =>
  text
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')

function accessSettingsFrom({ ACCESS_TEAM, ACCESS_AUD, ACCESS_ADMINS, ACCESS_SIGNUP }: Env): AccessSettings | null {
  const host = (ACCESS_TEAM ?? '').toLowerCase()
  if (!/^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(host) || !ACCESS_AUD) return null
  return {
    issuer: `https://${host}`,
    audience: ACCESS_AUD,
    admins: listOf(ACCESS_ADMINS),
    signup: ACCESS_SIGNUP !== 'off',
  }
}

function fetchSettingsFrom(env: Env, times: Pick<FetchSettings, 'idle' | 'budget'>): FetchSettings | null {
  const { FETCH_SECRET: secret = '' } = env
  if (secret.length < 32 || env.FETCH === 'off') return null
  return {
    secret,
    hosts: listOf(env.FETCH_HOSTS),
    ownHosts: listOf(env.FETCH_OWN_HOSTS),
    local: env.LOCAL === '1' ? listOf(env.FETCH_ALLOW) : [],
    ...times,
  }
}
