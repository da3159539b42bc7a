/** The pages of somebody's own, and those that sign them in. */
import { Hono } from 'hono'
import type { Gateway } from '../gateway.ts'
import { pageFaults } from '../page-faults.ts'
import { captureRoutes } from './capture.ts'
import { signInRoutes } from './sign-in.ts'

export const people = new Hono<Gateway>({ strict: false })
  .route('/', signInRoutes)
  .route('/', captureRoutes)
  .onError(pageFaults)
