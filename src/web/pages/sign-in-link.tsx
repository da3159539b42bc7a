/** The page of a link that signs somebody in once: a button, so that whoever only looks at links does not use it up. */
import { Entry } from '../ui/entry.tsx'
import { Foreign, visible } from '../ui/foreign.tsx'
import { page } from '../ui/page.tsx'
import { SIGN_IN_LINK } from '../words/sign-in.ts'

/** Why a name was not taken. */
export type Refused = keyof typeof SIGN_IN_LINK.refused

export interface SignInLinkView {
  /** Of the link. */
  path: string
  /** It makes an account. */
  isNew: boolean
  /** Of the account that it opens, or makes; `null`: who comes chooses it. */
  name: string | null
  typed?: string
  refused?: Refused
}

/** Goes with status 200, or 422 where a name was not taken. */
export function signInLinkPage({ path, isNew, name, typed = '', refused }: SignInLinkView): string {
  const action = !isNew
    ? SIGN_IN_LINK.button
    : name === null
      ? SIGN_IN_LINK.accept
      : SIGN_IN_LINK.acceptAs(visible(name))
  return page({
    areas: ['account'],
    title: SIGN_IN_LINK.title,
    class: 'alone',
    ownOrigin: true,
    children: (
      <div class="narrow">
        <h1>{isNew ? SIGN_IN_LINK.invited : <Foreign text={SIGN_IN_LINK.heading(name ?? '')} />}</h1>
        {isNew && <p class="prose">{SIGN_IN_LINK.invitedText}</p>}
        <p class="prose">
          {SIGN_IN_LINK.once} {!isNew && SIGN_IN_LINK.ends}
        </p>
        <form class="entries" method="post" action={path}>
          {isNew && name === null && (
            <Entry
              id="name"
              label={SIGN_IN_LINK.name}
              hint={SIGN_IN_LINK.nameHint}
              wrong={refused && SIGN_IN_LINK.refused[refused]}
              control={(described) => (
                <input
                  id="name"
                  name="name"
                  required
                  maxlength={100}
                  value={typed}
                  autocomplete="username"
                  aria-describedby={described}
                  aria-invalid={refused ? 'true' : undefined}
                />
              )}
            />
          )}
          <div>
            <button class="button first" type="submit">
              {action}
            </button>
          </div>
        </form>
      </div>
    ),
  })
}

/** Goes with status 410: one and the same, whatever became of it. */
export function deadLinkPage(): string {
  return page({
    areas: ['account'],
    title: SIGN_IN_LINK.over,
    class: 'alone',
    children: (
      <>
        <h1>{SIGN_IN_LINK.over}</h1>
        <p class="prose">{SIGN_IN_LINK.overText}</p>
        <p>
          <a class="button" href="/sign-in">
            {SIGN_IN_LINK.otherwise}
          </a>
        </p>
      </>
    ),
  })
}
