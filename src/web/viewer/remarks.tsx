// SPDX-License-Identifier: GPL-2.0-or-later
/** What was said about a packet: a note of the capture's owner, and comments that the file has on it, on its interface, on its section. */
import type { Detail } from './engine.ts'
import { firstOf } from './fields.ts'
import type { FileComment } from './settings.ts'

interface Props {
  note: string | undefined
  /** Those on the packet. */
  comments: string[]
  /** Those on what it is in. */
  around: FileComment[]
}

export function Remarks({ note, comments, around }: Props) {
  if (note === undefined && comments.length === 0 && around.length === 0) return null
  return (
    <div class="remarks" role="region" aria-label="Notes and comments">
      {note !== undefined && (
        <p class="note">
          <b>Note</b> {note}
        </p>
      )}
      {comments.map((comment, i) => (
        <p key={i}>
          <b>Comment in the file</b> {comment}
        </p>
      ))}
      {around.map(({ section, interface: on, text }, i) => (
        <p key={i} class="around">
          <b>Comment on {on === null ? `section ${section}` : `interface ${on.name === '' ? on.id : on.name}`}</b>{' '}
          {text}
        </p>
      ))}
    </div>
  )
}

/** Comments on what a packet is in. In a part of a capture, sections and interfaces are counted otherwise: there all are. */
export function commentsAround(all: FileComment[], details: Detail[], isPart: boolean): FileComment[] {
  if (all.length === 0 || isPart) return all
  const frame = details.find(({ filter }) => filter === 'frame')?.children ?? []
  const section = Number(firstOf(frame, 'frame.section_number') ?? 1)
  const id = firstOf(frame, 'frame.interface_id')
  return all.filter(({ section: of, interface: on }) => of === section && (on === null || String(on.id) === id))
}
