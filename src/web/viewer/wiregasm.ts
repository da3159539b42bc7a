// SPDX-License-Identifier: GPL-2.0-or-later
/** Wireshark's dissectors (@goodtools/wiregasm) as the engine of the viewer: what its calls give, copied out of its heap, and what they leave there freed. */
import type {
  Column,
  Conversation,
  Detail,
  Dissector,
  Endpoint,
  Packet,
  Row,
  Rows,
  Stream,
  TransferredObject,
} from './engine.ts'
import { EngineError } from './engine.ts'
import { type EngineFiles, rulesIn } from './engine-files.ts'
import { tooMuch } from './filter-bounds.ts'
import { endsOf, isOfServer, partsIn, substreamIn } from './substreams.ts'

/** A list in the engine's heap. It stays there until it is deleted. */
interface Vector<T> {
  size(): number
  get(index: number): T
  delete(): void
}

interface RawDetail {
  label: string
  filter: string
  severity: string
  start: number
  length: number
  data_source_idx: number
  type: string
  fnum: number
  tree: Vector<RawDetail>
}

interface RawConversation {
  saddr: string
  daddr: string
  sport: string
  dport: string
  txf: number
  txb: number
  rxf: number
  rxb: number
  start: number
  stop: number
  filter: string
}

interface RawHost {
  host: string
  port: string
  txf: number
  txb: number
  rxf: number
  rxb: number
  filter: string
}

interface RawObject {
  hostname: string
  pkt: number
  type: string
  filename: string
  _download: string
  len: number
}

type RawTap = { delete?(): void } & Partial<{
  convs: Vector<RawConversation>
  hosts: Vector<RawHost>
  objects: Vector<RawObject>
}>

interface MapInput {
  set(key: string, value: string): void
  delete(): void
}

interface Module {
  name: string
  title: string
  submodules: Vector<Module>
}

/** As wiregasm's embind gives it; its own types leave half of it out. */
export interface Lib {
  FS: {
    mkdirTree(path: string): void
    writeFile(path: string, data: string | Uint8Array): void
    readFile(path: string, how: { encoding: 'utf8' }): string
    analyzePath(path: string): { readonly exists: boolean }
    open(path: string, flags: string): { readonly fd: number }
    write(stream: object, bytes: Uint8Array, offset: number, length: number, position?: number): number
    close(stream: object): void
    ftruncate(fd: number, length: number): void
  }
  HEAPU8: Uint8Array
  MapInput: new () => MapInput
  DissectSession: new (path: string) => Session
  init(): boolean
  setPref(module: string, key: string, value: string): unknown
  applyPreferences(): void
  checkFilter(filter: string): { ok: boolean; error: string }
  completeFilter(prefix: string): { fields: Vector<{ field: string; name: string }> }
  listModules(): Vector<Module>
  getUploadDirectory(): string
}

interface Session {
  load(): { code: number; error: string; summary: { packet_count: number; start_time: number; elapsed_time: number } }
  getFrames(filter: string, skip: number, limit: number): { matched: number; frames: Vector<RawRow> }
  getFrame(number: number): {
    number: number
    comments: Vector<string>
    data_sources: Vector<{ name: string; data: string }>
    tree: Vector<RawDetail>
    follow: Vector<Vector<string>>
  }
  follow(
    protocol: string,
    filter: string,
  ): {
    shost: string
    sport: string
    chost: string
    cport: string
    payloads: Vector<{ number: number; server: number; data: string }>
  }
  tap(input: MapInput): { error: string; taps: Vector<RawTap> }
  iograph(input: MapInput): { error: string; iograph: Vector<{ items: Vector<number> }> }
  download(token: string): { error: string; download: { file: string; data: string } }
}

interface RawRow {
  number: number
  bg: number
  fg: number
  columns: Vector<string>
}

/** Folder of its preferences. */
const HOME = '/home/web_user/.config/wireshark'

