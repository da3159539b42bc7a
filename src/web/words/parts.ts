/** What parts of pages say, wherever they stand. */
export const PARTS = {
  shown: (shown: number, more: string) => `The first ${shown} are shown; the capture has ${more}.`,
  more: (what: string) => `more ${what}`,
  afterEpoch: (seconds: string) => `${seconds} s after 1970-01-01`,
} as const

/** What the script of pages writes. */
export const SCRIPT_WORDS = {
  copy: 'Copy',
  copied: 'Copied',
  notCopied: 'Not copied',
  inUtc: 'Show in UTC',
  inZone: 'Show in ',
} as const
