/** The page that signs somebody in. */

import { Coded } from '../ui/coded.tsx'
import { Notice } from '../ui/notice.tsx'
import { page } from '../ui/page.tsx'
import { SIGN_IN } from '../words/sign-in.ts'

export interface SignInView {
  /** Path that it leads to. */
  next: string
  /** Somebody has just signed out. */
  hasSignedOut: boolean
}

/** Goes with status 200. */
export function signInPage({ hasSignedOut }: SignInView): string {
  return page({
    title: SIGN_IN.title,
    class: 'alone',
    at: '/sign-in',
    ownOrigin: true,
    children: (
      <>
        <h1>{SIGN_IN.title}</h1>
        {hasSignedOut && <Notice icon="ok" title={SIGN_IN.signedOut} />}
        <p class="prose">{SIGN_IN.how}</p>
        <p class="prose soft">
          <Coded text={SIGN_IN.local} />
        </p>
      </>
    ),
  })
}
