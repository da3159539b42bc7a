/** The first page of somebody's own account: key, lines to paste, usage, defaults. */
import type { AccountKey } from '../../store/account-keys.ts'
import { AskFirst } from '../ui/ask-first.tsx'
import { CodeLine } from '../ui/code-line.tsx'
import { Entry } from '../ui/entry.tsx'
import { Fact, FactTable } from '../ui/facts.tsx'
import { Meter } from '../ui/meter.tsx'
import { bytes, grouped } from '../ui/numbers.ts'
import { Panel } from '../ui/panel.tsx'
import { Amount, When } from '../ui/quantity.tsx'
import { ACCOUNT, DEFAULTS, KEY, LINES, USAGE } from '../words/account.ts'
import { type AccountFrame, framed } from './account-frame.tsx'

/** A key on its way to its owner's eyes. */
export interface ShownKey {
  text: string
  isNew: boolean
}

export interface AccountView extends AccountFrame {
  /** Scheme and host that the reader came by. */
  origin: string
  restKey: AccountKey | null
  shown: ShownKey | 'sealed-otherwise' | null
  /** This server shows keys again. */
  mayReveal: boolean
}

/** Goes with status 200 and `ISLAND_HEADERS`. */
export function accountPage(view: AccountView): string {
  const { account, restKey, origin, shown } = view
  const text = typeof shown === 'object' && shown !== null ? shown.text : null
  return framed({
    ...view,
    at: '/account',
    title: ACCOUNT.pages,
    children: (
      <div class="steps">
        <div class="stack">
          <KeyPanel {...view} />
          {account.apiAllowed && (
            <Panel id="lines" title={LINES.title}>
              <div class="ways">
                <Lines origin={origin} token={text ?? '$TOKEN'} />
                {text === null && restKey !== null && (
                  <p class="soft prose">
                    <code>$TOKEN</code> {LINES.fillIn}
                  </p>
                )}
              </div>
            </Panel>
          )}
        </div>
        <div class="stack">
          <Usage account={account} />
          <Defaults account={account} />
        </div>
      </div>
    ),
  })
}

function KeyPanel({ account, restKey: key, shown, mayReveal, freshUntil }: AccountView) {
  if (!account.apiAllowed)
    return (
      <Panel id="key" title={KEY.title}>
        <div class="inner">
          <p class="prose">{KEY.noApi}</p>
        </div>
      </Panel>
    )
  const visible = typeof shown === 'object' ? shown : null
  return (
    <Panel id="key" title={KEY.title}>
      <div class="inner key">
        {visible?.isNew && (
          <p class="prose" role="status">
            {KEY.fresh} {mayReveal ? '' : KEY.shownOnce}
          </p>
        )}
        {shown === 'sealed-otherwise' && (
          <p class="prose" role="status">
            {KEY.sealedOtherwise}
          </p>
        )}
        {visible === null ? (
          key === null ? (
            <p class="prose">{KEY.none}</p>
          ) : (
            <p class="veiled mono" aria-hidden="true">
              {'•'.repeat(32)}
            </p>
          )
        ) : (
          <div class="field" data-copy={KEY.copy}>
            <label class="hidden" for="key-text">
              {KEY.field}
            </label>
            <input id="key-text" readonly value={visible.text} />
          </div>
        )}
        <div class="acts">
          {key !== null && visible === null && mayReveal && (
            <form method="post" action="/account/key/show" data-fresh-until={freshUntil}>
              <button class="button small" type="submit">
                {KEY.show}
              </button>
            </form>
          )}
          {key === null ? (
            <form method="post" action="/account/key/generate" data-fresh-until={freshUntil}>
              <button class="button first" type="submit">
                {KEY.generate}
              </button>
            </form>
          ) : (
            <AskFirst text={KEY.generateNew}>
              <p class="prose">{KEY.replaces}</p>
              <form method="post" action="/account/key/generate" data-fresh-until={freshUntil}>
                <button class="button danger" type="submit">
                  {KEY.generateConfirmed}
                </button>
              </form>
            </AskFirst>
          )}
        </div>
        {visible && !visible.isNew && <p class="soft prose">{KEY.logged}</p>}
        {!mayReveal && <p class="soft prose">{KEY.showOff}</p>}
        <p class="soft prose">{KEY.what}</p>
        {key && (
          <p class="soft">
            {KEY.made} <When at={key.createdAt} />. {KEY.use}{' '}
            {key.lastUsedAt === null ? ACCOUNT.never : <When at={key.lastUsedAt} />}.
          </p>
        )}
      </div>
    </Panel>
  )
}

