// SPDX-License-Identifier: GPL-2.0-or-later
/** Payload types of RTP: what they are called, and by which clock their timestamps go. */

/** Static ones: name as Wireshark shortens it, and clock in Hz. RFC 3551 §6, tables 4 and 5. */
const STATIC: Readonly<Record<number, readonly [name: string, clock: number]>> = {
  0: ['g711U', 8000],
  1: ['fs-1016', 8000],
  2: ['g721', 8000],
  3: ['GSM', 8000],
  4: ['g723', 8000],
  5: ['DVI4 8k', 8000],
  6: ['DVI4 16k', 16_000],
  7: ['Exp. from Xerox PARC', 8000],
  8: ['g711A', 8000],
  9: ['g722', 8000],
  10: ['16-bit audio, stereo', 44_100],
  11: ['16-bit audio, monaural', 44_100],
  12: ['Qualcomm', 8000],
  13: ['CN', 8000],
  14: ['MPEG-I/II Audio', 90_000],
  15: ['g728', 8000],
  16: ['DVI4 11k', 11_025],
  17: ['DVI4 22k', 22_050],
  18: ['g729', 8000],
  19: ['CN(old)', 8000],
  25: ['CellB', 90_000],
  26: ['JPEG', 90_000],
  28: ['NV', 90_000],
  31: ['h261', 90_000],
  32: ['MPEG-I/II Video', 90_000],
  33: ['MPEG-II streams', 90_000],
  34: ['h263', 90_000],
}

/** From here on, types are what a session says that they are. RFC 3551 §3. */
const FIRST_DYNAMIC = 96

/** Clocks of formats that are named where no rate is. Registered with IANA, each by its RFC. */
const BY_NAME: Readonly<Record<string, number>> = {
  ...of(1000, 'red', 't140'),
  ...of(8000, 'AMR', 'EVRC', 'EVRC0', 'EVRC1', 'EVRCB', 'EVRCB0', 'EVRCB1', 'G726-16', 'G726-24', 'G726-32'),
  ...of(8000, 'G726-40', 'G729D', 'G729E', 'GSM-EFR', 'SMV', 'SMV0'),
  ...of(16_000, 'AMR-WB', 'EVRCWB', 'EVRCWB0', 'EVRCWB1', 'EVS', 'G7221'),
  ...of(48_000, 'opus'),
  ...of(90_000, 'BMPEG', 'BT656', 'DV', 'H263-1998', 'H263-2000', 'H264', 'H265', 'MP1S', 'MP2P', 'MP4V-ES'),
  ...of(90_000, 'mpa-robust', 'pointer', 'raw', 'VP8', 'VP9'),
}

function of(clock: number, ...names: string[]): Record<string, number> {
  return Object.fromEntries(names.map((name) => [name.toLowerCase(), clock]))
}

/** Comfort noise: the silence before what follows it is none of the network's. RFC 3389. */
export const isComfortNoise = (payloadType: number): boolean => payloadType === 13 || payloadType === 19

/** @param said what a session calls it; `null`: nothing does */
export const payloadName = (payloadType: number, said: string | null): string =>
  payloadType < FIRST_DYNAMIC ? (STATIC[payloadType]?.[0] ?? 'Unassigned') : (said ?? `RTPType-${payloadType}`)

/**
 * Ticks a second of the timestamps of a payload type. Those of `telephone-event` stand still while one lasts (RFC 4733 §2.2.1).
 * @param said its name in a session, and the rate beside it, 0 where there is none; less than one tick a millisecond is none
 * @returns 0: not known, or of no use for measuring
 */
export function clockOf(payloadType: number, said: string | null, rate: number): number {
  if (payloadType < FIRST_DYNAMIC) return STATIC[payloadType]?.[1] ?? 0
  const name = said?.toLowerCase() ?? ''
  if (name === '' || name.startsWith('telephone-event')) return 0
  return rate >= 1000 ? rate : (BY_NAME[name] ?? 0)
}
