// SPDX-License-Identifier: GPL-2.0-or-later
/** A stream as its two ends saw it: what each sent, in turn; searched, saved. */
import { useEffect, useMemo, useState } from 'preact/hooks'
import { Dialog } from './dialog.tsx'
import type { Stream } from './engine.ts'
import { filterOfPlace, neighbourOf, placeOfStream } from './neighbour.ts'
import { hexOf, letterOf, save } from './saving.ts'
import type { Session } from './session.ts'
import { headerLinesOf } from './substreams.ts'

export interface Followed {
  protocol: string
  filter: string
}

type Form = 'text' | 'hex' | 'raw'
type Side = 'both' | 'client' | 'server'

/** Bytes that are shown and searched, and the pieces that they may be in. All are saved. */
const MOST_SHOWN = 500_000
const MOST_PIECES = 5000

/** Places that are found. */
const MOST_HITS = 2000

interface Props {
  session: Session
  followed: Followed
  close(): void
  /** Show the packets of the stream in the list. */
  apply(filter: string): void
  goTo(number: number): void
}

const sideOf = (fromServer: boolean): Side => (fromServer ? 'server' : 'client')

/** As Wireshark has it: text with what is no letter as a dot. */
export function textOf(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes)
    text +=
      byte === 10 || byte === 13 || byte === 9
        ? String.fromCharCode(byte)
        : byte === 0x20
          ? ' '
          : letterOf(byte).replace('·', '.')
  return text.replaceAll('\r\n', '\n')
}

function hexDumpOf(bytes: Uint8Array, from: number): string {
  const lines: string[] = []
  for (let at = 0; at < bytes.length; at += 16) {
    const part = bytes.subarray(at, at + 16)
    const letters = Array.from(part, (byte) => letterOf(byte).replace('·', '.')).join('')
    lines.push(
      `${(from + at).toString(16).padStart(8, '0')}  ${hexOf(part.subarray(0, 8), ' ').padEnd(23)}  ${hexOf(part.subarray(8), ' ').padEnd(23)}  ${letters}`,
    )
  }
  return `${lines.join('\n')}\n`
}

