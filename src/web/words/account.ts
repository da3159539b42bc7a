/** What the pages of somebody's own account say. */

/** Of all of them. */
export const ACCOUNT = {
  pages: 'Your account',
  tabs: { overview: 'Overview', tokens: 'Tokens', signIn: 'Sign-in', activity: 'Activity' },
  admin: 'admin',
  member: 'member',
  since: 'since',
  never: 'never',
  inUse: 'last used',
  notUsed: 'not used yet',
  made: 'made',
} as const

/** What was done, after a form was sent. */
export const DONE: Record<string, string> = {
  defaults: 'The visibility of new captures was saved.',
  'token-revoked': 'The token is revoked: it opens nothing any more.',
  'session-ended': 'That session has ended.',
  'sessions-ended': 'All other sessions have ended.',
  'passkey-added': 'The passkey is added: it signs you in from now on.',
  'passkey-renamed': 'The passkey has its new name.',
  'passkey-removed': 'The passkey is removed. Your device may still list it: delete it there, too.',
}

export const KEY = {
  title: 'REST API key',
  what: 'One key for the CloudShark API, the A-Packets API and this server’s own. It may upload, read and delete: whoever has it can do so.',
  none: 'This account has no key yet. Generate one, and paste a line below.',
  noApi:
    'The plan of this account does not include API access: there is no key, and requests with one are answered 403, plan-without-api. The pages work as ever. Ask whoever runs this server to change the plan.',
  show: 'Show',
  showOff: 'This server does not show keys again: a new one is shown once, when it is generated.',
  sealedOtherwise:
    'This key cannot be shown: it was made while keys could not be kept, or before the secret of the server was changed. Generate another one.',
  generate: 'Generate',
  generateNew: 'Generate another …',
  replaces: 'The key in use now opens nothing from that moment: every device and script that has it needs the new one.',
  generateConfirmed: 'Replace the key',
  fresh: 'Here is the new key. The one before, if there was one, opens nothing any more.',
  shownOnce: 'It is shown this once: keep it now.',
  logged: 'That it was shown is in your activity.',
  copy: 'the key',
  field: 'Key',
  made: 'Made',
  use: 'Last used',
} as const

export const LINES = {
  title: 'Send a capture',
  cloudsharkApi: 'CloudShark API',
  apacketsApi: 'A-Packets API',
  put: 'the file as it is',
  form: 'a form with tags and comments',
  apackets: 'private to you',
  status: 'is it read yet',
  lineFor: (what: string) => `the line for ${what}`,
  apacketsLine: 'the A-Packets line',
  statusLine: 'the status line',
  fillIn: 'stands for your key: show it above, and the lines have it in place.',
} as const

export const USAGE = {
  title: 'Usage',
  files: 'Captures',
  bytes: 'Storage',
  of: 'of',
  largest: 'Largest capture',
  retention: 'Captures are kept',
  forEver: 'until they are deleted',
  days: (days: number) => `${days} days`,
  full: 'full: nothing more goes in until captures are deleted',
} as const

export const DEFAULTS = {
  title: 'New captures',
  visibility: 'Visibility by the CloudShark API',
  hint: 'Uploads by the A-Packets API are private always. A token may say otherwise for its own.',
  none: 'As the API has it: unlisted',
  unlisted: 'Unlisted: who has the link sees it',
  private: 'Private: you alone, and share links',
  keep: 'Save',
} as const

