// SPDX-License-Identifier: GPL-2.0-or-later
/** What only the engine can say of a profile: whether a colour rule's filter is one, and whether a protocol is known. */
import type { Dissector, Engine } from './engine.ts'
import type { ColourRule, DecodeAs, Profile } from './profile.ts'

/** @returns why its filter is none; `null`: it is one */
export const refusalByEngine = ({ filter }: ColourRule, engine: Engine): Promise<string | null> =>
  engine.checkFilter(filter)

/** The name by which Decode As has a protocol, whether it was named so or as filters name it; `null`: it has none. */
export const dissectorNamed = (wanted: string, all: readonly Dissector[]): string | null =>
  all.find(({ name }) => name === wanted)?.name ??
  all.find((one) => [one.name, one.filter].some((name) => name.toLowerCase() === wanted.toLowerCase()))?.name ??
  null

/** What of a profile the engine cannot use, each in words. It does without. */
export async function unknownIn({ colours, decodeAs }: Profile, engine: Engine): Promise<string[]> {
  const said: string[] = []
  for (const rule of colours ?? []) {
    const refusal = await refusalByEngine(rule, engine)
    if (refusal !== null) said.push(`the colour rule “${rule.name}”, whose filter is none (${refusal})`)
  }
  if (decodeAs.length === 0) return said
  const all = await engine.dissectors()
  for (const entry of decodeAs)
    if (dissectorNamed(entry.dissector, all) !== entry.dissector) said.push(unknownEntry(entry))
  return said
}

export const unknownEntry = ({ table, port, dissector }: DecodeAs): string =>
  `Decode As of ${table} ${port}, for the engine knows no protocol ${dissector}`