const KEYLOG = '/uploads/keys.log'

/** Its own colour rules. */
const OWN_COLOURS = '/wireshark/colorfilters'

/** Packets that are looked into in turn. */
const LOT = 500

const NOWHERE = { host: '', port: '' }

/** Start it with these files, once in its life. @throws EngineError `crashed` where it does not come up */
export function prepare(lib: Lib, files: EngineFiles): void {
  lib.FS.mkdirTree(HOME) // it looks there when it starts, and never again
  for (const [name, text] of Object.entries(files)) lib.FS.writeFile(`${HOME}/${name}`, text)
  if (!lib.init()) throw new EngineError('crashed', 'The dissection engine could not be started.')
}

/** Pairs of colours that its rules have: of a packet that no rule is for it says whatever lies in its heap. */
function pairsIn({ FS }: Lib): Set<string> {
  const given = `${HOME}/colorfilters`
  const file = FS.readFile(FS.analyzePath(given).exists ? given : OWN_COLOURS, { encoding: 'utf8' })
  return new Set(rulesIn(file).map(({ ground, ink }) => `${ground} ${ink}`))
}

/** Give it the text of key logs, before a capture is opened. */
export function useKeylog(lib: Lib, keylog: string): void {
  lib.FS.writeFile(KEYLOG, keylog)
  lib.setPref('tls', 'keylog_file', KEYLOG)
  lib.applyPreferences()
}

/** What is opened, asked synchronously. */
export class WiregasmSession {
  readonly #lib: Lib
  readonly #session: Session
  readonly #columns: readonly Column[]
  readonly #pairs: ReadonlySet<string>

  /** @param path of the capture in the engine's own file system @param columns as it was started with */
  constructor(lib: Lib, path: string, columns: readonly Column[]) {
    this.#lib = lib
    this.#columns = columns
    this.#pairs = pairsIn(lib)
    this.#session = new lib.DissectSession(path)
  }

  /** @throws EngineError `unreadable` */
  load(): { packets: number; startTime: number; duration: number; damage: string | null } {
    const { code, error, summary } = this.#session.load()
    if (code > 0)
      throw new EngineError(
        'unreadable',
        'Wireshark does not know this file as a capture, or cannot read any packet of it.',
      )
    return {
      packets: summary.packet_count,
      startTime: summary.start_time,
      duration: summary.elapsed_time,
      damage: code < 0 ? error || 'The file ends inside a packet, or is damaged there.' : null,
    }
  }

  frames(filter: string, skip: number, limit: number): Rows {
    this.#demand(filter)
    const { matched, frames } = this.#session.getFrames(filter, skip, limit)
    return { matched, rows: taken(frames, (raw) => this.#rowOf(raw)) }
  }

  frame(number: number): Packet {
    const packet = this.#frame(number)
    const isOne = ({ filter }: { filter: string }) => /^[ -~]+$/.test(filter) && this.checkFilter(filter) === null
    return { ...packet, streams: packet.streams.filter(isOne) } // of TLS in QUIC the engine names one that is none
  }

  #frame(number: number): Packet {
    const { comments, data_sources, tree, follow } = this.#session.getFrame(number)
    comments.delete() // always empty
    const lines = taken(tree, detailOf)
    return {
      number,
      comments: commentsIn(lines),
      sources: taken(data_sources, ({ name, data }) => ({ name, bytes: bytesOf(data) })),
      details: lines,
      streams: taken(follow, (pair) => {
        const [protocol = '', filter = ''] = taken(pair, same)
        return { protocol, filter }
      }),
    }
  }

  follow(protocol: string, filter: string): Stream {
    this.#demand(filter)
    const substream = substreamIn(protocol, filter)
    if (substream !== null) return this.#followInside(protocol, filter, substream)
    const { shost, sport, chost, cport, payloads } = this.#session.follow(protocol, filter)
    return {
      client: { host: chost, port: cport },
      server: { host: shost, port: sport },
      pieces: taken(payloads, ({ number, server, data }) => ({
        number,
        fromServer: server === 1,
        bytes: bytesOf(data),
      })),
    }
  }

  #followInside(protocol: string, filter: string, substream: string): Stream {
    let [client, server] = [NOWHERE, NOWHERE]
    const pieces: Stream['pieces'] = []
    for (let skip = 0, matched = 1; skip < matched; skip += LOT) {
      const { matched: all, frames } = this.#session.getFrames(filter, skip, LOT)
      matched = all
      for (const number of taken(frames, ({ number, columns }) => {
        columns.delete()
        return number
      })) {
        const packet = this.#frame(number)
        const parts = partsIn(protocol, substream, packet)
        if (parts.length === 0) continue
        const { from, to } = endsOf(packet)
        if (pieces.length === 0) [client, server] = isOfServer(protocol, substream) ? [to, from] : [from, to]
        const fromServer = from.host !== client.host || from.port !== client.port
        pieces.push(...parts.map((bytes) => ({ number, fromServer, bytes: bytes.slice() })))
      }
    }
    return { client, server, pieces }
  }

