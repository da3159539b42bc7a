/** The page of a link that signs somebody in once: a button, so that whoever only looks at links does not use it up. */
import { Foreign } from '../ui/foreign.tsx'
import { page } from '../ui/page.tsx'
import { SIGN_IN_LINK } from '../words/sign-in.ts'

/** Goes with status 200. @param path of the link @param name of the account that it opens */
export function signInLinkPage({ path, name }: { path: string; name: string }): string {
  return page({
    title: SIGN_IN_LINK.title,
    class: 'alone',
    ownOrigin: true,
    children: (
      <>
        <h1>
          <Foreign text={SIGN_IN_LINK.heading(name)} />
        </h1>
        <p class="prose">{SIGN_IN_LINK.once}</p>
        <form method="post" action={path}>
          <button class="button first" type="submit">
            {SIGN_IN_LINK.button}
          </button>
        </form>
      </>
    ),
  })
}

/** Goes with status 410: one and the same, whatever became of it. */
export function deadLinkPage(): string {
  return page({
    title: SIGN_IN_LINK.over,
    class: 'alone',
    children: (
      <>
        <h1>{SIGN_IN_LINK.over}</h1>
        <p class="prose">{SIGN_IN_LINK.overText}</p>
      </>
    ),
  })
}
