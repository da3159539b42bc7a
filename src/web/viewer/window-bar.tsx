// SPDX-License-Identifier: GPL-2.0-or-later
/** Which part of a large capture is open, and the ways to others. */
import { conversationOf } from './conversation.ts'
import { grouped } from './figures.ts'
import type { Session } from './session.ts'
import { windowSize } from './window.ts'

export function WindowBar({ session }: { session: Session }) {
  const { window, settings } = session
  if (window === null) return null
  if (!('from' in window))
    return (
      <div class="window-bar">
        <span>
          Packets {window.fromTime === null ? '' : `from ${window.fromTime} `}
          {window.toTime === null ? '' : `before ${window.toTime}`}
        </span>
        <OpenConversation session={session} />
      </div>
    )
  const size = window.to - window.from + 1
  const last = settings.packets ?? Number.POSITIVE_INFINITY
  const open = (from: number, wide = size) =>
    void session.openWindow({ from: Math.max(1, from), to: Math.max(1, from) + wide - 1 })
  const sizes = [
    ...new Set([windowSize(settings) / 4, windowSize(settings), windowSize(settings) * 4, size].map(Math.round)),
  ].sort((a, b) => a - b)
  return (
    <nav class="window-bar" aria-label="Windows">
      <button type="button" class="quiet" disabled={window.from <= 1} onClick={() => open(1)}>
        First
      </button>
      <button type="button" class="quiet" disabled={window.from <= 1} onClick={() => open(window.from - size)}>
        Previous
      </button>
      <span>
        Packets {grouped(window.from)} to {grouped(Math.min(window.to, last))}
        {settings.packets === null ? '' : ` of ${grouped(settings.packets)}`}. Filters, streams and tables see these
        alone.
      </span>
      <button type="button" class="quiet" disabled={window.to >= last} onClick={() => open(window.to + 1)}>
        Next
      </button>
      <label>
        Packets at once{' '}
        <select value={size} onChange={(event) => open(window.from, Number(event.currentTarget.value))}>
          {sizes.map((one) => (
            <option key={one} value={one}>
              {grouped(one)}
            </option>
          ))}
        </select>
      </label>
      <OpenConversation session={session} />
    </nav>
  )
}

/** All packets of the selected one's conversation, wherever in the capture they stand. */
function OpenConversation({ session: { settings, packet } }: { session: Session }) {
  const { conversations } = settings
  if (conversations === null) return null
  const conversation = packet && conversationOf(packet)
  return (
    <form method="post" action={conversations}>
      <button
        type="submit"
        class="quiet"
        name="conversation"
        value={conversation ?? ''}
        disabled={conversation === null}
        title="All packets of the selected packet’s conversation, from its first, cut out as a capture of yours for some days"
      >
        Open this conversation
      </button>
    </form>
  )
}