  conversations(table: string): Conversation[] {
    return this.#tap(`conv:${table}`).convs.map((one) => ({
      a: one.saddr,
      aPort: one.sport,
      b: one.daddr,
      bPort: one.dport,
      packetsAB: one.txf,
      bytesAB: one.txb,
      packetsBA: one.rxf,
      bytesBA: one.rxb,
      start: one.start,
      duration: one.stop - one.start,
      filter: one.filter,
    }))
  }

  endpoints(table: string): Endpoint[] {
    return this.#tap(`endpt:${table}`).hosts.map((one) => ({
      host: one.host,
      port: one.port,
      sentPackets: one.txf,
      sentBytes: one.txb,
      receivedPackets: one.rxf,
      receivedBytes: one.rxb,
      filter: one.filter,
    }))
  }

  objects(kind: string): TransferredObject[] {
    return this.#tap(`eo:${kind}`).objects.map((one) => ({
      packet: one.pkt,
      host: one.hostname,
      type: one.type,
      filename: one.filename,
      length: one.len,
      token: one._download,
    }))
  }

  object(token: string): { filename: string; bytes: Uint8Array } {
    const { error, download } = this.#session.download(token)
    if (error !== '') throw new EngineError('asked', error)
    return { filename: download.file, bytes: bytesOf(download.data) }
  }

  ioGraph(interval: number, graphs: { measure: string; filter: string }[]): number[][] {
    for (const { filter } of graphs) this.#demand(filter)
    return this.#given(
      { interval: String(interval), ...numbered('graph', graphs, 'measure'), ...numbered('filter', graphs, 'filter') },
      (input) => {
        const { error, iograph } = this.#session.iograph(input)
        const lines = taken(iograph, ({ items }) => taken(items, same))
        if (error !== '') throw new EngineError('asked', error)
        return lines
      },
    )
  }

  checkFilter(filter: string): string | null {
    const refusal = tooMuch(filter)
    if (refusal !== null) return refusal
    const { ok, error } = this.#lib.checkFilter(filter)
    return ok ? null : error
  }

  complete(prefix: string): { field: string; name: string }[] {
    return taken(this.#lib.completeFilter(prefix).fields, ({ field, name }) => ({ field, name }))
  }

  ownColours(): string {
    return this.#lib.FS.readFile(OWN_COLOURS, { encoding: 'utf8' })
  }

  dissectors(): Dissector[] {
    const all = (modules: Vector<Module>): Dissector[] =>
      taken(modules, ({ name, title, submodules }) => [{ name: title, filter: name }, ...all(submodules)]).flat()
    return all(this.#lib.listModules())
  }

  heap(): number {
    return this.#lib.HEAPU8.byteLength
  }

  #rowOf({ number, bg, fg, columns }: RawRow): Row {
    const cells = taken(columns, same)
    const isCommented = cells.pop() !== ''
    return {
      number,
      colours: this.#pairs.has(`${bg} ${fg}`) ? { ground: bg, ink: fg } : null,
      isCommented,
      cells: cells.map((cell, i) => {
        const digits = this.#columns[i]?.digits
        return digits === undefined ? cell : cutTo(cell, digits)
      }),
    }
  }

  /** One that is no filter ends the engine where it is used. @throws EngineError `asked` */
  #demand(filter: string): void {
    const refusal = filter === '' ? null : this.checkFilter(filter)
    if (refusal !== null) throw new EngineError('asked', `This is no display filter: ${refusal}`)
  }

  #tap(tap: string): { convs: RawConversation[]; hosts: RawHost[]; objects: RawObject[] } {
    return this.#given({ tap0: tap }, (input) => {
      const { error, taps } = this.#session.tap(input)
      const [found] = taken(taps, (one) => ({
        convs: one.convs ? taken(one.convs, same) : [],
        hosts: one.hosts ? taken(one.hosts, same) : [],
        objects: one.objects ? taken(one.objects, same) : [],
      }))
      if (error !== '' || !found) throw new EngineError('asked', error || 'The engine has no such table.')
      return found
    })
  }

  #given<T>(pairs: Record<string, string>, ask: (input: MapInput) => T): T {
    const input = new this.#lib.MapInput()
    for (const [key, value] of Object.entries(pairs)) input.set(key, value)
    try {
      return ask(input)
    } finally {
      input.delete()
    }
  }
}

