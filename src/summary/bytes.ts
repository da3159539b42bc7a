/** Big-endian numbers out of packet bytes. The caller has seen to it that the bytes are there. */

export const u8 = (data: Uint8Array, at: number): number => data[at] as number

export const u16 = (data: Uint8Array, at: number): number => ((data[at] as number) << 8) | (data[at + 1] as number)

/** Little-endian. */
export const u16le = (data: Uint8Array, at: number): number => ((data[at + 1] as number) << 8) | (data[at] as number)

export const u24 = (data: Uint8Array, at: number): number => (u16(data, at) << 8) | (data[at + 2] as number)

/** 32 bits as they stand in an Int32Array. */
export const i32 = (data: Uint8Array, at: number): number => (u16(data, at) << 16) | u16(data, at + 2)

export const u32 = (data: Uint8Array, at: number): number => i32(data, at) >>> 0

/** Little-endian. */
export const u32le = (data: Uint8Array, at: number): number => ((u16le(data, at + 2) << 16) | u16le(data, at)) >>> 0
