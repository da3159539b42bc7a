// SPDX-License-Identifier: GPL-2.0-or-later
/** Conversations and endpoints as the engine counts them in what is open: sorted, narrowed, turned into filters. */
import { useEffect, useMemo, useState } from 'preact/hooks'
import type { GridColumn } from './chosen-grid.tsx'
import type { Value } from './csv.ts'
import { Dialog } from './dialog.tsx'
import { grouped } from './figures.ts'
import { type Figure, Listing } from './listing.tsx'
import type { Session } from './session.ts'

export type Kind = 'conversations' | 'endpoints'

/** Names of the engine's tables. */
const TABLES = ['Ethernet', 'IPv4', 'IPv6', 'TCP', 'UDP', 'SCTP', '802.11', 'Bluetooth', 'USB', 'ZigBee'] as const
const WIRE: Record<string, string> = {
  Ethernet: 'eth',
  '802.11': 'wlan',
  IPv4: 'ip',
  IPv6: 'ipv6',
  TCP: 'tcp',
  UDP: 'udp',
  SCTP: 'sctp',
  Bluetooth: 'bluetooth',
  USB: 'usb',
  ZigBee: 'zbee_nwk',
}

interface Line {
  values: Value[]
  filter: string
}

interface Table {
  figures: Figure<Line>[]
  lines: Line[]
}

interface Props {
  session: Session
  kind: Kind
  close(): void
  apply(filter: string): void
}

const NONE: Table = { figures: [], lines: [] }

/** How a figure is shown; `undefined`: grouped. */
const shownAs = (title: string) =>
  title.endsWith(', s') ? (value: number) => value.toFixed(6) : title.startsWith('Port') ? String : undefined

const figuresOf = (columns: GridColumn[]): Figure<Line>[] =>
  columns.map((column, i) => {
    const shown = shownAs(column.title)
    return { ...column, of: ({ values }) => values[i] ?? '', ...(shown && { shown }) }
  })

async function tableOf(session: Session, kind: Kind, table: string): Promise<Table | null> {
  const hasPorts = ['TCP', 'UDP', 'SCTP'].includes(table)
  const port = hasPorts ? [{ title: 'Port', width: 72 }] : []
  if (kind === 'endpoints') {
    const found = await session.attempt(`the table of ${table} endpoints`, (engine) => engine.endpoints(table))
    return (
      found && {
        figures: figuresOf([
          { title: 'Address', width: 280, isText: true },
          ...port,
          ...['Packets', 'Bytes', 'Sent packets', 'Sent bytes', 'Received packets', 'Received bytes'].map((title) => ({
            title,
            width: 130,
          })),
        ]),
        lines: found.map((one) => ({
          filter: one.filter,
          values: [
            one.host,
            ...(hasPorts ? [Number(one.port)] : []),
            one.sentPackets + one.receivedPackets,
            one.sentBytes + one.receivedBytes,
            one.sentPackets,
            one.sentBytes,
            one.receivedPackets,
            one.receivedBytes,
          ],
        })),
      }
    )
  }
  const found = await session.attempt(`the table of ${table} conversations`, (engine) => engine.conversations(table))
  return (
    found && {
      figures: figuresOf([
        { title: 'Address A', width: 220, isText: true },
        ...port.map((column) => ({ ...column, title: 'Port A' })),
        { title: 'Address B', width: 220, isText: true },
        ...port.map((column) => ({ ...column, title: 'Port B' })),
        ...['Packets', 'Bytes', 'Packets A→B', 'Bytes A→B', 'Packets B→A', 'Bytes B→A', 'Start, s', 'Duration, s'].map(
          (title) => ({ title, width: 116 }),
        ),
      ]),
      lines: found.map((one) => ({
        filter: one.filter,
        values: [
          one.a,
          ...(hasPorts ? [Number(one.aPort)] : []),
          one.b,
          ...(hasPorts ? [Number(one.bPort)] : []),
          one.packetsAB + one.packetsBA,
          one.bytesAB + one.bytesBA,
          one.packetsAB,
          one.bytesAB,
          one.packetsBA,
          one.bytesBA,
          one.start,
          one.duration,
        ],
      })),
    }
  )
}

export function Tables({ session, kind, close, apply }: Props) {
  const [table, setTable] = useState<string | null>(null)
  const [found, setFound] = useState<Table | null>(null)
  const [narrow, setNarrow] = useState('')
  const name = kind === 'endpoints' ? 'Endpoints' : 'Conversations'

  useEffect(() => {
    void (async () => {
      const { engine } = session
      for (const one of ['TCP', 'UDP', 'IPv4', 'IPv6', 'Ethernet']) {
        const { matched } = await engine.frames(WIRE[one] ?? '', 0, 1).catch(() => ({ matched: 0 }))
        if (matched > 0) return setTable(one)
      }
      setTable('Ethernet')
    })()
  }, [])
  useEffect(() => {
    if (table === null) return
    let isOld = false
    setFound(null)
    void tableOf(session, kind, table).then((one) => {
      if (!isOld) setFound(one ?? NONE)
    })
    return () => {
      isOld = true
    }
  }, [table, kind])

  const { figures, lines } = found ?? NONE
  const some = useMemo(() => {
    const wanted = narrow.trim().toLowerCase()
    return wanted === ''
      ? lines
      : lines.filter(({ values }) => values.some((value) => String(value).toLowerCase().includes(wanted)))
  }, [lines, narrow])
  const use = ({ filter }: Line) => {
    apply(filter)
    close()
  }
  return (
    <Dialog title={session.isPart ? `${name} in this window` : name} close={close} isWide>
      <Listing
        label={name}
        figures={figures}
        all={some}
        name={`${name.toLowerCase()}-${table}`}
        none={found !== null && lines.length === 0 ? `There is no ${table} in what is open here.` : null}
        deeds={[{ label: 'Show its packets', act: use }]}
      >
        <label>
          Of{' '}
          <select value={table ?? ''} onChange={(event) => setTable(event.currentTarget.value)}>
            {TABLES.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </label>
        <label>
          Narrow down <input type="search" value={narrow} onInput={(event) => setNarrow(event.currentTarget.value)} />
        </label>
        <span class="soft" role="status">
          {found === null ? 'Counting…' : `${grouped(some.length)} of ${grouped(lines.length)}`}
        </span>
      </Listing>
    </Dialog>
  )
}