function Lines({ origin, token }: { origin: string; token: string }) {
  const bearer = `-H "Authorization: Bearer ${token}"`
  return (
    <>
      <CodeLine
        title={
          <>
            <strong>{LINES.cloudsharkApi}</strong>, {LINES.put}
          </>
        }
        line={`curl -T traffic.pcapng ${origin}/api/v1/${token}/upload`}
        what={LINES.lineFor(LINES.put)}
      />
      <CodeLine
        title={
          <>
            <strong>{LINES.cloudsharkApi}</strong>, {LINES.form}
          </>
        }
        line={`curl -F file=@traffic.pcapng -F additional_tags=dns,lab -F comments="captured from NOC" ${origin}/api/v1/${token}/upload`}
        what={LINES.lineFor(LINES.form)}
      />
      <CodeLine
        title={
          <>
            <strong>{LINES.apacketsApi}</strong>, {LINES.apackets}
          </>
        }
        line={`curl ${bearer} -F file=@traffic.pcapng ${origin}/api/v1/upload/private/`}
        what={LINES.apacketsLine}
      />
      <CodeLine
        title={
          <>
            <strong>{LINES.apacketsApi}</strong>, {LINES.status}
          </>
        }
        line={`curl ${bearer} ${origin}/api/v1/pcaps/private/status/$UUID`}
        what={LINES.statusLine}
      />
    </>
  )
}

function Usage({ account }: Pick<AccountView, 'account'>) {
  const { files, filesLimit, bytes: stored, bytesLimit, maxFileSize, retentionDays } = account
  return (
    <Panel id="usage" title={USAGE.title}>
      <div class="inner meters">
        <div>
          <strong>{USAGE.files}</strong>
          <Meter
            used={files}
            limit={filesLimit}
            label={USAGE.files}
            text={`${grouped(files)} ${USAGE.of} ${grouped(filesLimit)}`}
          />
        </div>
        <div>
          <strong>{USAGE.bytes}</strong>
          <Meter
            used={stored}
            limit={bytesLimit}
            label={USAGE.bytes}
            text={
              <>
                <Amount of={bytes(stored)} /> {USAGE.of} <Amount of={bytes(bytesLimit)} />
              </>
            }
          />
        </div>
        {(files >= filesLimit || stored >= bytesLimit) && <p class="prose">{USAGE.full}</p>}
      </div>
      <FactTable label="usage">
        <Fact name={USAGE.largest}>
          <Amount of={bytes(maxFileSize)} />
        </Fact>
        <Fact name={USAGE.retention}>{retentionDays === null ? USAGE.forEver : USAGE.days(retentionDays)}</Fact>
      </FactTable>
    </Panel>
  )
}

function Defaults({ account: { defaultVisibility: chosen } }: Pick<AccountView, 'account'>) {
  const choices = [
    ['', DEFAULTS.none],
    ['unlisted', DEFAULTS.unlisted],
    ['private', DEFAULTS.private],
  ] as const
  return (
    <Panel id="defaults" title={DEFAULTS.title}>
      <form class="inner entries" method="post" action="/account/defaults">
        <Entry
          id="visibility"
          label={DEFAULTS.visibility}
          hint={DEFAULTS.hint}
          control={(described) => (
            <select id="visibility" name="visibility" aria-describedby={described}>
              {choices.map(([value, text]) => (
                <option value={value} selected={value === (chosen ?? '')}>
                  {text}
                </option>
              ))}
            </select>
          )}
        />
        <div>
          <button class="button" type="submit">
            {DEFAULTS.keep}
          </button>
        </div>
      </form>
    </Panel>
  )
}
