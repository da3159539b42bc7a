/** What the pages that sign somebody in say. */
export const SIGN_IN = {
  title: 'Sign in',
  how: 'There are no passwords here. Whoever runs this server sends you a link that signs you in; after that, a passkey does.',
  local: 'On your own machine, `npm start` prints such a link each time.',
  signedOut: 'You are signed out in this browser.',
} as const

/** The page of a link that signs in. */
export const SIGN_IN_LINK = {
  title: 'Sign in by a link',
  heading: (name: string) => `Sign in as ${name}`,
  once: 'This link works once. It is used up when you press the button, not before.',
  button: 'Sign in',
  over: 'This link signs nobody in',
  overText:
    'It was used, withdrawn or has run out. Ask whoever sent it for another one; on your own machine, start the server again: it prints one.',
} as const
