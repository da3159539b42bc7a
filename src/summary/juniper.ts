/** Juniper's link types. */
import { u8, u16, u24 } from './bytes.ts'
import { ethernet } from './ethernet.ts'
import { protocol } from './protocols.ts'
import type { Done, Walk } from './walk.ts'

const JUNIPER = protocol('text')

/** tshark shows what it says of this header as text, not as a protocol. Magic "MGC" 0, flags 3 (2: no link header, 0x80: extensions, whose length stands at 4). */
export function juniper(walk: Walk, at: number, end: number, wire: number): Done {
  if (end <= at || !walk.enter(JUNIPER) || end - at < 4) return
  const { data } = walk
  if (u24(data, at) !== 0x4d4743) return
  const flags = u8(data, at + 3)
  let from = at + 4
  if ((flags & 0x80) !== 0) {
    if (end - at < 6) return
    from = at + 6 + u16(data, at + 4)
  }
  if (from < end) ethernet(walk, from, end, wire)
}
