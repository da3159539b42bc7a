// SPDX-License-Identifier: GPL-2.0-or-later
/** What the page says of the capture that is looked at. */
import type { EngineAssets } from './engine-client.ts'

export interface FileComment {
  section: number
  interface: { id: number; name: string } | null
  text: string
}

export interface Settings {
  filename: string
  /** The page of its facts. */
  facts: string
  whole: string
  /** Slices by `from` and `to`; `null`: there are none. */
  slices: string | null
  keylog: string | null
  /** Where the profiles of who is signed in are kept; `null`: in this browser alone. */
  profiles: string | null
  /** Bytes; `null`: not known. */
  size: number | null
  packets: number | null
  /** Bytes when it is not compressed; `null`: not known. */
  content: number | null
  /** Each packet has its number in a larger capture as its packet id. */
  isSlice: boolean
  /** Where a form cuts a conversation out; `null`: nowhere. */
  conversations: string | null
  notes: { packet: number; text: string }[]
  /** They name packets by their numbers in the whole, also where that is a slice. */
  notesByOwn: boolean
  hasMoreNotes: boolean
  /** Where notes are written; `null`: they are only read here. */
  annotations: string | null
  /** What the file says of its sections and interfaces, as the engine counts them. */
  comments: FileComment[]
  assets: EngineAssets
}

export function settingsOf(element: HTMLElement): Settings {
  return JSON.parse(element.dataset.told ?? '') as Settings
}
