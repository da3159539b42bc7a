/** What was done with somebody's account, as the audit log has it. */
import type { Action, Entry } from '../../store/audit.ts'
import { Foreign } from '../ui/foreign.tsx'
import { Panel } from '../ui/panel.tsx'
import { When } from '../ui/quantity.tsx'
import { Rows } from '../ui/rows.tsx'
import { ACTIVITY } from '../words/account.ts'
import { ACTIONS } from '../words/audit.ts'
import { type AccountFrame, framed } from './account-frame.tsx'

/** Every deed has a name. */
const NAMES: Record<Action, string> = ACTIONS

/** Goes with status 200 and `ISLAND_HEADERS`. */
export function activityPage({ lines, ...frame }: AccountFrame & { lines: readonly Entry[] }): string {
  return framed({
    ...frame,
    at: '/account/activity',
    title: ACTIVITY.title,
    children: (
      <Panel id="activity" title={ACTIVITY.title} long aside={<span data-zones />}>
        <div class="inner">
          <p class="prose soft">{lines.length === 0 ? ACTIVITY.none : ACTIVITY.text}</p>
        </div>
        {lines.length > 0 && (
          <Rows
            label="activity"
            rows={lines}
            total={lines.length}
            what="line"
            columns={[
              { title: ACTIVITY.when, cell: ({ at }) => <When at={at} /> },
              { title: ACTIVITY.what, cell: ({ action }) => NAMES[action as Action] ?? action },
              { title: ACTIVITY.which, kind: 'free', cell: ({ subject }) => <Foreign text={subject} /> },
              { title: ACTIVITY.who, kind: 'free', cell: ({ actor }) => <Foreign text={actor} /> },
              { title: ACTIVITY.where, cell: ({ address }) => <Foreign text={address} /> },
            ]}
          />
        )}
      </Panel>
    ),
  })
}
