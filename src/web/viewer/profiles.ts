// SPDX-License-Identifier: GPL-2.0-or-later
/** The profiles that somebody has, the one that is chosen, and its changes. */
import { FIRST, type Profile, profileFrom } from './profile.ts'
import { AccountProfiles, BrowserProfiles, DEFAULT, type KeptProfile, type ProfileStore } from './profile-stores.ts'
import { isString, remember, remembered } from './remembered.ts'

/** How long changes of columns are gathered before they are kept. Milliseconds. */
const GATHERED = 800

export class Profiles {
  readonly #browser = new BrowserProfiles()
  readonly #others: ProfileStore
  /** By what this browser remembers the chosen one: on the page of a share it is another than on one's own. */
  readonly #chosenAs: string
  #kept: KeptProfile = DEFAULT
  #waiting: ReturnType<typeof setTimeout> | null = null
  #saying: (words: string) => void = () => undefined
  /** Changes of columns on their way: one after the other, for each must name the version that the one before made. */
  #saving: Promise<void> = Promise.resolve()
  profile: Profile = FIRST

  private constructor(address: string | null) {
    this.#others = address === null ? this.#browser : new AccountProfiles(address)
    this.#chosenAs = address === null ? 'profile' : 'account-profile'
    addEventListener('pagehide', () => void this.#settled())
  }

  /**
   * Those of who is here, and the one that this browser had chosen; the Default where that is not to be had.
   * @param address where they are kept for who is signed in
   */
  static async chosen(address: string | null): Promise<{ profiles: Profiles; refusal: string | null }> {
    const profiles = new Profiles(address)
    const id = remembered(profiles.#chosenAs, DEFAULT.id, isString)
    try {
      return { profiles, refusal: await profiles.choose(id) }
    } catch (error) {
      const { kept, value } = await profiles.#browser.read(DEFAULT.id)
      profiles.#take(kept, profileFrom(value).profile) // the choice stands: it may be had next time
      return {
        profiles,
        refusal: `The profile that was chosen could not be had: ${wordsOf(error)} This is the Default.`,
      }
    }
  }

  get name(): string {
    return this.#kept.name
  }

  get id(): string {
    return this.#kept.id
  }

  get isDefault(): boolean {
    return this.#kept.id === DEFAULT.id
  }

  /** Whether profiles are with an account. */
  get areWithAccount(): boolean {
    return this.#others !== this.#browser
  }

  #storeOf(id: string): ProfileStore {
    return id === DEFAULT.id ? this.#browser : this.#others
  }

  async list(): Promise<KeptProfile[]> {
    const others = await this.#others.list()
    return [DEFAULT, ...others.filter(({ id }) => id !== DEFAULT.id)]
  }

  /** Use one from now on. @returns words for what of it was no part of a profile, and was left out @throws Error with words */
  async choose(id: string): Promise<string | null> {
    await this.#settled()
    const { kept, value } = await this.#storeOf(id).read(id)
    const { profile, left } = profileFrom(value)
    this.#take(kept, profile)
    remember(this.#chosenAs, kept.id)
    return left.length === 0 ? null : `Of the profile ${kept.name} was left out: ${left.join(' · ')}`
  }

  #take(kept: KeptProfile, profile: Profile): void {
    this.#kept = kept
    this.profile = profile
  }

  /** Keep the chosen one so. @throws Error with words */
  async save(profile: Profile): Promise<void> {
    if (this.isDefault && this.areWithAccount && profile.keys.length > 0)
      throw new Error(
        'The Default profile stays in this browser, whoever uses it next: save keys in a new profile, which your account keeps.',
      )
    await this.#settled()
    this.#take(await this.#storeOf(this.id).replace(this.#kept, this.name, profile), profile)
  }

  /** Keep another one, and choose it. @throws Error with words */
  async add(name: string, profile: Profile): Promise<void> {
    await this.#settled()
    this.#take(await this.#others.add(name, profile), profile)
    remember(this.#chosenAs, this.id)
  }

  /** @throws Error with words */
  async rename(name: string): Promise<void> {
    await this.#settled()
    this.#take(await this.#storeOf(this.id).replace(this.#kept, name, this.profile), this.profile)
  }

  /** Take the chosen one away, and choose the Default. @throws Error with words */
  async remove(): Promise<void> {
    await this.#settled()
    await this.#storeOf(this.id).remove(this.id)
    await this.choose(DEFAULT.id)
  }

  /** Changes of columns hold at once; they are kept a little later, several together. @param say why they could not be */
  setColumns(columns: Profile['columns'], say: (words: string) => void): void {
    this.profile = { ...this.profile, columns }
    this.#saying = say
    if (this.#waiting !== null) clearTimeout(this.#waiting)
    this.#waiting = setTimeout(() => void this.#settled(), this.isDefault ? 0 : GATHERED)
  }

  /** What waits to be kept is kept, or it was said why not. */
  #settled(): Promise<void> {
    if (this.#waiting === null) return this.#saving
    clearTimeout(this.#waiting)
    this.#waiting = null
    this.#saving = this.#saving.then(async () => {
      try {
        this.#kept = await this.#storeOf(this.id).replace(this.#kept, this.name, this.profile)
      } catch (error) {
        this.#saying(wordsOf(error))
      }
    })
    return this.#saving
  }
}

export const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
