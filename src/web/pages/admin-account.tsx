/** One account as an admin sees it: usage, plan, role, what opens it; none of its captures and no key. */
import type { Account, Openers } from '../../store/accounts.ts'
import { Fact, FactTable } from '../ui/facts.tsx'
import { ChoiceField, TextField } from '../ui/field.tsx'
import { Foreign } from '../ui/foreign.tsx'
import { Notice } from '../ui/notice.tsx'
import { grouped } from '../ui/numbers.ts'
import type { Reader } from '../ui/page.tsx'
import { Panel } from '../ui/panel.tsx'
import { When } from '../ui/quantity.tsx'
import { ACCOUNT, ACCOUNTS, AUDIT, WRONG } from '../words/admin.ts'
import { BytesMeter, FilesMeter } from './admin-accounts.tsx'
import { AuditTable, type Line } from './admin-audit.tsx'
import { adminPage } from './admin-frame.tsx'
import { PlanFields, type TypedPlan, typedOf, type Wrong } from './admin-plan.tsx'

export interface AccountView {
  reader: Reader
  account: Account
  openers: Openers
  lines: readonly Line[]
  /** It is the reader's own. */
  isOwn: boolean
  done?: keyof typeof ACCOUNT.done | undefined
  refused?: 'lastAdmin' | 'ownAccount' | undefined
  /** What was typed and not saved. */
  plan?: { typed: TypedPlan; wrong: Wrong<keyof TypedPlan> } | undefined
  identity?: { role: string; email: string; wrong: 'emailTaken' | 'badEmail' } | undefined
}

/** Goes with status 200, with 422 where something was wrong, 403 where it was refused. */
export function adminAccountPage(view: AccountView): string {
  const { reader, account, openers, lines, isOwn, done, refused } = view
  const { id, name } = account
  const isOver = account.files > account.filesLimit || account.bytes > account.bytesLimit
  const wrong = view.plan || view.identity ? WRONG.summary : refused && ACCOUNT[refused]
  return adminPage({
    reader,
    at: '/admin/accounts',
    title: name,
    heading: <Foreign text={name} />,
    said: wrong ? { tone: 'failed', text: wrong } : done ? { text: ACCOUNT.done[done] } : null,
    children: (
      <>
        {isOver && <Notice icon="cut" title={ACCOUNT.overLimit} />}
        <div class="pair">
          <Panel id="usage" title={ACCOUNT.usage} aside={<span data-zones />}>
            <FactTable label="usage">
              <Fact name={ACCOUNT.captures}>
                <FilesMeter of={account} />
              </Fact>
              <Fact name={ACCOUNT.storage}>
                <BytesMeter of={account} />
              </Fact>
              <Fact name={ACCOUNT.sessions}>{ACCOUNT.sessionsOf(openers.sessions)}</Fact>
              <Fact name={ACCOUNT.keys}>{grouped(openers.tokens)}</Fact>
              <Fact name={ACCOUNT.passkeys}>{grouped(openers.passkeys)}</Fact>
              <Fact name={ACCOUNT.made}>
                <When at={account.createdAt} />
              </Fact>
            </FactTable>
          </Panel>
          <Panel id="entry" title={ACCOUNT.entry}>
            <Entry account={account} isOwn={isOwn} />
          </Panel>
          <Panel id="plan" title={ACCOUNT.plan}>
            <form class="form" method="post" action={`/admin/accounts/${id}/plan`}>
              <p class="prose soft">{ACCOUNT.planText}</p>
              <PlanFields typed={view.plan?.typed ?? typedOf(account)} wrong={view.plan?.wrong ?? {}} />
              <button class="button first" type="submit">
                {ACCOUNT.savePlan}
              </button>
            </form>
          </Panel>
          <Panel id="identity" title={ACCOUNT.identity}>
            <form class="form" method="post" action={`/admin/accounts/${id}/identity`}>
              {isOwn && <p class="prose soft">{ACCOUNT.own}</p>}
              <ChoiceField
                name="role"
                label={ACCOUNT.role}
                value={view.identity?.role ?? account.role}
                choices={Object.entries(ACCOUNTS.roles)}
              />
              <TextField
                name="email"
                type="email"
                label={ACCOUNT.email}
                value={view.identity?.email ?? account.email ?? ''}
                hint={ACCOUNT.emailHint}
                wrong={view.identity && ACCOUNT[view.identity.wrong]}
              />
              <button class="button first" type="submit">
                {ACCOUNT.saveIdentity}
              </button>
            </form>
          </Panel>
        </div>
        <Panel
          id="audit"
          title={ACCOUNT.audit}
          long
          aside={<a href={`/admin/audit?account=${encodeURIComponent(name)}`}>{ACCOUNT.allAudit}</a>}
        >
          {lines.length === 0 ? <p class="more">{AUDIT.none}</p> : <AuditTable label="audit" lines={lines} />}
        </Panel>
        <p>
          <a href="/admin/accounts">{ACCOUNT.back}</a>
        </p>
      </>
    ),
  })
}

/** Suspend it, restore it, help its owner back in. */
function Entry({ account, isOwn }: { account: Account; isOwn: boolean }) {
  const { id, suspendedAt } = account
  const at = `/admin/accounts/${id}`
  if (suspendedAt !== null)
    return (
      <form class="form" method="post" action={`${at}/restore`}>
        <p class="prose">{ACCOUNT.suspendedText(new Date(suspendedAt).toISOString().slice(0, 10))}</p>
        <button class="button first" type="submit">
          {ACCOUNT.restore}
        </button>
      </form>
    )
  return (
    <>
      <form class="form" method="post" action={`${at}/recovery`}>
        <p class="prose">{ACCOUNT.recoverText}</p>
        <button class="button" type="submit">
          {ACCOUNT.recover}
        </button>
      </form>
      {isOwn ? (
        <p class="more">{ACCOUNT.own}</p>
      ) : (
        <form class="form parted" method="post" action={`${at}/suspend`}>
          <p class="prose">{ACCOUNT.suspendText}</p>
          <button class="button danger" type="submit">
            {ACCOUNT.suspend}
          </button>
        </form>
      )}
    </>
  )
}
