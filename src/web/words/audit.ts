import { counted } from './counted.ts'

/** What the lines of the audit log are called, wherever it is read. */
export const ACTIONS = {
  'sign-in': 'Signed in',
  'sign-in-refused': 'Sign-in refused',
  'sign-out': 'Signed out',
  'session-ended': 'Session ended',
  confirmed: 'Confirmed',
  'confirm-refused': 'Confirmation refused',
  'passkey-added': 'Passkey added',
  'passkey-renamed': 'Passkey renamed',
  'passkey-removed': 'Passkey removed',
  'key-shown': 'Key shown',
  'key-generated': 'Key generated',
  'key-created': 'Token made',
  'key-revoked': 'Token revoked',
  'share-made': 'Share link made',
  'share-revoked': 'Share link withdrawn',
  'capture-deleted': 'Capture deleted',
  'capture-restored': 'Capture restored',
  'capture-retried': 'Capture parsed again',
  'invite-made': 'Invite made',
  'invite-revoked': 'Invite withdrawn',
  'recovery-made': 'Recovery link made',
  'account-made': 'Account made',
  'account-changed': 'Account changed',
  'account-suspended': 'Account suspended',
  'account-restored': 'Account restored',
  'settings-changed': 'Settings changed',
} as const

/** What of the server was set, in the log: as a list, the plan of new accounts first. */
export const SET = {
  nothing: 'saved as they were',
  filesLimit: (n: string) => `captures of a new account: ${n}`,
  maxFileSize: (size: string) => `its largest capture: ${size}`,
  bytesLimit: (size: string) => `its storage: ${size}`,
  apiAllowed: (isOn: boolean) => `its API keys ${isOn ? 'may' : 'may not'} be used`,
  retentionDays: (days: number | null) =>
    days === null
      ? 'its captures are never deleted for their age'
      : `its captures are deleted after ${counted(days, 'day')}`,
  defaultVisibility: (word: string | null) => `its new captures are ${word ?? 'as the API says'}`,
  keysShown: (isOn: boolean) => `REST API keys ${isOn ? 'can' : 'cannot'} be shown again`,
  undoGrace: (hours: number) => `what is deleted can be had back for ${counted(hours, 'hour')}`,
} as const
