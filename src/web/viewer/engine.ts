// SPDX-License-Identifier: GPL-2.0-or-later
/** What the viewer asks of a dissector, as plain data: the one interface between the page and whatever dissects. */

/** A row of the packet list. */
export interface Row {
  /** As the engine counts the packets of what it has opened, from 1. */
  number: number
  /** By the engine's colour rules, 0xRRGGBB; `null`: no rule is for it. */
  colours: { ground: number; ink: number } | null
  /** The file has comments on it. */
  isCommented: boolean
  /** In the order of the columns that the engine was started with. */
  cells: string[]
}

export interface Rows {
  /** How many packets the filter lets through. */
  matched: number
  rows: Row[]
}

/** A line of the detail tree. */
export interface Detail {
  label: string
  /** A display filter that tells this line; empty where there is none. */
  filter: string
  /** Expert severity: `Error`, `Warn`, `Note`, `Chat`, `Comment`; empty for most. */
  severity: string
  /** Bytes it stands for, in the source of that index. */
  source: number
  start: number
  length: number
  /** A packet that it names, as the engine counts; `null` for most. */
  packet: number | null
  children: Detail[]
}

export interface Packet {
  number: number
  comments: string[]
  details: Detail[]
  /** The packet's bytes, and what was put together or decrypted out of it. */
  sources: { name: string; bytes: Uint8Array }[]
  /** What can be followed from here: a protocol, and the filter that names its stream. */
  streams: { protocol: string; filter: string }[]
}

/** Both sides of a stream. */
export interface Stream {
  client: { host: string; port: string }
  server: { host: string; port: string }
  pieces: { number: number; fromServer: boolean; bytes: Uint8Array }[]
}

/** One line of a table of conversations. */
export interface Conversation {
  a: string
  aPort: string
  b: string
  bPort: string
  packetsAB: number
  bytesAB: number
  packetsBA: number
  bytesBA: number
  /** Seconds after the first packet. */
  start: number
  /** Seconds. */
  duration: number
  filter: string
}

/** One line of a table of endpoints. */
export interface Endpoint {
  host: string
  port: string
  sentPackets: number
  sentBytes: number
  receivedPackets: number
  receivedBytes: number
  filter: string
}

/** Something that was transferred in the capture. */
export interface TransferredObject {
  packet: number
  host: string
  type: string
  filename: string
  length: number
  /** Gives it out by `object`. */
  token: string
}

export interface Completion {
  field: string
  name: string
}

/** A title, and Wireshark's format: `%m`, `%Cus:tcp.port:0:R`. */
export interface Column {
  title: string
  format: string
  /** Of a second, to which its cells are cut; absent: as the capture has them. */
  digits?: number
}

/** A protocol that Decode As knows, as the engine names it, and as filters do. */
export interface Dissector {
  name: string
  filter: string
}

/** What to open. */
export interface Opening {
  /** Where the bytes are had from, by this site's own cookies. */
  url: string
  /** Text of TLS key logs. */
  keylog: string
}

export interface Opened {
  packets: number
  /** Bytes that came. */
  bytes: number
  /** Of the first packet; seconds since 1970. */
  startTime: number
  /** Seconds. */
  duration: number
  /** The file ends inside a packet, or is damaged, after what was read: the engine's words. */
  damage: string | null
}

/** How far a wait is. */
export interface Progress {
  what: 'engine' | 'capture' | 'dissection'
  done: number
  /** `null`: not known. */
  total: number | null
}

/** Every call may take seconds, and there is no other way to end one than to end the engine. */
export interface Engine {
  /** It is loaded and started. */
  ready(): Promise<void>
  /** Once an engine. @throws EngineError where the bytes cannot be had, or are no capture */
  open(opening: Opening): Promise<Opened>
  /** @param filter one that `checkFilter` takes; empty: all packets */
  frames(filter: string, skip: number, limit: number): Promise<Rows>
  frame(number: number): Promise<Packet>
  follow(protocol: string, filter: string): Promise<Stream>
  conversations(table: string): Promise<Conversation[]>
  endpoints(table: string): Promise<Endpoint[]>
  objects(kind: string): Promise<TransferredObject[]>
  object(token: string): Promise<{ filename: string; bytes: Uint8Array }>
  /** @param interval milliseconds @param graphs measure (`packets`, `bytes`, `bits`) and filter of each @returns a number an interval, for each graph */
  ioGraph(interval: number, graphs: { measure: string; filter: string }[]): Promise<number[][]>
  /** @returns why it is no filter; `null`: it is one */
  checkFilter(filter: string): Promise<string | null>
  /** Fields whose names begin so. */
  complete(prefix: string): Promise<Completion[]>
  /** Its own colour rules, as Wireshark's file of them. */
  ownColours(): Promise<string>
  /** What Decode As can name. */
  dissectors(): Promise<Dissector[]>
  /** Bytes that the engine has taken for its heap. */
  heap(): Promise<number>
}

/** Why something could not be had, in words for a person. */
export class EngineError extends Error {
  /** `refused`: the server would not give it; `unreadable`: the engine can do nothing with it; `crashed`: the engine is gone; `asked`: what was asked for makes no sense. */
  readonly kind: 'refused' | 'unreadable' | 'crashed' | 'asked'
  constructor(kind: EngineError['kind'], message: string) {
    super(message)
    this.kind = kind
  }
}
