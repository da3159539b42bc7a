/** What can be wrong with a capture file: findings, never exceptions. */

/** What a fault means for the reading: the file is no capture we read, it ends too early, it is damaged, or only something was passed over. */
export type Gravity = 'refused' | 'truncated' | 'damaged' | 'notice'

/** Every kind of fault. All but a `notice` end the reading; what was read before counts. */
export const FAULTS = {
  empty: 'refused', // not one byte
  unrecognised: 'refused', // begins like nothing we know
  unread: 'refused', // begins like something known by name, which is not read
  unsupported: 'refused', // a version, link type or clock that the format allows and we do not read
  'truncated-header': 'truncated', // ends within what must stand before the first packet
  'truncated-record': 'truncated',
  'truncated-block': 'truncated',
  'truncated-stream': 'truncated', // compressed data that ends too early
  'bad-stream': 'damaged', // compressed data that cannot be decompressed, or fails its checksum
  bomb: 'damaged', // compressed data that holds more than we are willing to decompress
  'too-long-member': 'damaged', // one compressed member holds more than one parse takes
  'bad-length': 'damaged', // a length too small or too large for what it measures
  'bad-trailer': 'damaged', // a block's two lengths differ
  'bad-byte-order': 'damaged', // a section's byte-order magic is neither way round
  'bad-option': 'damaged',
  'bad-name': 'damaged', // a name resolution record
  'bad-pseudo-header': 'damaged',
  'no-interface': 'damaged', // a packet on an interface that was not described
  'too-many-interfaces': 'damaged', // a packet on an interface beyond those we keep
  'left-out': 'notice', // something was too large to be held, and was passed over
} as const satisfies Record<string, Gravity>

export type FaultKind = keyof typeof FAULTS

/** One finding. `at` is the offset in the (decompressed) file of the record or block it is about. */
export interface Fault {
  at: number
  what: FaultKind
  message: string
}
