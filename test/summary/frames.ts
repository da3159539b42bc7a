/** Packets made by hand, header by header. Numbers are big-endian; a checksum is 0 throughout. */

export const bytes = (...parts: (number | number[] | Uint8Array | string)[]): Uint8Array =>
  Uint8Array.from(
    parts.flatMap((part) => {
      if (typeof part === 'number') return [part]
      if (typeof part === 'string')
        return Array.from(part.replaceAll(' ', '').match(/../g) ?? [], (octet) => Number.parseInt(octet, 16))
      return Array.from(part)
    }),
  )

export const u16 = (value: number): number[] => [(value >> 8) & 255, value & 255]
export const u32 = (value: number): number[] => [...u16(value >>> 16), ...u16(value & 0xffff)]
export const text = (value: string): Uint8Array => new TextEncoder().encode(value)

const address = (value: string): number[] => value.split('.').map(Number)

export const ETHERNET_ENDS = '02000000000b 02000000000a'
export const ethernet = (type: number, payload: Uint8Array): Uint8Array => bytes(ETHERNET_ENDS, u16(type), payload)
/** 802.3 with LLC. */
export const ieee8023 = (payload: Uint8Array): Uint8Array => ethernet(payload.length, payload)

interface Ipv4 {
  from?: string
  to?: string
  id?: number
  /** Flags and fragment offset, as they stand. */
  fragment?: number
  options?: Uint8Array
  /** Instead of the right total length. */
  length?: number
}
export function ipv4(protocol: number, payload: Uint8Array, given: Ipv4 = {}): Uint8Array {
  const { from = '10.0.0.1', to = '10.0.0.2', id = 1, fragment = 0, options = new Uint8Array(0) } = given
  const header = 20 + options.length
  const length = u16(given.length ?? header + payload.length)
  const fixed = [0x40 | (header / 4), 0, ...length, ...u16(id), ...u16(fragment), 64, protocol, 0, 0]
  return bytes(fixed, address(from), address(to), options, payload)
}

export const A6 = '20010db8000000000000000000000001'
export const B6 = '20010db8000000000000000000000002'
export const ipv6 = (next: number, payload: Uint8Array, length = payload.length): Uint8Array =>
  bytes('60000000', u16(length), next, 64, A6, B6, payload)

export const udp = (payload: Uint8Array, from = 40_000, to = 40_001): Uint8Array =>
  bytes(u16(from), u16(to), u16(8 + payload.length), 0, 0, payload)

export const SYN = 2
export const RST = 4
export const ACK = 16
interface Tcp {
  from?: number
  to?: number
  sequence?: number
  flags?: number
  window?: number
}
export function tcp(payload: Uint8Array, given: Tcp = {}): Uint8Array {
  const { from = 40_000, to = 40_001, sequence = 1, flags = ACK, window = 1000 } = given
  return bytes(u16(from), u16(to), u32(sequence), u32(0), 0x50, flags, u16(window), u32(0), payload)
}

/** Four bytes that are nothing. */
export const REST = bytes('deadbeef')
/** The smallest whole packet: UDP over IPv4. */
export const PACKET4 = ipv4(17, udp(REST))
export const PACKET6 = ipv6(17, udp(REST))
