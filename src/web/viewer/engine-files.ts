// SPDX-License-Identifier: GPL-2.0-or-later
/** Wireshark's own files, as the engine reads them once when it starts: what a profile says, written so that nothing in it begins another line. */
import type { Column } from './engine.ts'
import { type ColourRule, linesOf, type Profile, refusalOfEntry, refusalOfKey, refusalOfRule } from './profile.ts'

/** By name, what is written into the folder of the engine's preferences. */
export type EngineFiles = Record<string, string>

/** A text between quotes, in `preferences` (Wireshark's prefs.c). */
const quoted = (text: string) => `"${text.replace(/["\\]/g, '\\$&').replace(/\p{Cc}/gu, ' ')}"`

/** The same in a table of records (uat.c): what is odd is `\xHH`. */
const quotedRecord = (text: string) =>
  `"${Array.from(new TextEncoder().encode(text), (byte) =>
    byte < 0x20 || byte > 0x7e || byte === 0x22 || byte === 0x5c
      ? `\\x${byte.toString(16).padStart(2, '0')}`
      : String.fromCharCode(byte),
  ).join('')}"`

/** The last of its columns, never shown: whether the file has comments on the packet, of which the engine's own word is always no. */
const COMMENTED: Column = { title: 'commented', format: '%Cus:pkt_comment:0:R' }

const truth = (value: boolean) => (value ? 'TRUE' : 'FALSE')

/** @param columns as the engine is to fill them */
export function filesOf({ colours, decodeAs, names, keys }: Profile, columns: readonly Column[]): EngineFiles {
  const sound = keys.filter((key) => refusalOfKey(key) === null) // one that is none ends the engine
  const preferences = [
    `gui.column.format: ${[...columns, COMMENTED].map(({ title, format }) => `${quoted(title)}, ${quoted(format)}`).join(', ')}`,
    `nameres.mac_name: ${truth(names.mac)}`,
    `nameres.transport_name: ${truth(names.transport)}`,
    `nameres.network_name: ${truth(names.network)}`,
    `nameres.dns_pkt_addr_resolution: ${truth(names.dns)}`,
    ...(sound.length > 0 ? ['wlan.enable_decryption: TRUE'] : []),
  ]
  const entries = decodeAs
    .filter((entry) => refusalOfEntry(entry) === null)
    .map(({ table, port, dissector }) => `decode_as_entry: ${table},${port},(none),${dissector}`)
  return {
    preferences: text(preferences),
    decode_as_entries: text(entries),
    '80211_keys': text(sound.map(({ kind, key }) => `${quotedRecord(kind)},${quotedRecord(key)}`)),
    hosts: text(linesOf(names.hosts)),
    ...(colours === null ? {} : { colorfilters: colorfiltersOf(colours) }),
  }
}

const text = (lines: string[]) => lines.map((line) => `${line}\n`).join('')

/** Wireshark's file of colour rules: each part of a colour has 16 bits. */
export function colorfiltersOf(rules: readonly ColourRule[]): string {
  const parts = (colour: number) => [16, 8, 0].map((shift) => ((colour >> shift) & 255) * 257).join()
  return text(
    rules
      .filter((rule) => refusalOfRule(rule) === null)
      .map(
        ({ name, filter, ink, ground, isOn }) =>
          `${isOn ? '' : '!'}@${name}@${filter}@[${parts(ground)}][${parts(ink)}]`,
      ),
  )
}

const RULE = /^(!?)@([^@]+)@([^@]+)@\[(\d+),(\d+),(\d+)\]\[(\d+),(\d+),(\d+)\]/

/** The rules in such a file. What is none is left out. */
export const rulesIn = (file: string): ColourRule[] =>
  file.split(/\r?\n/).flatMap((line) => {
    const found = RULE.exec(line)
    if (found === null) return []
    const [, off, name = '', filter = '', ...parts] = found
    const [red = 0, green = 0, blue = 0, r = 0, g = 0, b = 0] = parts.map((one) => Math.min(65_535, Number(one)) >> 8)
    return [
      {
        name,
        filter,
        ground: (red << 16) | (green << 8) | blue,
        ink: (r << 16) | (g << 8) | b,
        isOn: off === '',
      },
    ]
  })
