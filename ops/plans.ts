/** The plans that an account can be given. */
import { type Plan, STANDARD_PLAN } from '../src/store/plan.ts'
import type { Visibility } from '../src/store/schema.ts'

export { type Plan, STANDARD_PLAN }

const GiB = 2 ** 30

export const VISIBILITIES: readonly Visibility[] = ['private', 'unlisted']

/** What the first account of a server gets: its owner's. */
export const OWNERS_PLAN: Plan = {
  ...STANDARD_PLAN,
  filesLimit: 100_000,
  maxFileSize: 80 * GiB,
  bytesLimit: 1024 * GiB,
}