export function Follow({ session, followed: asked, close, apply, goTo }: Props) {
  const [followed, setFollowed] = useState(asked)
  const [said, setSaid] = useState('')
  const [stream, setStream] = useState<Stream | null>(null)
  const [form, setForm] = useState<Form>('text')
  const [side, setSide] = useState<Side>('both')
  const [sought, setSought] = useState('')
  const [hit, setHit] = useState(0)

  useEffect(() => {
    let isOld = false
    void session
      .attempt(`following ${followed.protocol}`, (engine) => engine.follow(followed.protocol, followed.filter))
      .then((found) => {
        if (isOld) return
        if (found === null) close()
        else setStream(found)
      })
    return () => {
      isOld = true
    }
  }, [followed.protocol, followed.filter])

  const place = placeOfStream(followed.filter)
  const step = async (direction: 1 | -1, isInside: boolean) => {
    if (place === null || stream === null) return
    const next = await session.attempt('finding the next stream', async (engine) => ({
      place: await neighbourOf(engine, followed.protocol, place, direction, isInside),
    }))
    if (next === null) return
    if (next.place === null)
      return setSaid(direction === 1 ? 'This is the last one here.' : 'This is the first one here.')
    setSaid('')
    setStream(null)
    setSide('both')
    setFollowed({ protocol: followed.protocol, filter: filterOfPlace(next.place) })
  }

  const shown = useMemo(() => {
    const at = { client: 0, server: 0, both: 0 }
    let left = MOST_SHOWN
    let pieceCount = MOST_PIECES
    let cut = 0
    const pieces = (stream?.pieces ?? [])
      .filter(({ fromServer }) => side === 'both' || side === sideOf(fromServer))
      .flatMap(({ number, fromServer, bytes }) => {
        const from = at[sideOf(fromServer)]
        at[sideOf(fromServer)] += bytes.length
        cut += Math.max(0, bytes.length - left)
        const part = bytes.subarray(0, Math.max(0, left))
        left = --pieceCount < 1 ? 0 : left - part.length
        if (part.length === 0) return []
        const text = {
          text: () => (followed.protocol === 'HTTP2' && headerLinesOf(part)) || textOf(part),
          hex: () => hexDumpOf(part, from),
          raw: () => `${hexOf(part)}\n`,
        }[form]()
        return [{ number, fromServer, text }]
      })
    return { pieces, cut }
  }, [stream, side, form])

  const hits = useMemo(() => {
    if (sought === '') return []
    const wanted = sought.toLowerCase()
    const found: Hit[] = []
    for (const [piece, { text }] of shown.pieces.entries()) {
      const low = text.toLowerCase()
      for (let at = low.indexOf(wanted); at >= 0; at = low.indexOf(wanted, at + wanted.length)) {
        if (found.length === MOST_HITS) return found
        found.push({ piece, at })
      }
    }
    return found
  }, [shown, sought])
  const hitsOf = useMemo(() => Map.groupBy(hits, ({ piece }) => piece), [hits])
  const now = hits.length === 0 ? null : hits[((hit % hits.length) + hits.length) % hits.length]
  useEffect(() => {
    document.getElementById('stream-hit')?.scrollIntoView({ block: 'center' })
  }, [now])

  const total = (which: boolean) =>
    (stream?.pieces ?? [])
      .filter(({ fromServer }) => fromServer === which)
      .reduce((sum, { bytes }) => sum + bytes.length, 0)
      .toLocaleString('en')
  const end = ({ host, port }: { host: string; port: string }) =>
    port === '' ? host : host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
  return (
    <Dialog title={`Follow ${followed.protocol} stream`} close={close} isWide>
      {place !== null && (
        <div class="tools">
          <Steps field={place.field} number={place.number} step={(direction) => step(direction, false)} />
          {place.inside && <Steps {...place.inside} step={(direction) => step(direction, true)} />}
          <span class="soft" role="status">
            {said}
          </span>
        </div>
      )}
      {stream === null ? (
        <p class="waiting">
          Putting the stream together…{' '}
          <button type="button" class="quiet" onClick={() => void session.cancel()}>
            Cancel
          </button>
        </p>
      ) : (
        <>
          <div class="tools">
            <label>
              Show{' '}
              <select value={side} onChange={(event) => setSide(event.currentTarget.value as Side)}>
                <option value="both">Both sides</option>
                <option value="client">
                  {end(stream.client)} → {end(stream.server)} ({total(false)} bytes)
                </option>
                <option value="server">
                  {end(stream.server)} → {end(stream.client)} ({total(true)} bytes)
                </option>
              </select>
            </label>
            <label>
              as{' '}
              <select value={form} onChange={(event) => setForm(event.currentTarget.value as Form)}>
                <option value="text">ASCII</option>
                <option value="hex">Hex dump</option>
                <option value="raw">Raw</option>
              </select>
            </label>
            <label>
              Find{' '}
              <input
                type="search"
                value={sought}
                onInput={(event) => {
                  setSought(event.currentTarget.value)
                  setHit(0)
                }}
                onKeyDown={(event) => {
                  if (event.key === 'Enter') setHit(hit + (event.shiftKey ? -1 : 1))
                }}
              />
            </label>
            <span class="soft" role="status">
              {sought === ''
                ? ''
                : hits.length === 0
                  ? 'not found'
                  : `${(((hit % hits.length) + hits.length) % hits.length) + 1} of ${hits.length === MOST_HITS ? `the first ${MOST_HITS.toLocaleString('en')}` : hits.length}`}
            </span>
            <span class="fill" />
            <button
              type="button"
              class="quiet"
              onClick={() =>
                save(
                  `${followed.protocol.toLowerCase()}-stream${side === 'both' ? '' : `-${side}`}.bin`,
                  stream.pieces
                    .filter(({ fromServer }) => side === 'both' || side === sideOf(fromServer))
                    .map(({ bytes }) => bytes),
                )
              }
            >
              Save bytes
            </button>
            <button
              type="button"
              class="quiet"
              onClick={() => {
                apply(followed.filter)
                close()
              }}
            >
              Show its packets
            </button>
          </div>
          {stream.pieces.length === 0 && <p class="waiting">Neither side sent any bytes in what is open here.</p>}
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it is scrolled by keys */}
          <div class="stream" tabIndex={0} role="region" aria-label="Stream">
            {shown.pieces.map(({ number, fromServer, text }, i) => (
              <div key={i} class={fromServer ? 'from-server' : 'from-client'}>
                <button
                  type="button"
                  class="piece"
                  title={`To the packet in which this ended`}
                  onClick={() => {
                    close()
                    goTo(number)
                  }}
                >
                  {fromServer ? '◂ server' : '▸ client'}
                </button>
                <pre>{marked(text, hitsOf.get(i) ?? [], now, sought.length)}</pre>
              </div>
            ))}
          </div>
          {shown.cut > 0 && (
            <p class="soft">
              {shown.cut.toLocaleString('en')} more bytes are neither shown nor searched; they are saved with the
              others.
            </p>
          )}
        </>
      )}
    </Dialog>
  )
}

const NAMES: Record<string, string> = {
  'tcp.stream': 'TCP stream',
  'udp.stream': 'UDP stream',
  'http2.streamid': 'HTTP/2 stream',
  'quic.connection.number': 'QUIC connection',
  'quic.stream.stream_id': 'QUIC stream',
}

/** The number of a stream, and the ways to the ones beside it. */
function Steps({ field, number, step }: { field: string; number: number; step(direction: 1 | -1): void }) {
  const name = NAMES[field] ?? 'Stream'
  return (
    <span class="beside" role="group" aria-label={name}>
      {name} {number}{' '}
      <button type="button" class="quiet" aria-label={`${name}: the one before`} onClick={() => step(-1)}>
        ◂
      </button>
      <button type="button" class="quiet" aria-label={`${name}: the next`} onClick={() => step(1)}>
        ▸
      </button>
    </span>
  )
}

interface Hit {
  piece: number
  at: number
}

function marked(text: string, here: Hit[], now: Hit | null | undefined, length: number) {
  if (here.length === 0) return text
  const parts = []
  let from = 0
  for (const hit of here) {
    parts.push(text.slice(from, hit.at))
    parts.push(
      <mark key={hit.at} id={hit === now ? 'stream-hit' : undefined}>
        {text.slice(hit.at, hit.at + length)}
      </mark>,
    )
    from = hit.at + length
  }
  return [...parts, text.slice(from)]
}
