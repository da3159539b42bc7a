/** What is said about passkeys, by pages and by their script. */
export const PASSKEY = {
  /** Where a browser has none for this address. */
  byAddress: 'Passkeys belong to a name, and this page was opened by an address of numbers.',
  byName: 'Open it by name',
  byNameOther: 'Open this server by its name instead.',
  plain: 'Passkeys need https (or a server on your own machine, as localhost).',
  noScript: 'Passkeys need JavaScript, which is off in this browser. A link that signs you in works without.',
  unsupported: 'This browser has no passkeys. A link from whoever runs this server signs you in.',
  waiting: 'Your browser asks for your passkey …',
  cancelled: 'No passkey was used. Try again when you are ready.',
  known: 'This device has a passkey for this account already.',
  failed: 'That did not work: the server could not be reached, or did not understand. Try again.',
} as const
