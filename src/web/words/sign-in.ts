/** What the pages that sign somebody in say. */
export const SIGN_IN = {
  title: 'Sign in',
  how: 'There are no passwords here: a passkey on your device, or a link that you were sent.',
  passkey: 'Sign in with a passkey',
  access: 'Sign in with Cloudflare Access',
  otherwise: 'No passkey yet, or none at hand?',
  link: 'Whoever runs this server can send you a link that signs you in once: `npm run admin -- invite` makes one for somebody new, `recover` for an account that is there.',
  local: 'On your own machine, `npm start` prints such a link each time.',
  signedOut: 'You are signed out in this browser.',
} as const

/** The page of a link that signs in. */
export const SIGN_IN_LINK = {
  title: 'Sign in by a link',
  heading: (name: string) => `Sign in as ${name}`,
  invited: 'You are invited',
  invitedText: 'This link makes an account for you on this server and signs you in.',
  name: 'Name of your account',
  nameHint: 'Others see it beside what you write. 1 to 100 characters.',
  once: 'It works once, and is used up when you press the button, not before.',
  ends: 'Wherever else the account is signed in, it is signed out then.',
  button: 'Sign in',
  accept: 'Make the account and sign in',
  acceptAs: (name: string) => `Make the account ${name}`,
  refused: {
    'name-taken': 'Another account has this name: choose another one.',
    'not-a-name': 'A name has 1 to 100 characters that can be seen, on one line.',
  },
  over: 'This link signs nobody in',
  overText:
    'It was used, withdrawn or has run out. Ask whoever sent it for another one; on your own machine, start the server again: it prints one.',
  otherwise: 'Sign in with a passkey',
} as const
