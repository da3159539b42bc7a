// SPDX-License-Identifier: GPL-2.0-or-later
/** The viewer as a whole: filter bar, tools, three panes, what stands over them, and the keys. */
import { useEffect, useReducer, useRef, useState } from 'preact/hooks'
import { Bytes } from './bytes.tsx'
import { Details, fieldOf } from './details.tsx'
import type { Detail } from './engine.ts'
import { grouped } from './figures.ts'
import { FilterBar } from './filter-bar.tsx'
import { FindBar, type Finding, findNext } from './find-bar.tsx'
import { FlowGraph } from './flow-graph.tsx'
import { Follow, type Followed } from './follow.tsx'
import { GoTo } from './go-to.tsx'
import { Help } from './help.tsx'
import { IoGraph } from './io-graph.tsx'
import { addressOf, placeOf } from './link.ts'
import { markFrom, marksOf, withMark } from './marks.ts'
import { type Item, Menu, type MenuAt, placeOfMenu } from './menu.tsx'
import { bytesItems, columnItems, type Deeds, detailItems, packetItems } from './menus.ts'
import { NoteDialog } from './note-dialog.tsx'
import { Objects } from './objects.tsx'
import { Busy, Opening } from './opening.tsx'
import { PacketList } from './packet-list.tsx'
import { Panes } from './panes.tsx'
import type { DecodeAs } from './profile.ts'
import { ProfileDialog } from './profile-dialog.tsx'
import { commentsAround, Remarks } from './remarks.tsx'
import { copy } from './saving.ts'
import type { Session } from './session.ts'
import { Tables } from './tables.tsx'
import { TelephonyDialog } from './telephony-dialog.tsx'
import { boundsOf, windowOf } from './window.ts'
import { WindowBar } from './window-bar.tsx'

type Over =
  | null
  | 'columns'
  | 'profile'
  | { decode: DecodeAs }
  | 'help'
  | 'conversations'
  | 'endpoints'
  | 'objects'
  | 'graph'
  | 'flow'
  | 'telephony'
  | { follow: Followed }
  | { note: number }

