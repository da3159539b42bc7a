/** What an account may have. */
import type { Visibility } from './schema.ts'

const GiB = 2 ** 30

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
