/** Packets put straight into a summary. */
import { blankPacket, type Packet } from '../../src/capture/packet.ts'
import { createSummary, type Summary, type SummaryOptions, type Tables } from '../../src/summary/summary.ts'

/** A packet with its whole bytes captured, unless `given` says otherwise. */
export const packetOf = (linktype: number, data: Uint8Array, given: Partial<Packet> = {}): Packet => ({
  ...blankPacket(),
  timed: true,
  linktype,
  caplen: data.length,
  origlen: data.length,
  data,
  ...given,
})

export function summaryOf(packets: Packet[], options: SummaryOptions = {}): Summary {
  const summary = createSummary(options)
  for (const packet of packets) summary.packet(packet)
  return summary
}

/** Raw IPv4, a second apart. */
export const tablesOf = (packets: Uint8Array[], options: SummaryOptions = {}): Tables =>
  summaryOf(
    packets.map((data, seconds) => packetOf(228, data, { seconds })),
    options,
  ).finish()
