/** One pass over a capture for two sinks. */
import type { Sink } from '../capture/sink.ts'

/** Tells two sinks all that a reader tells, the first one first. Nest it for more. */
export const both = (first: Sink, second: Sink): Sink => ({
  snaplen: Math.max(first.snaplen, second.snaplen),
  format(format) {
    first.format(format)
    second.format(format)
  },
  opened() {
    first.opened()
    second.opened()
  },
  section(section) {
    first.section(section)
    second.section(section)
  },
  interface(described) {
    first.interface(described)
    second.interface(described)
  },
  packet(packet) {
    first.packet(packet)
    second.packet(packet)
  },
  frame(frame) {
    first.frame(frame)
    second.frame(frame)
  },
  packetComment(frame, comment) {
    first.packetComment(frame, comment)
    second.packetComment(frame, comment)
  },
  nameResolution(names) {
    first.nameResolution(names)
    second.nameResolution(names)
  },
  interfaceStatistics(statistics) {
    first.interfaceStatistics(statistics)
    second.interfaceStatistics(statistics)
  },
  decryptionSecrets(secrets) {
    first.decryptionSecrets(secrets)
    second.decryptionSecrets(secrets)
  },
  fault(fault) {
    first.fault(fault)
    second.fault(fault)
  },
})
