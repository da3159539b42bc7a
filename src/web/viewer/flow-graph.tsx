// SPDX-License-Identifier: GPL-2.0-or-later
/** Who sent what to whom, one after the other, of the packets that are shown. */
import { useState } from 'preact/hooks'
import { Dialog } from './dialog.tsx'
import { EngineError, type Row } from './engine.ts'
import { ANY_COLUMNS, type Arrow, addressesOf, anyArrow, TCP_COLUMNS, TCP_FILTER, tcpArrow } from './flow.ts'
import { Ladder } from './ladder.tsx'
import { LadderTools, stemOf } from './ladder-tools.tsx'
import { NotRead, type ReadingProgress, readRows, useReading } from './reading.tsx'
import type { Session } from './session.ts'

/** Packets of which arrows are drawn, at most. */
const MOST = 2000

type Kind = 'any' | 'tcp'

interface Flow {
  arrows: Arrow[]
  /** Packets that it is of, those that are not drawn, too. */
  matched: number
}

async function flowOf(
  session: Session,
  kind: Kind,
  signal: AbortSignal,
  told: (progress: ReadingProgress) => void,
): Promise<Flow> {
  const arrows: Arrow[] = []
  const take = (rows: Row[], arrowOf: (row: Row) => Arrow | null) => {
    for (const row of rows) {
      const arrow = arrowOf(row)
      if (arrow !== null) arrows.push(arrow)
    }
  }
  const { filter } = session
  if (kind === 'tcp') {
    const matched = await readRows(session, {
      columns: TCP_COLUMNS.map((column, i) => (i === 0 ? (timeOf(session) ?? column) : column)),
      filter: session.joined(TCP_FILTER),
      most: MOST,
      signal,
      told,
      take: (rows) => take(rows, (row) => tcpArrow(session.numberOf(row), row.cells, row.colours)),
    })
    return { arrows, matched }
  }
  const found = await session.attempt('the flow graph', (engine) => engine.frames(filter, 0, MOST))
  if (found === null) throw new EngineError('asked', 'The packets could not be read.')
  const places = ANY_COLUMNS.map(({ id }) => session.columns.filled.findIndex((column) => column.id === id))
  take(found.rows, (row) =>
    anyArrow(
      session.numberOf(row),
      places.map((at) => row.cells[at] ?? ''),
      row.colours,
    ),
  )
  return { arrows, matched: found.matched }
}

/** As the packet list has it. */
const timeOf = ({ columns }: Session) => columns.filled.find(({ id }) => id === 'time')

export function FlowGraph({ session, close }: { session: Session; close(): void }) {
  const [kind, setKind] = useState<Kind>('any')
  const [chosen, setChosen] = useState(-1)
  const { reading, cancel, again } = useReading(kind, (signal, told) => flowOf(session, kind, signal, told))
  const flow = reading.is === 'read' ? reading.value : null
  const one = flow?.arrows[chosen]
  const goTo = (arrow: Arrow | undefined) => {
    if (arrow) void session.goTo(arrow.number)
  }
  const leave = (arrow: Arrow | undefined) => {
    close()
    goTo(arrow)
  }
  return (
    <Dialog title={session.isPart ? 'Flow graph of this window' : 'Flow graph'} close={close} isWide>
      <div class="tools">
        <label>
          Of{' '}
          <select
            value={kind}
            onChange={(event) => {
              setChosen(-1)
              setKind(event.currentTarget.value as Kind)
            }}
          >
            <option value="any">all packets</option>
            <option value="tcp">TCP: flags and numbers</option>
          </select>
        </label>
        <span class="soft" role="status">
          {flow === null ? '' : said(session, kind, flow)}
        </span>
        <LadderTools
          arrows={flow?.arrows ?? []}
          name={`${stemOf(session.settings.filename)}-flow`}
          go={one ? () => leave(one) : null}
        />
      </div>
      {reading.is !== 'read' ? (
        <NotRead reading={reading} cancel={cancel} again={again} />
      ) : reading.value.arrows.length === 0 ? (
        <p class="waiting">
          {kind === 'tcp' ? 'There is no TCP in what is shown.' : 'No packet that is shown is between two addresses.'}
        </p>
      ) : (
        <Ladder
          label="Flow graph"
          arrows={reading.value.arrows}
          chosen={chosen}
          choose={setChosen}
          show={(index) => goTo(reading.value.arrows[index])}
          use={(index) => leave(reading.value.arrows[index])}
        />
      )}
    </Dialog>
  )
}

function said(session: Session, kind: Kind, { arrows, matched }: Flow): string {
  const packets = `${matched.toLocaleString('en')} ${kind === 'tcp' ? 'TCP ' : ''}packet${matched === 1 ? '' : 's'}`
  const shown = session.filter === '' ? '' : ' that the filter shows'
  const count = addressesOf(arrows).length
  const between = `${count.toLocaleString('en')} address${count === 1 ? '' : 'es'}`
  return matched > MOST
    ? `The first ${MOST.toLocaleString('en')} of ${packets}${shown}, between ${between}: a filter shows others`
    : `${packets}${shown}, between ${between}`
}
