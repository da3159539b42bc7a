// SPDX-License-Identifier: GPL-2.0-or-later
/** Conversations and endpoints as the engine counts them in what is open: sorted, narrowed, turned into filters. */
import { useEffect, useMemo, useState } from 'preact/hooks'
import { ChosenGrid, type GridColumn } from './chosen-grid.tsx'
import { csvOf, type Value } from './csv.ts'
import { Dialog } from './dialog.tsx'
import { save } from './saving.ts'
import type { Session } from './session.ts'
import { useSorting } from './sorting.tsx'

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

interface Props {
  session: Session
  kind: Kind
  close(): void
  apply(filter: string): void
}

const NONE: GridColumn[] = []

const seconds = (value: number) => value.toFixed(6)

async function linesOf(
  session: Session,
  kind: Kind,
  table: string,
): Promise<{ columns: GridColumn[]; lines: Line[] } | null> {
  const hasPorts = ['TCP', 'UDP', 'SCTP'].includes(table)
  const port = hasPorts ? [{ title: 'Port', width: 72 }] : []
  if (kind === 'endpoints') {
    const found = await session.attempt(`the table of ${table} endpoints`, (engine) => engine.endpoints(table))
    return (
      found && {
        columns: [
          { title: 'Address', width: 280, isText: true },
          ...port,
          ...['Packets', 'Bytes', 'Sent packets', 'Sent bytes', 'Received packets', 'Received bytes'].map((title) => ({
            title,
            width: 130,
          })),
        ],
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
      columns: [
        { title: 'Address A', width: 220, isText: true },
        ...port.map((column) => ({ ...column, title: 'Port A' })),
        { title: 'Address B', width: 220, isText: true },
        ...port.map((column) => ({ ...column, title: 'Port B' })),
        ...['Packets', 'Bytes', 'Packets A→B', 'Bytes A→B', 'Packets B→A', 'Bytes B→A', 'Start, s', 'Duration, s'].map(
          (title) => ({ title, width: 116 }),
        ),
      ],
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
  const [found, setFound] = useState<{ columns: GridColumn[]; lines: Line[] } | null>(null)
  const [narrow, setNarrow] = useState('')
  const [chosen, setChosen] = useState<Line | null>(null)
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
    setChosen(null)
    void linesOf(session, kind, table).then((lines) => {
      if (isOld) return
      setFound(lines ?? { columns: [], lines: [] })
    })
    return () => {
      isOld = true
    }
  }, [table, kind])

  const some = useMemo(() => {
    if (found === null) return []
    const wanted = narrow.trim().toLowerCase()
    return wanted === ''
      ? found.lines
      : found.lines.filter(({ values }) => values.some((value) => String(value).toLowerCase().includes(wanted)))
  }, [found, narrow])
  const columns = found?.columns ?? NONE
  const { sorted: lines, head } = useSorting(some, columns)
  const shown = (value: Value, i: number) =>
    typeof value === 'string'
      ? value
      : columns[i]?.title.endsWith(', s')
        ? seconds(value)
        : columns[i]?.title.startsWith('Port')
          ? String(value)
          : value.toLocaleString('en')
  const at = chosen === null ? -1 : lines.indexOf(chosen)
  const use = ({ filter }: Line) => {
    apply(filter)
    close()
  }
  const csv = () => save(`${name.toLowerCase()}-${table}.csv`, [csvOf(columns, lines)])
  return (
    <Dialog title={session.isPart ? `${name} in this window` : name} close={close} isWide>
      <div class="tools">
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
          {found === null
            ? 'Counting…'
            : `${lines.length.toLocaleString('en')} of ${found.lines.length.toLocaleString('en')}`}
        </span>
        <span class="fill" />
        <button type="button" class="quiet" disabled={chosen === null} onClick={() => chosen && use(chosen)}>
          Show its packets
        </button>
        <button type="button" class="quiet" disabled={lines.length === 0} onClick={csv}>
          Save CSV
        </button>
      </div>
      {found !== null && found.lines.length === 0 ? (
        <p class="waiting">There is no {table} in what is open here.</p>
      ) : (
        <ChosenGrid
          label={name}
          columns={columns}
          count={lines.length}
          cells={(index) => lines[index]?.values.map(shown) ?? null}
          chosen={at}
          choose={(index) => setChosen(lines[index] ?? null)}
          use={(index) => lines[index] && use(lines[index])}
          isEntered
          head={head}
        />
      )}
    </Dialog>
  )
}
