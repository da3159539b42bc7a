/** What Hono carries through a request. */
import type { Context } from 'hono'
import type { Env } from '../store/env.ts'
import type { Store } from '../store/open.ts'
import type { Principal } from '../store/tokens.ts'
import type { Person } from './session.ts'

export interface Gateway {
  Bindings: Env
  Variables: {
    store: Store
    principal: Principal
    /** Who is signed in, once that is known. */
    person: Person
    /** The question who that is: asked once a request. */
    asked?: Promise<Person | null>
  }
}

export type GatewayContext = Context<Gateway>
