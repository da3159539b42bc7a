// SPDX-License-Identifier: GPL-2.0-or-later
/** Whether a profile can be used: what only the engine can say is asked of it, whether a filter is one, and a protocol known. */
import type { Dissector, Engine } from './engine.ts'
import { type Profile, refusalOfEntry, refusalOfHosts, refusalOfKey, refusalOfRule } from './profile.ts'

export type Part = 'columns' | 'colours' | 'time' | 'decodeAs' | 'names' | 'keys'

/** What stands in the way of keeping a draft, and where: of a list, in which line. */
export interface Refusal {
  part: Part
  at: number
  words: string
}

/** The name by which Decode As has a protocol, whether it was named so or as filters name it; `null`: it has none. */
export const dissectorNamed = (wanted: string, all: readonly Dissector[]): string | null =>
  all.find(({ name }) => name === wanted)?.name ??
  all.find((one) => [one.name, one.filter].some((name) => name.toLowerCase() === wanted.toLowerCase()))?.name ??
  null

/** What of a profile that came from elsewhere can be used, and words for what cannot. @param left what was left out before */
export async function withoutUnknown(
  profile: Profile,
  left: readonly string[],
  engine: Engine | null,
): Promise<{ profile: Profile; left: string[] }> {
  const said = [...left]
  if (engine === null) return { profile, left: said }
  const colours = []
  for (const rule of profile.colours ?? []) {
    const refusal = refusalOfRule(rule) ?? (await engine.checkFilter(rule.filter))
    if (refusal === null) colours.push(rule)
    else said.push(`the colour rule “${rule.name}”, whose filter is none (${refusal})`)
  }
  const all = profile.decodeAs.length === 0 ? [] : await engine.dissectors()
  const decodeAs = profile.decodeAs.filter(({ table, port, dissector }) => {
    const isKnown = dissectorNamed(dissector, all) === dissector
    if (!isKnown) said.push(`Decode As of ${table} ${port}, for the engine knows no protocol ${dissector}`)
    return isKnown
  })
  return { profile: { ...profile, colours: profile.colours && colours, decodeAs }, left: said }
}

const NO_ENGINE = 'Whether the engine takes it is known when a capture is open: open one, then save.'

/** What stands in the way of keeping a draft; `null`: nothing. @param before as it is kept: what is unchanged was seen to then */
export async function refusalOfDraft(draft: Profile, before: Profile, engine: Engine | null): Promise<Refusal | null> {
  for (const [at, rule] of (draft.colours ?? []).entries()) {
    const words = refusalOfRule(rule) ?? (await filterRefusal(rule.filter, draft.colours !== before.colours, engine))
    if (words !== null) return { part: 'colours', at, words }
  }
  const isNew = draft.decodeAs !== before.decodeAs && draft.decodeAs.length > 0
  const all = isNew && engine !== null ? await engine.dissectors() : []
  for (const [at, entry] of draft.decodeAs.entries()) {
    const isUnknown = isNew && dissectorNamed(entry.dissector, all) === null
    const unknown = engine === null ? NO_ENGINE : `Wireshark knows no protocol by the name of ${entry.dissector}.`
    const words = refusalOfEntry(entry) ?? (isUnknown ? unknown : null)
    if (words !== null) return { part: 'decodeAs', at, words }
  }
  const hosts = refusalOfHosts(draft.names.hosts)
  if (hosts !== null) return { part: 'names', at: 0, words: hosts }
  for (const [at, key] of draft.keys.entries()) {
    const words = refusalOfKey(key)
    if (words !== null) return { part: 'keys', at, words }
  }
  return null
}

async function filterRefusal(filter: string, isNew: boolean, engine: Engine | null): Promise<string | null> {
  if (!isNew) return null
  if (engine === null) return NO_ENGINE
  const refusal = await engine.checkFilter(filter)
  return refusal === null ? null : `This is no display filter: ${refusal}`
}
