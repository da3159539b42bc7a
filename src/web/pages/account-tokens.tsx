/** The named tokens of an account: those that are there, a new one shown once, the form that makes one. */
import type { Permission } from '../../store/schema.ts'
import type { Key } from '../../store/tokens.ts'
import { AskFirst } from '../ui/ask-first.tsx'
import { CodeLine } from '../ui/code-line.tsx'
import { Entry } from '../ui/entry.tsx'
import { Foreign, visible } from '../ui/foreign.tsx'
import { Item, Items } from '../ui/items.tsx'
import { Panel } from '../ui/panel.tsx'
import { When } from '../ui/quantity.tsx'
import { ACCOUNT, KEY, LINES, TOKENS } from '../words/account.ts'
import { type AccountFrame, framed } from './account-frame.tsx'

/** What was typed into the form. */
interface Typed {
  name: string
  tags: string
  permissions: string[]
  visibility: string
  lasts: string
}

export interface TokensView extends AccountFrame {
  origin: string
  tokens: readonly (Key & { hasLogin: number })[]
  now: number
  /** Days that a token may last. */
  lifetimes: readonly number[]
  made?: { name: string; text: string }
  typed?: Typed
  refused?: keyof typeof TOKENS.refused
}

const BLANK: Typed = { name: '', tags: '', permissions: ['upload'], visibility: '', lasts: '' }

/** Goes with status 200, or 422 where it is refused, and `ISLAND_HEADERS`. */
export function tokensPage(view: TokensView): string {
  const { account, tokens, made, origin } = view
  return framed({
    ...view,
    at: '/account/tokens',
    title: TOKENS.title,
    children: account.apiAllowed ? (
      <>
        {made && (
          <Panel id="made" title={TOKENS.made(made.name)}>
            <div class="inner key" role="status">
              <p class="prose">{TOKENS.madeText}</p>
              <div class="field" data-copy={TOKENS.copy}>
                <label class="hidden" for="token-text">
                  {TOKENS.made(made.name)}
                </label>
                <input id="token-text" readonly value={made.text} />
              </div>
              <CodeLine
                title={
                  <>
                    <strong>{LINES.cloudsharkApi}</strong>, {LINES.put}
                  </>
                }
                line={`curl -T traffic.pcapng ${origin}/api/v1/${made.text}/upload`}
                what={LINES.lineFor(LINES.put)}
              />
            </div>
          </Panel>
        )}
        <div class="steps">
          <Panel id="tokens" title={TOKENS.title} count={tokens.length}>
            <div class="inner">
              <p class="prose soft">{TOKENS.what}</p>
            </div>
            {tokens.length === 0 ? (
              <div class="inner">
                <p class="prose">{TOKENS.none}</p>
              </div>
            ) : (
              <Items label="tokens">
                {tokens.map((token) => (
                  <Token token={token} now={view.now} freshUntil={view.freshUntil} />
                ))}
              </Items>
            )}
          </Panel>
          <NewToken {...view} />
        </div>
      </>
    ) : (
      <Panel id="tokens" title={TOKENS.title}>
        <div class="inner">
          <p class="prose">{KEY.noApi}</p>
        </div>
      </Panel>
    ),
  })
}

interface TokenProps {
  token: TokensView['tokens'][number]
  now: number
  freshUntil: number
}

function Token({ token, now, freshUntil }: TokenProps) {
  const { name, permissions, defaultTags, defaultVisibility, createdAt, expiresAt, lastUsedAt, hasLogin } = token
  const facts = [
    permissions.split(',').join(', '),
    defaultTags.length > 0 && <Foreign text={`#${defaultTags.join(' #')}`} />,
    defaultVisibility,
    hasLogin === 1 && TOKENS.login,
    <>
      {ACCOUNT.made} <When at={createdAt} />
    </>,
    expiresAt !== null && (
      <>
        {expiresAt <= now ? TOKENS.expired : TOKENS.expires} <When at={expiresAt} />
      </>
    ),
    lastUsedAt === null ? (
      ACCOUNT.notUsed
    ) : (
      <>
        {ACCOUNT.inUse} <When at={lastUsedAt} />
      </>
    ),
  ]
  return (
    <Item title={<Foreign text={name} />} facts={facts}>
      <AskFirst text={TOKENS.revoke} name={visible(name)}>
        <p class="prose">{TOKENS.revokeText}</p>
        <form method="post" action="/account/tokens/revoke" data-fresh-until={freshUntil}>
          <input type="hidden" name="name" value={name} />
          <button class="button danger" type="submit">
            {TOKENS.revokeNamed(visible(name))}
          </button>
        </form>
      </AskFirst>
    </Item>
  )
}

function NewToken({ freshUntil, lifetimes, typed = BLANK, refused }: TokensView) {
  const wrong = refused && TOKENS.refused[refused]
  return (
    <Panel id="new" title={TOKENS.new}>
      <form class="inner entries" method="post" action="/account/tokens" data-fresh-until={freshUntil}>
        <Entry
          id="name"
          label={TOKENS.name}
          hint={TOKENS.nameHint}
          wrong={refused === 'no-permission' ? undefined : wrong}
          control={(described) => (
            <input
              id="name"
              name="name"
              required
              maxlength={64}
              value={typed.name}
              placeholder={TOKENS.nameExample}
              autocomplete="off"
              aria-describedby={described}
              aria-invalid={wrong && refused !== 'no-permission' ? 'true' : undefined}
            />
          )}
        />
        <fieldset class="entry">
          <legend>{TOKENS.permissions}</legend>
          {(Object.keys(TOKENS.may) as Permission[]).map((one) => (
            <label class="choice">
              <input type="checkbox" name="permissions" value={one} checked={typed.permissions.includes(one)} />
              {TOKENS.may[one]}
            </label>
          ))}
          {refused === 'no-permission' && <p class="why">{wrong}</p>}
        </fieldset>
        <Entry
          id="tags"
          label={TOKENS.tags}
          hint={TOKENS.tagsHint}
          control={(described) => (
            <input
              id="tags"
              name="tags"
              value={typed.tags}
              placeholder={TOKENS.tagsExample}
              autocomplete="off"
              aria-describedby={described}
            />
          )}
        />
        <Entry
          id="visibility"
          label={TOKENS.visibility}
          control={() => (
            <select id="visibility" name="visibility">
              <Choice value="" text={TOKENS.asAccount} chosen={typed.visibility} />
              <Choice value="unlisted" text={TOKENS.unlisted} chosen={typed.visibility} />
              <Choice value="private" text={TOKENS.private} chosen={typed.visibility} />
            </select>
          )}
        />
        <Entry
          id="lasts"
          label={TOKENS.lasts}
          control={() => (
            <select id="lasts" name="lasts">
              <Choice value="" text={TOKENS.forEver} chosen={typed.lasts} />
              {lifetimes.map((days) => (
                <Choice value={String(days)} text={TOKENS.days(days)} chosen={typed.lasts} />
              ))}
            </select>
          )}
        />
        <div>
          <button class="button first" type="submit">
            {TOKENS.make}
          </button>
        </div>
      </form>
    </Panel>
  )
}

function Choice({ value, text, chosen }: { value: string; text: string; chosen: string }) {
  return (
    <option value={value} selected={value === chosen}>
      {text}
    </option>
  )
}
