/** Captures that failed or wait, by their ids: what they are called and hold is their owners' alone. */
import type { Trouble } from '../../store/repairs.ts'
import { Empty } from '../ui/empty.tsx'
import { Foreign } from '../ui/foreign.tsx'
import { bytes, grouped } from '../ui/numbers.ts'
import type { Reader } from '../ui/page.tsx'
import { Panel } from '../ui/panel.tsx'
import { Amount, When } from '../ui/quantity.tsx'
import { type Head, Pager, type Pages, Table } from '../ui/table.tsx'
import { ADMIN, PARSES } from '../words/admin.ts'
import { adminPage, PAGER } from './admin-frame.tsx'

/** With what its account is called; `null`: it is gone. */
export type ShownTrouble = Trouble & { account: string | null }

interface View {
  reader: Reader
  failed: readonly ShownTrouble[]
  pages: Pages
  waiting: readonly ShownTrouble[]
  /** There are more that wait. */
  hasMore: boolean
  now: number
  /** How many were just tried again; `null`: nobody asked. */
  tried: number | null
}

const Id = ({ id }: { id: string }) => <code class="nowrap">{id}</code>

const account: Head<ShownTrouble> = {
  title: PARSES.account,
  kind: 'free',
  cell: ({ accountId, account }) => (
    <a href={`/admin/accounts/${accountId}`}>
      <Foreign text={account ?? String(accountId)} />
    </a>
  ),
}
const size: Head<ShownTrouble> = {
  title: PARSES.size,
  kind: 'number',
  cell: ({ size }) => <Amount of={bytes(size)} />,
}
const came: Head<ShownTrouble> = { title: PARSES.came, cell: ({ createdAt }) => <When at={createdAt} /> }

const FAILED: Head<ShownTrouble>[] = [
  {
    title: PARSES.capture,
    cell: ({ id, isEmpty }) => (
      <label class="choose">
        <input type="checkbox" name="id" value={id} disabled={isEmpty} aria-label={PARSES.chooseOf(id)} />
        <Id id={id} />
      </label>
    ),
  },
  account,
  size,
  came,
  {
    title: PARSES.reason,
    kind: 'free',
    cell: ({ failure }) =>
      failure && (
        <span title={failure.message}>
          <Foreign text={failure.kind} />
        </span>
      ),
  },
  {
    title: PARSES.at,
    kind: 'number',
    cell: ({ failure }) => (failure?.at === null || failure === null ? '' : grouped(failure.at)),
  },
  {
    title: PARSES.action,
    cell: ({ id, isEmpty }) =>
      isEmpty ? (
        <span class="soft">{PARSES.empty}</span>
      ) : (
        <>
          <input type="hidden" name="shown" value={id} />
          <button class="button small" type="submit" name="one" value={id} aria-label={PARSES.retryOf(id)}>
            {PARSES.retry}
          </button>
        </>
      ),
  },
]

/** Goes with status 200. */
export function adminParsesPage({ reader, failed, pages, waiting, hasMore, now, tried }: View): string {
  const WAITING: Head<ShownTrouble>[] = [
    { title: PARSES.capture, cell: ({ id }) => <Id id={id} /> },
    account,
    size,
    came,
    {
      title: PARSES.state,
      cell: ({ state, progress }) => {
        const words = state === 'parsing' ? PARSES.states.parsing : PARSES.states.stored
        return progress === null ? words : `${words}, ${progress} %`
      },
    },
    { title: PARSES.attempts, kind: 'number', cell: ({ attempts }) => grouped(attempts) },
    {
      title: PARSES.again,
      cell: ({ dueAt }) => (dueAt === null || dueAt <= now ? PARSES.due : <When at={dueAt} />),
    },
  ]
  return adminPage({
    reader,
    at: '/admin/parses',
    title: ADMIN.parses,
    said:
      tried === null ? null : tried === 0 ? { tone: 'failed', text: PARSES.triedNone } : { text: PARSES.tried(tried) },
    children: (
      <>
        <Panel id="failed" title={PARSES.failed} long aside={<span data-zones />}>
          {failed.length === 0 ? (
            <Empty title={PARSES.none} text={PARSES.noneText} />
          ) : (
            <form method="post" action="/admin/parses/retry">
              <div class="bar">
                <p class="prose soft">{PARSES.failedText}</p>
                <button class="button" type="submit" name="chosen" value="1">
                  {PARSES.retryChosen}
                </button>
                <button class="button" type="submit" name="all" value="1">
                  {PARSES.retryAll}
                </button>
              </div>
              <Table label="failed" rows={failed} heads={FAILED} />
            </form>
          )}
        </Panel>
        <Pager words={PAGER} {...pages} />
        <Panel id="waiting" title={PARSES.waiting} long>
          {waiting.length === 0 ? (
            <Empty title={PARSES.noneWaiting} text={PARSES.noneWaitingText} />
          ) : (
            <>
              <div class="bar">
                <p class="prose soft">{PARSES.waitingText}</p>
              </div>
              <Table label="waiting" rows={waiting} heads={WAITING} />
              {hasMore && <p class="more">{PARSES.latest(waiting.length)}</p>}
            </>
          )}
        </Panel>
      </>
    ),
  })
}
