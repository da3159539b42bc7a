// SPDX-License-Identifier: GPL-2.0-or-later
/** Finding text in the Info column, row by row: the engine fills no column while it filters, so no filter sees one. */
import type { Engine } from './engine.ts'
import type { Session } from './session.ts'

/** Rows that are looked at in turn. */
const LOT = 1000

/** Select the next row, or the one before, that has the text in its Info, going around. @returns whether there is one */
export async function findInInfo(session: Session, text: string, direction: 1 | -1): Promise<boolean> {
  const at = session.columns.filled.findIndex(({ id }) => id === 'info')
  const { filter, matched, selected } = session
  const wanted = text.toLowerCase()
  const found = await session.attempt(`finding ${text}`, async (engine: Engine) => {
    for (let done = 0, next = (selected ?? -direction) + direction; done < matched; ) {
      const start = ((next % matched) + matched) % matched
      const most = Math.min(LOT, matched - done, direction === 1 ? matched - start : start + 1)
      const first = direction === 1 ? start : start + 1 - most
      const { rows } = await engine.frames(filter, first, most)
      const hits = rows.map(({ cells }) => (cells[at] ?? '').toLowerCase().includes(wanted))
      const hit = direction === 1 ? hits.indexOf(true) : hits.lastIndexOf(true)
      if (hit >= 0) return { row: first + hit }
      done += most
      next = start + direction * most
    }
    return null
  })
  if (found === null || session.filter !== filter) return false
  await session.select(found.row)
  return true
}
