// SPDX-License-Identifier: GPL-2.0-or-later
/** What can be done with a ladder diagram: going to a packet, keeping it as a file. */
import type { Arrow } from './flow.ts'
import { flowSvg } from './flow-svg.ts'
import { flowText } from './flow-text.ts'
import { save } from './saving.ts'

interface Props {
  arrows: readonly Arrow[]
  /** Of files, without what they end in. */
  name: string
  /** `null`: no arrow is chosen. */
  go: (() => void) | null
}

export function LadderTools({ arrows, name, go }: Props) {
  const tool = (label: string, act: () => void, isOff = arrows.length === 0) => (
    <button type="button" class="quiet" disabled={isOff} onClick={act}>
      {label}
    </button>
  )
  return (
    <>
      <span class="fill" />
      {tool('Go to its packet', () => go?.(), go === null)}
      {tool('Save text', () => save(`${name}.txt`, [flowText(arrows)]))}
      {tool('Save SVG', () => save(`${name}.svg`, [flowSvg(arrows)]))}
    </>
  )
}

/** How files of a capture begin. */
export const stemOf = (filename: string): string => filename.replace(/\.[^.]*$/, '')
