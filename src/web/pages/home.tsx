/** The first page for who is signed in: their latest captures, and where to put the next one. */
import type { Capture } from '../../store/captures.ts'
import { Empty } from '../ui/empty.tsx'
import { Foreign } from '../ui/foreign.tsx'
import { bytes, grouped } from '../ui/numbers.ts'
import { page, type Reader } from '../ui/page.tsx'
import { Panel } from '../ui/panel.tsx'
import { Amount, When } from '../ui/quantity.tsx'
import { StatusMark, statusOf } from '../ui/status.tsx'
import { type Head, Table } from '../ui/table.tsx'
import { Tray } from '../ui/tray.tsx'
import { HOME } from '../words/landing.ts'

/** Captures that it shows. */
export const LATEST = 8

const HEADS: Head<Capture>[] = [
  {
    title: HOME.name,
    kind: 'free',
    cell: ({ id, filename }) => (
      <a href={`/captures/${id}`}>
        <Foreign text={filename} />
      </a>
    ),
  },
  {
    title: HOME.status,
    cell: ({ state, progress }) => {
      const status = statusOf(state)
      return status && <StatusMark status={status} percent={progress} />
    },
  },
  { title: HOME.packets, kind: 'number', cell: ({ facts }) => facts && grouped(facts.packets) },
  { title: HOME.size, kind: 'number', cell: ({ size }) => <Amount of={bytes(size)} /> },
  { title: HOME.uploaded, cell: ({ createdAt }) => <When at={createdAt} /> },
]

interface HomeView {
  reader: Reader
  /** The latest first. */
  captures: readonly Capture[]
  /** Largest capture that the account may upload. Bytes. */
  most: number
}

/** Goes with status 200 and `ISLAND_HEADERS`. */
export function homePage({ reader, captures, most }: HomeView): string {
  return page({
    areas: ['admin', 'files'],
    reader,
    islands: ['drop'],
    at: '/',
    title: HOME.title,
    class: 'stack',
    children: (
      <>
        <h1>{HOME.title}</h1>
        <div class="aside">
          <Panel id="latest" title={HOME.latest} aside={<span data-zones />}>
            {captures.length === 0 ? (
              <Empty title={HOME.none} text={HOME.noneText} />
            ) : (
              <>
                <Table label="latest" rows={captures} heads={HEADS} />
                <p class="more">
                  <a href="/my">{HOME.all}</a>
                </p>
              </>
            )}
          </Panel>
          <div class="stack">
            <Panel id="drop" title={HOME.drop}>
              <div class="form">
                <p class="prose">{HOME.dropText}</p>
                <a class="button first" href="/upload">
                  {HOME.dropButton}
                </a>
              </div>
            </Panel>
            <Panel id="keys" title={HOME.keys}>
              <div class="form">
                <p class="prose">{HOME.keysText}</p>
                <a href="/account">{HOME.account}</a>
                <a href="/api/docs">{HOME.docs}</a>
              </div>
            </Panel>
          </div>
        </div>
        <Tray reader={reader} most={most} />
      </>
    ),
  })
}
