/** The plans that an account can be given. */
import type { Visibility } from '../src/store/schema.ts'

const GiB = 2 ** 30

export const VISIBILITIES: readonly Visibility[] = ['private', 'unlisted']

/** What an account may have. Sizes are bytes. */
export interface Plan {
  filesLimit: number
  maxFileSize: number
  bytesLimit: number
  apiAllowed: boolean
  /** Days; `null`: captures are never deleted for their age. */
  retentionDays: number | null
  /** `null`: what the API's dialect says. */
  defaultVisibility: Visibility | null
}

/** What an account gets that is added without saying more. */
export const STANDARD_PLAN: Plan = {
  filesLimit: 10_000,
  maxFileSize: 5 * GiB,
  bytesLimit: 100 * GiB,
  apiAllowed: true,
  retentionDays: null,
  defaultVisibility: null,
}

/** What the first account of a server gets: its owner's. */
export const OWNERS_PLAN: Plan = {
  ...STANDARD_PLAN,
  filesLimit: 100_000,
  maxFileSize: 80 * GiB,
  bytesLimit: 1024 * GiB,
}
