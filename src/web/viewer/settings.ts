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
  /** Bytes; `null`: not known. */
  size: number | null
  packets: number | null
  /** Bytes when it is not compressed; `null`: not known. */
  content: number | null
  /** Each packet has its number in a larger capture as its packet id. */
  isSlice: boolean
  notes: { packet: number; text: string }[]
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
