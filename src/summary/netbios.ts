/** SMB as it is carried by NetBIOS over LLC or IPX. [MS-CIFS] §2.2.3, [MS-MAIL] §2.2.1, [MS-BRWS] §2.2. */
import { u8, u16, u32 } from './bytes.ts'
import { protocol } from './protocols.ts'
import type { Done, Walk } from './walk.ts'

const SMB = protocol('smb')
const MAILSLOT = protocol('mailslot')
const BROWSER = protocol('browser')

/** NetBIOS's own headers are up to this long. */
const SEARCHED = 96
const SMB_HEADER = 32
const TRANSACTION = 0x25

/** @returns where "\xffSMB" stands soon after `at`, or -1 */
function smbAt(data: Uint8Array, at: number, end: number): number {
  const stop = Math.min(end - SMB_HEADER, at + SEARCHED)
  for (let i = at; i < stop; i++) if (u8(data, i) === 0xff && u32(data, i) === 0xff534d42) return i
  return -1
}

/** Behind a NetBIOS header that was entered: SMB, and the mailslot and browser messages in its transactions. */
export function overNetbios(walk: Walk, at: number, end: number): Done {
  const { data } = walk
  const smb = smbAt(data, at, end)
  if (smb < 0) return
  walk.enter(SMB)
  if (u8(data, smb + 4) !== TRANSACTION) return
  // The name is the text that follows the parameter words, "\MAILSLOT\…".
  const stop = Math.min(end - 16, smb + SMB_HEADER + 80)
  for (let i = smb + SMB_HEADER; i < stop; i++) {
    if (u32(data, i) !== 0x5c4d4149 || u32(data, i + 4) !== 0x4c534c4f) continue
    walk.enter(MAILSLOT)
    const name = u16(data, i + 10)
    if (name === 0x4252 || name === 0x4c41) walk.enter(BROWSER) // BROWSE, LANMAN
    return
  }
}
