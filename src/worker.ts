/** Which room each event goes to. */
import { app } from './app.ts'
import { buryDeadLetters, consume } from './parse/consumer.ts'
import { reconcile } from './parse/reconcile.ts'
import { retain } from './parse/retention.ts'
import { sweep } from './parse/sweep.ts'
import type { Env } from './store/env.ts'
import { openStore } from './store/open.ts'

export default {
  fetch: app.fetch,

  async queue(batch, env) {
    const handle = batch.queue.endsWith('-dead') ? buryDeadLetters : consume
    await handle(batch, openStore(env), Date.now)
  },

  async scheduled(controller, env) {
    const store = openStore(env)
    await sweep(store, Date.now)
    if (controller.cron === '* * * * *') return
    await retain(store, Date.now)
    await reconcile(store, Date.now)
  },
} satisfies ExportedHandler<Env>
