/**
 * One packet as a reader hands it on. A reader keeps a single `Packet` and fills it anew for each packet: its fields,
 * `data` included, hold only until the callback returns.
 */
export interface Packet {
  /** tshark's `frame.number`: from 1, in file order, custom and journal blocks counted. */
  number: number
  /** Offset in the (decompressed) file of the record or block that holds the packet. Bytes. */
  at: number
  /** Index into the interfaces of the whole file, in the order in which they were described; sections add to them. */
  interfaceId: number
  /** The interface's LINKTYPE_ value, as registered with the-tcpdump-group. */
  linktype: number
  /** Bytes of the packet that are in the file, less the pseudo-header that some link types put before it. */
  caplen: number
  /** Bytes that the packet had on the wire. */
  origlen: number
  /** False for packets without a timestamp (Simple Packet Blocks); then the time is 0. */
  timed: boolean
  /** Whole seconds since 1970-01-01T00:00:00Z, rounded down; may be negative. */
  seconds: number
  /** Nanoseconds within the second, 0 to 999,999,999; finer digits are cut. */
  nanoseconds: number
  /**
   * The buffer that holds the packet from `start`: `caplen` bytes, or the sink's `snaplen` of them if that is less. A
   * pseudo-header lies right before `start`.
   */
  data: Uint8Array
  start: number
}

/** A packet to be filled by a reader. */
export const blankPacket = (): Packet => ({
  number: 0,
  at: 0,
  interfaceId: 0,
  linktype: 0,
  caplen: 0,
  origlen: 0,
  timed: false,
  seconds: 0,
  nanoseconds: 0,
  data: new Uint8Array(0),
  start: 0,
})
