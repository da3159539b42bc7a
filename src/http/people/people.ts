/** The pages of somebody's own, and those that sign them in. */
import { Hono } from 'hono'
import type { Gateway } from '../gateway.ts'
import { pageFaults } from '../page-faults.ts'
import { accountRoutes } from './account.ts'
import { adminRoutes } from './admin.ts'
import { captureRoutes } from './capture.ts'
import { myRoutes } from './my.ts'
import { passkeyRoutes } from './passkeys.ts'
import { profileRoutes } from './profiles.ts'
import { signInRoutes } from './sign-in.ts'
import { uploadRoutes } from './upload.ts'

export const people = new Hono<Gateway>({ strict: false })
  .route('/', passkeyRoutes) // before the links: `passkey` is none
  .route('/', signInRoutes)
  .route('/', profileRoutes)
  .route('/', accountRoutes)
  .route('/', myRoutes)
  .route('/', uploadRoutes)
  .route('/', captureRoutes)
  .route('/', adminRoutes)
  .onError(pageFaults)