export const TOKENS = {
  title: 'Tokens',
  what: 'A token for each device or script can be revoked without touching the others. Its 32 characters are shown once.',
  none: 'No tokens yet. The first thing to do with one: let a router upload, and nothing else.',
  new: 'Make a token',
  name: 'Name',
  nameHint: 'Letters, digits, dots, dashes, underscores.',
  nameExample: 'router-1',
  permissions: 'It may',
  may: {
    upload: 'upload captures',
    read: 'read captures',
    delete: 'delete captures',
    admin: 'manage keys and the account (by bearer key, never in a path)',
  },
  tags: 'Tags for its captures',
  tagsHint: 'A comma list; none is fine.',
  tagsExample: 'edge,router-1',
  visibility: 'Its captures are',
  asAccount: 'as the account says',
  unlisted: 'unlisted',
  private: 'private',
  lasts: 'It lasts',
  days: (days: number) => (days === 365 ? 'a year' : `${days} days`),
  forEver: 'until it is revoked',
  make: 'Make the token',
  made: (name: string) => `The token ${name}`,
  madeText: 'Keep it now: it is shown this once, and kept nowhere.',
  copy: 'the token',
  revoke: 'Revoke …',
  revokeText: 'Whatever uses it is answered 401 from then on. This cannot be undone.',
  revokeNamed: (name: string) => `Revoke ${name}`,
  expires: 'expires',
  expired: 'expired',
  login: 'wants a login',
  refused: {
    'not-a-name':
      'A name has 1 to 64 letters, digits, dots, dashes and underscores, and begins with a letter or digit.',
    'no-permission': 'Choose at least one thing that it may do.',
    'key-exists': 'A token of this name is there already, revoked ones counted.',
  },
} as const

export const SIGN_INS = {
  passkeys: 'Passkeys',
  passkeysText: 'What signs you in, and confirms that it is you before a key is shown.',
  noPasskeys: 'No passkey yet: without one, only a link from whoever runs this server signs you in again.',
  noPasskeysAccess: 'No passkey yet: Cloudflare Access signs you in.',
  synced: 'on several devices',
  bound: 'on one device',
  add: 'Add a passkey',
  name: 'Name',
  nameOf: (name: string) => `New name of ${name}`,
  nameHint: 'Where it is: “work laptop”, “blue key”. Empty: the name of this browser.',
  rename: 'Rename …',
  keepName: 'Save name',
  remove: 'Remove …',
  removeText: 'It no longer signs you in.',
  removeLast: 'This is your only passkey. Without it, only a link from whoever runs this server signs you in again.',
  removeLastAccess: 'This is your only passkey. Without it, Cloudflare Access alone signs you in.',
  removeNamed: (name: string) => `Remove ${name}`,
  sessions: 'Sessions',
  sessionsText: 'Where you are signed in. A session ends after 14 days without use.',
  current: 'this browser',
  since: 'signed in',
  seen: 'last seen',
  from: 'from',
  method: { passkey: 'by passkey', link: 'by link', access: 'by Cloudflare Access' },
  browserOn: (browser: string, system: string) => `${browser} on ${system}`,
  unknownBrowser: 'Unknown browser',
  end: 'End',
  endOf: (what: string) => `End the session of ${what}`,
  endOthers: 'End all others',
} as const

export const ADD_PASSKEY = {
  title: 'Add a passkey',
  text: 'The link that signed you in is used up. A passkey lets you in from now on: your device makes it, and unlocks it with what unlocks the device. Nothing secret leaves it.',
  button: 'Add a passkey',
  later: 'Not now',
} as const

export const CONFIRM = {
  title: 'Confirm that it is you',
  text: 'What you asked for wants a fresh proof that it is you. The last one in this browser is more than ten minutes old.',
  button: 'Confirm with a passkey',
  otherwise: 'No passkey at hand? Sign out and in again: that counts, too.',
  none: 'Your account has no passkey. Sign out, and in again by a link from whoever runs this server: that is a proof, too.',
  access: 'Sign out of Cloudflare Access and in again: its word is older than ten minutes.',
  back: 'Go back',
} as const

export const ACTIVITY = {
  title: 'Activity',
  text: 'The last 20 lines of the audit log about your account. Lines are kept for 400 days.',
  none: 'Nothing yet.',
  when: 'When',
  what: 'What',
  which: 'Which',
  who: 'Who',
  where: 'From',
} as const
