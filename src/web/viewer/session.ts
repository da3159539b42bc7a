// SPDX-License-Identifier: GPL-2.0-or-later
/** One look at one capture: the engine that has it open, the filter, the rows that have come, the packet that is looked at. */
import { Columns, PACKET_ID } from './columns.ts'
import {
  type Column,
  type Engine,
  EngineError,
  type Opened,
  type Opening,
  type Packet,
  type Progress,
  type Row,
} from './engine.ts'
import { type RunningEngine, startEngine } from './engine-client.ts'
import { MOST_KEYLOG, matchOf, randomsIn, wordsOf } from './keylog.ts'
import { withoutUnknown } from './profile-check.ts'
import type { Profiles } from './profiles.ts'
import type { Settings } from './settings.ts'
import { addressOfBytes, MOST_WHOLE, type Window } from './window.ts'

/** Rows that are asked for at once, and how many such lots are kept. */
const LOT = 200
const MOST_LOTS = 80

export type State =
  | { is: 'opening'; progress: Progress | null }
  | { is: 'open'; opened: Opened }
  | { is: 'failed'; error: EngineError; canRetry: boolean }

interface Notice {
  tone: 'ok' | 'failed'
  text: string
}

/** Restarts in a row after which one must be asked for. */
const MOST_RESTARTS = 2

const ENDED_AT = 'The dissection engine ended at this filter.'

export class Session {
  readonly settings: Settings
  readonly profiles: Profiles
  columns: Columns
  window: Window | null
  state: State = { is: 'opening', progress: null }
  /** The one by which the rows are; empty: all packets. */
  filter = ''
  /** Packets that it lets through. */
  matched = 0
  /** Something is waited for: what, and since when. */
  work: { what: string; since: number } | null = null
  notices: Notice[] = []
  /** Row that is selected, from 0; `null`: none. */
  selected: number | null = null
  packet: Packet | null = null
  /** Key logs in use: those that came with the capture, those that were dropped here. */
  keylogs: { name: string; text: string }[] = []

  #engine: RunningEngine | null = null
  #lots = new Map<number, Row[]>()
  #wanted: number | null = null
  #isFetching = false
  #restarts = 0
  #hasServerKeylog = false
  #listeners = new Set<() => void>()
  /** What is to be shown when it is open. */
  #wish: { filter: string; packet: number | null } = { filter: '', packet: null }
  /** Filters whose check ended an engine: they are neither checked nor applied again. */
  #deadly = new Set<string>()
  /** Grows with each opening: what an engine says that is no more is not heard. */
  #era = 0