const numbered = (name: string, graphs: { measure: string; filter: string }[], what: 'measure' | 'filter') =>
  Object.fromEntries(graphs.flatMap((graph, i) => (graph[what] === '' ? [] : [[`${name}${i}`, graph[what]]])))

const same = <T>(value: T) => value

/** All of a list, after which it is gone from the heap. */
function taken<T, U>(vector: Vector<T>, of: (value: T) => U): U[] {
  const all: U[] = []
  for (let i = 0, size = vector.size(); i < size; i++) {
    const value = vector.get(i)
    all.push(of(value))
    if (hasDelete(value)) value.delete()
  }
  vector.delete()
  return all
}

const hasDelete = (value: unknown): value is { delete(): void } =>
  typeof value === 'object' &&
  value !== null &&
  typeof (value as { delete?: unknown }).delete === 'function' &&
  !('isDeleted' in value && (value as { isDeleted(): boolean }).isDeleted())

/** A time with so many digits of a second, as Wireshark cuts it: it does not round. */
const cutTo = (cell: string, digits: number): string =>
  cell.replace(/\.(\d+)$/, (_, parts: string) => (digits === 0 ? '' : `.${parts.slice(0, digits).padEnd(digits, '0')}`))

const COMMENT = /^frame\.comment == "(.*)"$/s

/** Comments of the file on a packet, out of its tree: one of several lines has each below it. */
function commentsIn(details: Detail[]): string[] {
  const whole = ({ filter, label }: Detail) => COMMENT.exec(filter)?.[1]?.replace(/\\(["\\])/g, '$1') ?? label
  const comments = details.find(({ filter }) => filter === 'pkt_comment')?.children ?? []
  return comments.map((one) => (one.children.length === 0 ? [one] : one.children).map(whole).join('\n'))
}

const detailOf = (raw: RawDetail): Detail => ({
  label: raw.label,
  filter: raw.filter,
  severity: raw.severity,
  source: raw.data_source_idx,
  start: raw.start,
  length: raw.length,
  packet: raw.type === 'framenum' ? raw.fnum : null,
  children: taken(raw.tree, detailOf),
})

function bytesOf(base64: string): Uint8Array {
  const text = atob(base64)
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i)
  return bytes
}
