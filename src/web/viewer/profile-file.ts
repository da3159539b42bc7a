// SPDX-License-Identifier: GPL-2.0-or-later
/** A profile as a file, given out and taken in. */
import { rulesIn } from './engine-files.ts'
import { type ColourRule, type Profile, profileFrom } from './profile.ts'

/** Longest file that is taken in. Bytes. */
export const MOST_FILE = 256 * 1024

const KIND = 'pcaport viewer profile'

/** @param withKeys with what it has of 802.11 keys, which are secrets */
export const profileFile = (name: string, profile: Profile, withKeys: boolean): string =>
  `${JSON.stringify({ kind: KIND, version: 1, name, profile: withKeys ? profile : { ...profile, keys: [] } }, null, 2)}\n`

/** What a file holds: a profile of ours, Wireshark's colour rules, or nothing of that (`null`). */
export function inFile(
  text: string,
): { name: string; profile: Profile; left: string[] } | { rules: ColourRule[] } | null {
  const value = parsed(text)
  if (value?.kind === KIND && typeof value.profile === 'object') {
    const name = typeof value.name === 'string' ? value.name.replace(/\p{Cc}/gu, ' ').trim() : ''
    return { name: name || 'Imported', ...profileFrom(value.profile) }
  }
  const rules = value === null ? rulesIn(text) : []
  return rules.length > 0 ? { rules } : null
}

function parsed(text: string): { kind?: unknown; name?: unknown; profile?: unknown } | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' ? value : null
  } catch {
    return null
  }
}