export function App({ session }: { session: Session }) {
  const [, redraw] = useReducer((turn: number) => turn + 1, 0)
  const [text, setText] = useState(() => placeOf(location).filter)
  const [over, setOver] = useState<Over>(null)
  const [menu, setMenu] = useState<MenuAt | null>(null)
  const [isFinding, setIsFinding] = useState(false)
  const [finding, setFinding] = useState<Finding>({ by: 'filter', text: '' })
  const [isGoing, setIsGoing] = useState(false)
  const [chosen, setChosen] = useState<Detail | null>(null)
  const [said, setSaid] = useState('')
  const [marks, setMarks] = useState(() => marksOf(session.settings.whole))
  const [isDropping, setIsDropping] = useState(false)
  const input = useRef<HTMLInputElement>(null)
  const keylogFile = useRef<HTMLInputElement>(null)
  const { state, packet, settings, filter } = session
  const [notes, setNotes] = useState(() => new Map(settings.notes.map((note) => [note.packet, note.text])))

  useEffect(() => session.subscribe(() => redraw(undefined)), [session])

  // What is chosen in one packet is looked for in the next, as Wireshark does.
  const path = useRef<string[]>([])
  useEffect(() => {
    setChosen(packet === null ? null : detailBy(packet.details, path.current))
  }, [packet])
  const choose = (detail: Detail | null) => {
    path.current = detail === null || packet === null ? [] : (pathTo(packet.details, detail) ?? [])
    setChosen(detail)
    setSaid('')
  }

  /** The address follows what is seen. */
  const { selectedNumber } = session
  useEffect(() => {
    if (state.is !== 'open') return
    const [from, to] = boundsOf(session.window)
    const address = addressOf({ filter, from, to, packet: selectedNumber })
    if (placeOf(location).filter === filter) history.replaceState(null, '', location.pathname + address)
    else history.pushState(null, '', location.pathname + address)
  }, [filter, selectedNumber, state.is, session, session.window])
  useEffect(() => {
    const moved = () => {
      const place = placeOf(location)
      const window = windowOf(settings, place)
      if (boundsOf(window).join() !== boundsOf(session.window).join()) {
        session.window = window
        setText(place.filter)
        void session.reopen(place.filter, place.packet)
      } else if (place.filter !== session.filter) {
        setText(place.filter)
        void session.apply(place.filter)
      } else if (place.packet !== null && place.packet !== session.selectedNumber) void session.goTo(place.packet)
    }
    addEventListener('popstate', moved)
    return () => removeEventListener('popstate', moved)
  }, [session, settings])

  const apply = (wanted: string) => {
    setText(wanted)
    return session.apply(wanted)
  }
  const follow = (protocol?: string) => {
    const streams = session.packet?.streams ?? []
    const one = protocol === undefined ? streams.at(-1) : streams.find((stream) => stream.protocol === protocol)
    if (one) setOver({ follow: one })
  }
  const mark = () => {
    if (session.selectedNumber !== null) setMarks(withMark(settings.whole, marks, session.selectedNumber))
  }
  const annotate = () => {
    if (session.notedNumber !== null && settings.annotations !== null) setOver({ note: session.notedNumber })
  }
  const noted = (number: number, text: string | null) => {
    const next = new Map(notes)
    if (text === null) next.delete(number)
    else next.set(number, text)
    setNotes(next)
  }
  const toMark = (direction: 1 | -1) => {
    const number = markFrom(marks, session.selectedNumber ?? 0, direction)
    if (number !== null) void session.goTo(number)
  }
  const step = (by: number) => {
    void session.select(session.selected === null ? 0 : session.selected + by)
  }
  const findAgain = (direction: 1 | -1) => {
    if (findNext(session, finding, direction) === null) setIsFinding(true)
  }

  useEffect(() => {
    const keys = (event: KeyboardEvent) => {
      if (document.querySelector('dialog[open], [role=menu]')) return
      const { key, shiftKey, altKey } = event
      const ctrl = event.ctrlKey || event.metaKey
      const isTyping = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement
      if (ctrl && altKey && shiftKey && key.toLowerCase() === 't') follow('TCP')
      else if (ctrl && altKey && !shiftKey && key === 'c') annotate()
      else if (ctrl && !altKey && key === '/') input.current?.focus()
      else if (ctrl && !shiftKey && key === 'g') {
        setIsGoing(true)
        document.querySelector<HTMLElement>('form.find [inputmode=numeric]')?.focus() // where it is there already
      } else if (ctrl && !shiftKey && key === 'f') {
        setIsFinding(true)
        document.querySelector<HTMLElement>('form.find input.mono')?.focus()
      } else if (ctrl && !shiftKey && key === 'm') mark()
      else if (ctrl && shiftKey && key === 'ArrowDown') toMark(1)
      else if (ctrl && shiftKey && key === 'ArrowUp') toMark(-1)
      else if (key === 'F8' || (ctrl && key === '.') || (ctrl && !shiftKey && key === 'ArrowDown')) step(1)
      else if (key === 'F7' || (ctrl && key === ',') || (ctrl && !shiftKey && key === 'ArrowUp')) step(-1)
      else if (key === 'F3') findAgain(shiftKey ? -1 : 1)
      else if (key === 'F6') nextPane(shiftKey ? -1 : 1)
      else if (key === '?' && !isTyping) setOver('help')
      else return
      event.preventDefault()
    }
    addEventListener('keydown', keys)
    return () => removeEventListener('keydown', keys)
  })

  const deeds: Deeds = {
    apply: (wanted) => void apply(wanted),
    prepare(wanted) {
      setText(wanted)
      input.current?.focus()
    },
    follow: (one) => setOver({ follow: one }),
    mark,
    annotate,
    decode(port) {
      if (port === null) setSaid('This packet has no port.')
      else setOver({ decode: port })
    },
    async copy(what, words) {
      setSaid((await copy(words)) ? `Copied: ${what}` : 'The browser does not let this page copy: it takes https.')
    },
  }
  const openMenu = (event: MouseEvent, element: Element, label: string, items: Item[]) =>
    setMenu({ ...placeOfMenu(event, element), label, items })
  const isOpen = state.is === 'open'
  const tool = (label: string, act: () => void, isOff = !isOpen) => (
    <button type="button" class="quiet" disabled={isOff} onClick={act}>
      {label}
    </button>
  )
  return (
    <div
      class={isDropping ? 'viewer dropping' : 'viewer'}
      onDragOver={(event) => {
        if (!event.dataTransfer?.types.includes('Files')) return
        event.preventDefault()
        setIsDropping(true)
      }}
      onDragLeave={() => setIsDropping(false)}
      onDrop={(event) => {
        setIsDropping(false)
        const file = event.dataTransfer?.files[0]
        if (!file) return
        event.preventDefault()
        void session.addKeylog(file)
      }}
    >
      <FilterBar session={session} text={text} setText={setText} apply={apply} input={input} />
      <div class="tools bar" role="toolbar" aria-label="Tools">
        {tool('Go to…', () => setIsGoing(true))}
        {tool('Find…', () => setIsFinding(true))}
        {tool('Follow', () => follow(), !isOpen || !packet?.streams.length)}
        {tool('Conversations', () => setOver('conversations'))}
        {tool('Endpoints', () => setOver('endpoints'))}
        {tool('I/O graph', () => setOver('graph'))}
        {tool('Flow graph', () => setOver('flow'))}
        {tool('Telephony', () => setOver('telephony'))}
        {tool('Expert findings', () => apply('_ws.expert'))}
        {tool('Export objects', () => setOver('objects'))}
        {tool('Columns', () => setOver('columns'))}
        {tool('Profile', () => setOver('profile'), false)}
        {tool('Key log…', () => keylogFile.current?.click())}
        {tool('Keys', () => setOver('help'), false)}
        <input
          ref={keylogFile}
          class="hidden"
          type="file"
          tabIndex={-1}
          aria-label="TLS key log"
          onChange={(event) => {
            const file = event.currentTarget.files?.[0]
            event.currentTarget.value = ''
            if (file) void session.addKeylog(file)
          }}
        />
      </div>
      {isGoing && <GoTo session={session} close={() => setIsGoing(false)} />}
      {isFinding && (
        <FindBar session={session} finding={finding} setFinding={setFinding} close={() => setIsFinding(false)} />
      )}
      <WindowBar session={session} />
      <div class="notices" role="status">
        {session.notices.map((notice) => (
          <p key={notice.text} class={notice.tone}>
            {notice.text}
            <button
              type="button"
              class="quiet"
              aria-label={`Dismiss: ${notice.text}`}
              onClick={() => session.dismiss(notice)}
            >
              ✕
            </button>
          </p>
        ))}
        {state.is === 'open' && state.opened.damage !== null && (
          <p class="failed">
            Wireshark read {grouped(state.opened.packets)} packets, then stopped: {state.opened.damage}
          </p>
        )}
      </div>
      {state.is === 'opening' && <Opening session={session} progress={state.progress} />}
      {state.is === 'failed' && (
        <div class="waiting" role="alert">
          <h2>The packets cannot be shown</h2>
          <p class="prose">{state.error.message}</p>
          <p class="prose">
            {state.canRetry && (
              <button
                type="button"
                class="quiet"
                onClick={() => void session.reopen(placeOf(location).filter, placeOf(location).packet)}
              >
                Try again
              </button>
            )}{' '}
            <a href={settings.whole} download>
              Download it
            </a>{' '}
            to look at it in Wireshark.
          </p>
        </div>
      )}
      {isOpen && (
        <Panes
          list={
            session.matched === 0 ? (
              <div class="pane waiting">
                <p>{filter === '' ? 'There are no packets here.' : 'No packet passes this filter.'}</p>
              </div>
            ) : (
              <PacketList
                session={session}
                marks={marks}
                notes={notes}
                onMenu={(event, element) => {
                  const row = session.selectedRow
                  if (row === undefined) return
                  const number = session.numberOf(row)
                  const its = { isMarked: marks.has(number), isNoted: notes.has(session.notedNumberOf(row)) }
                  openMenu(event, element, `Packet ${number}`, packetItems(session, row, its, deeds))
                }}
                onHeadMenu={(event, column, element) =>
                  openMenu(event, element, column.title, columnItems(session, column))
                }
              />
            )
          }
          details={
            packet === null ? (
              <div class="pane" />
            ) : (
              <div class="details">
                <Remarks
                  comments={packet.comments}
                  note={session.notedNumber === null ? undefined : notes.get(session.notedNumber)}
                  around={commentsAround(settings.comments, packet.details, session.isPart)}
                />
                <Details
                  packet={packet}
                  isPart={session.isPart}
                  chosen={chosen}
                  choose={choose}
                  goTo={(number) => void session.goToOwn(number)}
                  onMenu={(event, detail, element) =>
                    openMenu(event, element, detail.label.slice(0, 60), detailItems(session, detail, deeds))
                  }
                />
              </div>
            )
          }
          bytes={
            packet === null ? (
              <div class="pane" />
            ) : (
              <Bytes
                packet={packet}
                chosen={chosen}
                choose={choose}
                onMenu={(event, element) => openMenu(event, element, 'Bytes', bytesItems(session, chosen, deeds))}
              />
            )
          }
        />
      )}
      <div class="status-line">
        <span>
          {chosen === null || fieldOf(chosen) === ''
            ? ''
            : `${fieldOf(chosen)}${chosen.length > 0 ? `, ${chosen.length} byte${chosen.length === 1 ? '' : 's'}` : ''}`}
        </span>
        <span role="status">{said}</span>
        <span class="fill" />
        {session.work && performance.now() - session.work.since > 200 && <Busy session={session} />}
        {state.is === 'open' && (
          <span>
            {grouped(state.opened.packets)} packets
            {filter === ''
              ? ''
              : ` · ${grouped(session.matched)} shown (${((100 * session.matched) / Math.max(1, state.opened.packets)).toFixed(1)} %)`}
            {marks.size > 0 ? ` · ${grouped(marks.size)} marked` : ''}
            {settings.hasMoreNotes ? ' · not all notes are shown' : ''}
          </span>
        )}
      </div>
      {(over === 'columns' || over === 'profile' || isDecode(over)) && (
        <ProfileDialog
          session={session}
          close={() => setOver(null)}
          first={over === 'columns' ? 'columns' : isDecode(over) ? 'decodeAs' : 'colours'}
          decode={isDecode(over) ? over.decode : undefined}
        />
      )}
      {over === 'help' && <Help close={() => setOver(null)} />}
      {(over === 'conversations' || over === 'endpoints') && (
        <Tables session={session} kind={over} close={() => setOver(null)} apply={apply} />
      )}
      {over === 'objects' && (
        <Objects session={session} close={() => setOver(null)} goTo={(number) => void session.goToOwn(number)} />
      )}
      {over === 'graph' && <IoGraph session={session} close={() => setOver(null)} />}
      {over === 'flow' && <FlowGraph session={session} close={() => setOver(null)} />}
      {over === 'telephony' && <TelephonyDialog session={session} close={() => setOver(null)} apply={apply} />}
      {over !== null && typeof over === 'object' && 'note' in over && settings.annotations !== null && (
        <NoteDialog
          annotations={settings.annotations}
          packet={over.note}
          noted={(text) => noted(over.note, text)}
          close={() => setOver(null)}
        />
      )}
      {over !== null && typeof over === 'object' && 'follow' in over && (
        <Follow
          session={session}
          followed={over.follow}
          close={() => setOver(null)}
          apply={apply}
          goTo={(number) => void session.goToOwn(number)}
        />
      )}
      {menu && <Menu at={menu} close={() => setMenu(null)} />}
    </div>
  )
}

const isDecode = (over: Over): over is { decode: DecodeAs } =>
  over !== null && typeof over === 'object' && 'decode' in over

function nextPane(direction: 1 | -1): void {
  const panes = ['packets', 'details', 'bytes'].map((id) => document.getElementById(id)).filter((one) => one !== null)
  const now = panes.indexOf(document.activeElement as HTMLElement)
  panes.at((now + direction + panes.length) % panes.length)?.focus()
}

/** Names of the fields from the top of the tree to a line. */
function pathTo(details: Detail[], wanted: Detail): string[] | null {
  for (const detail of details) {
    if (detail === wanted) return [fieldOf(detail)]
    const below = pathTo(detail.children, wanted)
    if (below !== null) return [fieldOf(detail), ...below]
  }
  return null
}

function detailBy(details: Detail[], [first, ...rest]: string[]): Detail | null {
  if (first === undefined) return null
  for (const detail of details) {
    if (fieldOf(detail) !== first) continue
    const found = rest.length === 0 ? detail : detailBy(detail.children, rest)
    if (found !== null) return found
  }
  return null
}