  constructor(settings: Settings, profiles: Profiles, window: Window | null) {
    this.settings = settings
    this.profiles = profiles
    this.columns = new Columns(profiles.profile.columns, profiles.profile.time)
    this.window = window
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  changed(): void {
    for (const listener of this.#listeners) listener()
  }

  notify(notice: Notice): void {
    this.notices = [...this.notices.filter(({ text }) => text !== notice.text), notice].slice(-4)
    this.changed()
  }

  dismiss(notice: Notice): void {
    this.notices = this.notices.filter((one) => one !== notice)
    this.changed()
  }

  /** The engine, for what is asked of it outside of the list. @throws EngineError where there is none now */
  get engine(): Engine {
    if (this.#engine === null || this.state.is !== 'open') throw new EngineError('asked', 'No capture is open.')
    return this.#engine
  }

  /** Begin loading an engine before it is known what it is to open. */
  warm(): void {
    this.#engine ??= startEngine(
      this.settings.assets,
      [...this.columns.filled],
      (progress) => this.#progressed(progress),
      this.profiles.profile,
    )
  }

  #progressed(progress: Progress): void {
    if (this.state.is !== 'opening') return
    this.state = { is: 'opening', progress }
    this.changed()
  }

  /**
   * Open what the window says, from the beginning.
   * @param filter that is applied when it is open; where it is none, or ends the engine, all packets are shown
   * @param packet that is selected then, as the capture counts
   */
  async open(filter: string, packet: number | null): Promise<void> {
    const era = ++this.#era
    this.#wish = { filter, packet }
    this.state = { is: 'opening', progress: null }
    this.work = null
    this.#forget()
    this.changed()
    const { settings } = this
    try {
      if (
        this.window === null &&
        settings.content !== null &&
        settings.content > MOST_WHOLE &&
        settings.slices === null
      )
        throw new EngineError(
          'refused',
          'This capture is too large for a browser, and cannot be opened in parts (yet): come back when it has been read, or download it.',
        )
      this.warm()
      await this.#takeServerKeylog()
      if (era !== this.#era) return
      const engine = this.#engine as RunningEngine
      const { keylog } = this.#opening
      const opened = await engine.open(this.#opening)
      if (era !== this.#era) return
      this.state = { is: 'open', opened }
      this.matched = opened.packets
      if (filter !== '') await this.apply(filter)
      else await this.#first()
      if (era !== this.#era) return
      this.changed()
      if (packet !== null) await this.goTo(packet)
      else if (this.matched > 0 && this.selected === null) await this.select(0)
      if (era !== this.#era || this.#engine === null) return
      this.#restarts = 0
      if (keylog !== '') await this.#judgeKeylogs()
      await this.#judgeProfile()
    } catch (error) {
      if (era === this.#era) this.#failed(error)
    }
  }

  get #opening(): Opening {
    return {
      url: addressOfBytes(this.settings, this.window),
      keylog: this.keylogs.map(({ text }) => text).join('\n'),
    }
  }

  /** One more engine that opens what is open here, with other columns, and the packet id after them. Who asks for it ends it. */
  second(
    columns: readonly Column[],
    onProgress: (progress: Progress) => void,
  ): { engine: RunningEngine; opened: Promise<Opened> } {
    const engine = startEngine(this.settings.assets, [...columns, PACKET_ID], onProgress, this.profiles.profile)
    return { engine, opened: engine.open(this.#opening) }
  }

  #forget(): void {
    this.#lots.clear()
    this.#wanted = null
    this.filter = ''
    this.matched = 0
    this.selected = null
    this.packet = null
  }

  #failed(error: unknown): void {
    const said = error instanceof EngineError ? error : new EngineError('crashed', String(error))
    const { packets, slices } = this.settings
    if (said.kind === 'unreadable' && this.window === null && slices !== null && packets !== null && packets > 0) {
      // compressed in a way that the engine does not know, and the server does: what is in it is read as a slice
      const { filter, packet } = this.#wish
      this.window = { from: 1, to: packets }
      void this.reopen(filter, packet)
      return
    }
    if (said.kind === 'crashed' || this.state.is !== 'open') this.#endEngine()
    this.work = null
    this.state = { is: 'failed', error: said, canRetry: said.kind !== 'unreadable' }
    this.changed()
  }

  #endEngine(): void {
    this.#engine?.end()
    this.#engine = null
    this.#isFetching = false
  }

  /** What is looked at; as long as it is not open, what is to be. */
  get #now(): { filter: string; packet: number | null } {
    return this.state.is === 'open' ? { filter: this.filter, packet: this.selectedNumber } : this.#wish
  }

  /** Open it again, in a new engine: after a crash, with other columns, with another key log. */
  async reopen(filter = this.#now.filter, packet = this.#now.packet): Promise<void> {
    this.#endEngine()
    await this.open(filter, packet)
  }

  /** End what is being waited for. The only way is a new engine. */
  async cancel(): Promise<void> {
    const isOpening = this.state.is === 'opening'
    const { filter, selectedNumber } = this
    this.#era++
    this.#endEngine()
    if (!isOpening) return this.open(filter, selectedNumber)
    this.state = { is: 'failed', error: new EngineError('asked', 'Opening the capture was cancelled.'), canRetry: true }
    this.changed()
  }

  /**
   * Do something that may take long, with its name shown and a way to cancel it; a crash of the engine ends in a new one.
   * @returns `null` where it came to nothing, which has been said
   */
  async attempt<T>(what: string, deed: (engine: Engine) => Promise<T>): Promise<T | null> {
    if (this.state.is !== 'open' || this.#engine === null) return null
    const era = this.#era
    const work = { what, since: performance.now() }
    this.work = work
    this.changed()
    try {
      const value = await deed(this.#engine)
      return era === this.#era ? value : null
    } catch (error) {
      if (era === this.#era) await this.#mend(what, error)
      return null
    } finally {
      if (this.work === work) {
        this.work = null
        this.changed()
      }
    }
  }

  async #mend(what: string, error: unknown): Promise<void> {
    const said = error instanceof EngineError ? error : new EngineError('crashed', String(error))
    if (said.kind !== 'crashed') return this.notify({ tone: 'failed', text: said.message })
    if (++this.#restarts > MOST_RESTARTS) return this.#failed(said)
    const { filter, selectedNumber } = this
    this.notify({
      tone: 'failed',
      text: `${said.message} It ended at: ${what}. It was started again, and the capture opened anew.`,
    })
    this.#endEngine()
    await this.open(filter, selectedNumber)
  }

  /** @returns why it is no display filter; `null`: it is one, or that cannot be told now */
  async refusalOf(filter: string): Promise<string | null> {
    const era = this.#era
    if (this.#deadly.has(filter)) return ENDED_AT
    try {
      return await this.engine.checkFilter(filter)
    } catch (error) {
      if (era !== this.#era || !(error instanceof EngineError) || error.kind !== 'crashed') return null
      if (this.work !== null) return null // it may have ended at that
      this.#deadly.add(filter)
      void this.#mend(`checking the filter ${filter}`, error)
      return ENDED_AT
    }
  }

  async #first(): Promise<void> {
    const rows = await this.#engine?.frames(this.filter, 0, LOT)
    if (rows) this.#keep(0, rows.rows, rows.matched)
  }

  #keep(lot: number, rows: Row[], matched: number): void {
    this.matched = matched
    this.#lots.delete(lot)
    this.#lots.set(lot, rows)
    const held = this.selected === null ? lot : Math.floor(this.selected / LOT)
    for (const oldest of this.#lots.keys()) {
      if (this.#lots.size <= MOST_LOTS) break
      if (oldest !== held) this.#lots.delete(oldest)
    }
  }

  /** Show the packets that a filter lets through. @returns whether they are shown */
  async apply(filter: string): Promise<boolean> {
    if (this.#deadly.has(filter)) {
      this.notify({ tone: 'failed', text: ENDED_AT })
      return false
    }
    const before = this.selectedNumber
    const found = await this.attempt(filter === '' ? 'showing all packets' : `the filter ${filter}`, (engine) =>
      engine.frames(filter, 0, LOT),
    )
    if (found === null) return false
    this.#lots.clear()
    this.#wanted = null
    this.filter = filter
    this.selected = null
    this.#keep(0, found.rows, found.matched)
    this.changed()
    const at = before === null ? null : await this.#rowOf(before)
    if (at !== null) await this.select(at)
    else if (found.matched > 0) await this.select(0)
    else {
      this.packet = null
      this.changed()
    }
    return true
  }

  /** A row of the list; `undefined`: it is being fetched. */
  row(index: number): Row | undefined {
    const lot = Math.floor(index / LOT)
    const rows = this.#lots.get(lot)
    if (rows === undefined) this.#want(lot)
    return rows?.[index % LOT]
  }

  #want(lot: number): void {
    this.#wanted = lot
    if (!this.#isFetching) void this.#fetch()
  }

  /** One lot at a time, the one that was wanted last: what was scrolled over is not fetched. */
  async #fetch(): Promise<void> {
    const era = this.#era
    this.#isFetching = true
    try {
      while (this.#wanted !== null && this.#engine !== null && era === this.#era) {
        const lot = this.#wanted
        const { filter } = this
        this.#wanted = null
        const { rows, matched } = await this.#engine.frames(filter, lot * LOT, LOT)
        if (era !== this.#era || filter !== this.filter) continue
        this.#keep(lot, rows, matched)
        this.changed()
      }
    } catch (error) {
      if (era === this.#era) await this.#mend('fetching rows', error)
    } finally {
      if (era === this.#era) this.#isFetching = false
    }
  }

  async #fetched(index: number): Promise<Row | undefined> {
    const lot = Math.floor(index / LOT)
    if (!this.#lots.has(lot)) {
      const { filter } = this
      const { rows, matched } = await this.engine.frames(filter, lot * LOT, LOT)
      if (filter === this.filter) this.#keep(lot, rows, matched)
    }
    return this.#lots.get(lot)?.[index % LOT]
  }

  /** The number that a packet has in the capture: where a part of it is open, the engine counts otherwise. */
  numberOf({ number, cells }: Pick<Row, 'number' | 'cells'>): number {
    if (!this.isPart) return number
    const id = Number(cells.at(-1))
    if (id > 0) return id
    return this.window !== null && 'from' in this.window ? this.window.from + number - 1 : number
  }

  /** The number by which notes name a packet. */
  notedNumberOf(row: Row): number {
    const { isSlice, notesByOwn } = this.settings
    return isSlice && notesByOwn && this.window === null ? row.number : this.numberOf(row)
  }

  /** What is open is a part: the engine's own numbers are not the capture's. */
  get isPart(): boolean {
    return this.window !== null || this.settings.isSlice
  }

  get selectedRow(): Row | undefined {
    return this.selected === null ? undefined : this.#lots.get(Math.floor(this.selected / LOT))?.[this.selected % LOT]
  }

  get selectedNumber(): number | null {
    const row = this.selectedRow
    return row === undefined ? null : this.numberOf(row)
  }

  get notedNumber(): number | null {
    const row = this.selectedRow
    return row === undefined ? null : this.notedNumberOf(row)
  }

  /** Where a packet stands in the list; `null`: it does not. Rows ascend by number. */
  async #rowOf(number: number): Promise<number | null> {
    let [low, high] = [0, this.matched - 1]
    if (!this.isPart && this.filter === '') return number <= this.matched ? number - 1 : null
    while (low <= high) {
      const middle = (low + high) >> 1
      const row = await this.#fetched(middle)
      if (row === undefined) return null
      const found = this.numberOf(row)
      if (found === number) return middle
      if (found < number) low = middle + 1
      else high = middle - 1
    }
    return null
  }

  async select(index: number): Promise<void> {
    if (index < 0 || index >= this.matched) return
    this.selected = index
    this.changed()
    const era = this.#era
    try {
      const row = await this.#fetched(index)
      if (row === undefined || this.selected !== index || this.packet?.number === row.number) return this.changed()
      const packet = await this.engine.frame(row.number)
      if (this.selected !== index || era !== this.#era) return
      this.packet = packet
      this.changed()
    } catch (error) {
      if (era !== this.#era) return
      if (error instanceof EngineError && error.kind === 'crashed') this.selected = null // nor is it what is read next
      await this.#mend('reading a packet', error)
    }
  }

  /** Select a packet of the capture, in another window where it is not in this one. @returns whether there is such a row */
  async goTo(number: number): Promise<boolean> {
    const at = await this.#rowOf(number)
    if (at !== null) {
      await this.select(at)
      return true
    }
    const { window, settings } = this
    if (
      window !== null &&
      'from' in window &&
      (number < window.from || number > window.to) &&
      number <= (settings.packets ?? 0)
    ) {
      const size = window.to - window.from + 1
      const from = Math.floor((number - 1) / size) * size + 1
      await this.openWindow({ from, to: from + size - 1 }, number)
      return true
    }
    this.notify({
      tone: 'failed',
      text:
        this.filter === ''
          ? `There is no packet ${number} here.`
          : `Packet ${number} is not among those that the filter shows.`,
    })
    return false
  }

  /** Select a packet by the engine's own number, as its trees name packets. */
  async goToOwn(number: number): Promise<void> {
    if (this.filter === '') return this.select(number - 1)
    const found = await this.attempt(`packet ${number}`, (engine) => engine.frames('', number - 1, 1))
    const row = found?.rows[0]
    if (row) await this.goTo(this.numberOf(row))
  }

  async openWindow(window: Window | null, packet: number | null = null): Promise<void> {
    const { filter } = this
    this.window = window
    await this.reopen(filter, packet)
  }

  /** A filter for what passes both it and the one by which the rows are. */
  joined(filter: string): string {
    return this.filter === '' ? filter : `(${this.filter}) && (${filter})`
  }

  /** The next packet, or the one before, that a filter finds among those that are shown. @returns whether there is one */
  async find(filter: string, direction: 1 | -1): Promise<boolean> {
    const both = this.joined(filter)
    const now = this.selectedNumber ?? 0
    const found = await this.attempt(`finding ${filter}`, async (engine) => {
      const { matched } = await engine.frames(both, 0, 1)
      const numberAt = async (index: number) => {
        const row = (await engine.frames(both, index, 1)).rows[0]
        return row === undefined ? Number.NaN : this.numberOf(row)
      }
      let [low, high] = [0, matched] // the first that lies behind where we are
      while (low < high) {
        const middle = (low + high) >> 1
        const number = await numberAt(middle)
        if (direction === 1 ? number > now : number >= now) high = middle
        else low = middle + 1
      }
      if (matched === 0) return { number: null }
      const at = direction === 1 ? low % matched : (low - 1 + matched) % matched
      return { number: await numberAt(at) }
    })
    if (found === null || found.number === null) return false
    return this.goTo(found.number)
  }

  async setColumns(columns: Columns): Promise<void> {
    const isRefilled = columns.fields.join() !== this.columns.fields.join()
    this.columns = columns
    const { fields, shown, widths } = columns
    this.profiles.setColumns({ fields, shown, widths }, (text) => this.notify({ tone: 'failed', text }))
    if (isRefilled) await this.reopen()
    else this.changed()
  }

  /** Open it again by the profile that is chosen now. */
  async useProfile(): Promise<void> {
    this.columns = new Columns(this.profiles.profile.columns, this.profiles.profile.time)
    await this.reopen()
  }

  async #judgeProfile(): Promise<void> {
    const era = this.#era
    const { left } = await withoutUnknown(this.profiles.profile, [], this.engine)
    if (era === this.#era && left.length > 0)
      this.notify({ tone: 'failed', text: `Of the profile ${this.profiles.name} was left out: ${left.join(' · ')}` })
  }

  /** Use a key log from this machine. It is read here, and goes nowhere. */
  async addKeylog(file: File): Promise<void> {
    if (file.size > MOST_KEYLOG)
      return this.notify({ tone: 'failed', text: `${file.name} is longer than 8 MiB: no key log is so long.` })
    const text = await file.text()
    if (randomsIn(text).size === 0)
      return this.notify({
        tone: 'failed',
        text: `${file.name} is no TLS key log: none of its lines has a label, a random and a secret, as SSLKEYLOGFILE writes them.`,
      })
    this.keylogs = [...this.keylogs.filter(({ name }) => name !== file.name), { name: file.name, text }]
    await this.reopen()
  }

  async #takeServerKeylog(): Promise<void> {
    const { keylog } = this.settings
    if (keylog === null || this.#hasServerKeylog) return
    this.#hasServerKeylog = true
    const answer = await fetch(keylog, { credentials: 'same-origin', redirect: 'error' }).catch(() => null)
    if (answer?.ok) this.keylogs = [{ name: 'The key log of this capture', text: await answer.text() }, ...this.keylogs]
    else
      this.notify({
        tone: 'failed',
        text: `The key log of this capture could not be had (${answer === null ? 'the connection failed' : answer.status}): what is encrypted stays so. A key log can be dropped on this page.`,
      })
  }

  async #judgeKeylogs(): Promise<void> {
    const era = this.#era
    for (const { name, text } of this.keylogs) {
      const match = await matchOf(this.engine, text)
      if (era !== this.#era) return
      this.notify(wordsOf(name, match))
    }
  }
}
