// SPDX-License-Identifier: GPL-2.0-or-later
/** The port of a packet that Decode As would be asked for. */
import type { Detail, Packet } from './engine.ts'
import type { DecodeAs } from './profile.ts'

const PORT = /^(tcp|udp|sctp)\.(?:src|dst)port == (\d+)$/

/** The lower of its innermost two, which is the server's as a rule; `null`: it has none. */
export function portOf({ details }: Packet): DecodeAs | null {
  const found = details.flatMap(({ children }) => portsIn(children))
  const table = found.at(-1)?.table
  const ports = found.filter((one) => one.table === table).slice(-2)
  return ports.sort((a, b) => a.port - b.port)[0] ?? null
}

const portsIn = (lines: readonly Detail[]): DecodeAs[] =>
  lines.flatMap(({ filter }) => {
    const [, protocol, port] = PORT.exec(filter) ?? []
    return protocol === undefined
      ? []
      : [{ table: `${protocol}.port` as DecodeAs['table'], port: Number(port), dissector: '' }]
  })
