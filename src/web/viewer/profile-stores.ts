// SPDX-License-Identifier: GPL-2.0-or-later
/** Where profiles are kept: with the account of who is signed in, or in this browser. */
import { wordsOfProblem } from './problem.ts'
import { FIRST, type Profile } from './profile.ts'
import { isNumbersByName, isStrings, remember, remembered } from './remembered.ts'

export interface KeptProfile {
  id: string
  name: string
  /** Another one after each change. */
  version: string
}

/** Each verb throws an Error with words for a person. */
export interface ProfileStore {
  list(): Promise<KeptProfile[]>
  read(id: string): Promise<{ kept: KeptProfile; value: unknown }>
  add(name: string, profile: Profile): Promise<KeptProfile>
  /** @param kept as it was read: what was changed since then is not written over */
  replace(kept: KeptProfile, name: string, profile: Profile): Promise<KeptProfile>
  remove(id: string): Promise<void>
}

/** The one that each browser has for itself, and that is always there. */
export const DEFAULT: KeptProfile = { id: 'default', name: 'Default', version: '' }

const MOST_PROFILES = 20
export const MOST_NAME = 60

interface Stored extends KeptProfile {
  profile: unknown
}

const areStored = (value: unknown): value is Stored[] =>
  Array.isArray(value) &&
  value.every((one) => isStrings([one?.id, one?.name, one?.version]) && typeof one.profile === 'object')

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

const CHANGED =
  'This profile was changed in another tab or browser: what is kept there stays. Choose it again to see it, or save this one under another name.'

export class BrowserProfiles implements ProfileStore {
  #all(): Stored[] {
    return remembered('profiles', [], areStored)
  }

  #keep(one: KeptProfile, profile: Profile, others: Stored[]): KeptProfile {
    const kept = { id: one.id, name: one.name, version: crypto.getRandomValues(new Uint32Array(2)).join('-') }
    remember('profiles', [...others, { ...kept, profile }])
    return kept
  }

  async list(): Promise<KeptProfile[]> {
    return this.#all()
  }

  async read(id: string) {
    if (id === DEFAULT.id) return { kept: DEFAULT, value: remembered<unknown>('default', asBefore(), isObject) }
    const found = this.#all().find((one) => one.id === id)
    if (found === undefined) throw new Error('There is no such profile in this browser.')
    const { profile, ...kept } = found
    return { kept, value: profile }
  }

  async add(name: string, profile: Profile): Promise<KeptProfile> {
    const all = this.#all()
    if (all.length >= MOST_PROFILES) throw new Error(`There can be ${MOST_PROFILES} profiles: delete one first.`)
    if (all.some((one) => one.name === name)) throw new Error('There is a profile of that name.')
    const id = `browser-${crypto.getRandomValues(new Uint32Array(2)).join('-')}`
    return this.#keep({ id, name, version: '' }, profile, all)
  }

  async replace(kept: KeptProfile, name: string, profile: Profile): Promise<KeptProfile> {
    if (kept.id === DEFAULT.id) {
      remember('default', profile)
      return DEFAULT
    }
    const all = this.#all()
    const others = all.filter(({ id }) => id !== kept.id)
    if (others.some((one) => one.name === name)) throw new Error('There is a profile of that name.')
    if (all.find(({ id }) => id === kept.id)?.version !== kept.version) throw new Error(CHANGED)
    return this.#keep({ ...kept, name }, profile, others)
  }

  async remove(id: string): Promise<void> {
    remember(
      'profiles',
      this.#all().filter((one) => one.id !== id),
    )
  }
}

/** What was remembered when there were no profiles. */
const asBefore = (): Profile => ({
  ...FIRST,
  columns: {
    fields: remembered('fields', [], isStrings),
    shown: remembered('columns', FIRST.columns.shown as string[], isStrings),
    widths: remembered('widths', {}, isNumbersByName),
  },
})

export class AccountProfiles implements ProfileStore {
  readonly #address: string

  /** @param address path of the list */
  constructor(address: string) {
    this.#address = address
  }

  async #ask(method: string, id: string | null, body?: object, version?: string): Promise<Response> {
    const text = body === undefined ? '' : JSON.stringify(body)
    const answer = await fetch(id === null ? this.#address : `${this.#address}/${encodeURIComponent(id)}`, {
      method,
      credentials: 'same-origin',
      keepalive: text.length < 60_000, // also when the page is left; browsers take no longer ones
      redirect: 'error',
      headers: {
        Accept: 'application/json',
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...(version === undefined ? {} : { 'If-Match': `"${version}"` }),
      },
      ...(body === undefined ? {} : { body: text }),
    }).catch(() => {
      throw new Error('The server did not answer, or you are not signed in any more.')
    })
    if (answer.status === 412) throw new Error(CHANGED)
    if (answer.ok) return answer
    throw new Error((await wordsOfProblem(answer)) ?? `The server answered ${answer.status}.`)
  }

  async list(): Promise<KeptProfile[]> {
    return ((await (await this.#ask('GET', null)).json()) as { profiles: KeptProfile[] }).profiles
  }

  async read(id: string) {
    const { profile, ...kept } = (await (await this.#ask('GET', id)).json()) as Stored
    return { kept, value: profile }
  }

  async add(name: string, profile: Profile): Promise<KeptProfile> {
    return (await this.#ask('POST', null, { name, profile })).json()
  }

  async replace({ id, version }: KeptProfile, name: string, profile: Profile): Promise<KeptProfile> {
    return (await this.#ask('PUT', id, { name, profile }, version)).json()
  }

  async remove(id: string): Promise<void> {
    await this.#ask('DELETE', id)
  }
}
