/** Invites: made, listed, withdrawn; and a link that is shown once. */
import type { SignInLink } from '../../store/sign-in-links.ts'
import { Empty } from '../ui/empty.tsx'
import { ChoiceField, TextField } from '../ui/field.tsx'
import { Foreign, visible } from '../ui/foreign.tsx'
import type { Reader } from '../ui/page.tsx'
import { Panel } from '../ui/panel.tsx'
import { When, Zone } from '../ui/quantity.tsx'
import { type Head, Table } from '../ui/table.tsx'
import { ACCOUNTS, ADMIN, INVITES, ONCE, WRONG } from '../words/admin.ts'
import { adminPage, type Tab } from './admin-frame.tsx'
import { PlanFields, type TypedPlan, type Wrong } from './admin-plan.tsx'

/** Days that an invite may stand. */
export const INVITE_DAYS = [1, 7, 30] as const

/** What was typed into the form of an invite. */
export interface TypedInvite extends TypedPlan {
  name: string
  role: string
  days: string
}

/** A link that is there, with what its account is called, where it has one. */
export type ShownLink = SignInLink & { account: string | null }

interface View {
  reader: Reader
  links: readonly ShownLink[]
  typed: TypedInvite
  wrong?: Wrong<keyof TypedInvite>
  done?: 'withdrawn' | 'gone' | undefined
}

const whose = ({ account, name }: ShownLink) => account ?? name

/** Goes with status 200; with 422 where something is wrong. */
export function adminInvitesPage({ reader, links, typed, wrong = {}, done }: View): string {
  const heads: Head<ShownLink>[] = [
    {
      title: INVITES.for,
      kind: 'free',
      cell: (link) => {
        const name = whose(link)
        return name === null ? INVITES.chosen : <Foreign text={name} />
      },
    },
    { title: INVITES.kind, cell: ({ kind }) => INVITES.kinds[kind] },
    { title: INVITES.role, cell: ({ role }) => ACCOUNTS.roles[role] },
    {
      title: INVITES.madeBy,
      kind: 'free',
      cell: ({ madeBy }) => (madeBy === '' ? INVITES.operator : <Foreign text={madeBy} />),
    },
    { title: INVITES.expires, cell: ({ expiresAt }) => <When at={expiresAt} /> },
    {
      title: INVITES.action,
      cell: (link) => (
        <form method="post" action={`/admin/invites/${link.id}/withdraw`}>
          <button
            class="button small"
            type="submit"
            aria-label={INVITES.withdrawOf(`${INVITES.kinds[link.kind]} ${visible(whose(link) ?? link.id)}`)}
          >
            {INVITES.withdraw}
          </button>
        </form>
      ),
    },
  ]
  const isWrong = Object.keys(wrong).length > 0
  return adminPage({
    reader,
    at: '/admin/invites',
    title: ADMIN.invites,
    said: isWrong
      ? { tone: 'failed', text: WRONG.summary }
      : done === 'gone'
        ? { tone: 'failed', text: INVITES.gone }
        : done && { text: INVITES.withdrawn },
    children: (
      <div class="aside">
        <Panel id="links" title={INVITES.open} long aside={<span data-zones />}>
          {links.length === 0 ? (
            <Empty title={INVITES.none} text={INVITES.noneText} />
          ) : (
            <Table label="links" rows={links} heads={heads} />
          )}
        </Panel>
        <Panel id="make" title={INVITES.make}>
          <form class="form" method="post" action="/admin/invites">
            <p class="prose soft">{INVITES.about}</p>
            <TextField
              name="name"
              label={INVITES.name}
              hint={INVITES.nameHint}
              value={typed.name}
              most={100}
              wrong={wrong.name && WRONG[wrong.name]}
            />
            <ChoiceField
              name="role"
              label={INVITES.role}
              value={typed.role}
              choices={Object.entries(ACCOUNTS.roles)}
              wrong={wrong.role && WRONG[wrong.role]}
            />
            <ChoiceField
              name="days"
              label={INVITES.days}
              value={typed.days}
              choices={INVITE_DAYS.map((days) => [String(days), INVITES.daysOf(days)])}
              wrong={wrong.days && WRONG[wrong.days]}
            />
            <details open={isWrong}>
              <summary>{INVITES.plan}</summary>
              <PlanFields typed={typed} wrong={wrong} hasVisibility={false} />
            </details>
            <button class="button first" type="submit">
              {INVITES.button}
            </button>
          </form>
        </Panel>
      </div>
    ),
  })
}

interface OnceView {
  reader: Reader
  at: Tab
  link: string
  /** Whom a recovery is for; `null`: it is an invite. */
  recovers: string | null
  /** Milliseconds since 1970. */
  expiresAt: number
  back: string
}

/** A link, shown this once. Goes with status 200. */
export function adminLinkPage({ reader, at, link, recovers, expiresAt, back }: OnceView): string {
  const title = recovers === null ? ONCE.invite : ONCE.recovery(recovers)
  return adminPage({
    reader,
    at,
    title,
    heading: <Foreign text={title} />,
    children: (
      <Panel id="link" title={ONCE.text}>
        <div class="form">
          {recovers === null && <p class="prose">{ONCE.inviteText}</p>}
          <div class="code" data-copy={ONCE.link}>
            <div class="title">
              {ONCE.until} <When at={expiresAt} /> <Zone />
            </div>
            <code>{link}</code>
          </div>
          <div>
            <a class="button" href={back}>
              {ONCE.back}
            </a>
          </div>
        </div>
      </Panel>
    ),
  })
}
