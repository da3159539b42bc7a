/** Which room each event goes to. */
import { app } from './app.ts'
import { buryFetches, consumeFetches } from './ingest/fetch-consumer.ts'
import { internet } from './ingest/net.ts'
import { buryDeadLetters, consume } from './parse/consumer.ts'
import { reconcile } from './parse/reconcile.ts'
import { reindex } from './parse/reindex.ts'
import { forgetAnswers, forgetShares, forgetSignIns, forgetUploads, retain, retainCopies } from './parse/retention.ts'
import { sweep } from './parse/sweep.ts'
import type { Env } from './store/env.ts'
import { openStore } from './store/open.ts'

/** The cron of wrangler.toml that moves things on; the other one compares R2 with D1. */
const EVERY_MINUTE = '* * * * *'

export default {
  fetch: app.fetch,

  async queue(batch, env) {
    const store = openStore(env)
    // What comes before is the deployment's name, whatever that is.
    if (batch.queue.endsWith('-fetch')) return consumeFetches(batch, store, internet, Date.now)
    if (batch.queue.endsWith('-fetch-dead')) return buryFetches(batch, store, Date.now)
    if (batch.queue.endsWith('-dead')) return buryDeadLetters(batch, store, Date.now)
    await consume(batch, store, Date.now)
  },

  async scheduled(controller, env) {
    const store = openStore(env)
    if (controller.cron !== EVERY_MINUTE) {
      await forgetUploads(store, Date.now)
      await forgetAnswers(store, Date.now)
      await forgetShares(store, Date.now)
      await forgetSignIns(store, Date.now)
      return void (await reconcile(store, Date.now))
    }
    await sweep(store, Date.now)
    await retain(store, Date.now)
    await retainCopies(store, Date.now)
    await reindex(store)
  },
} satisfies ExportedHandler<Env>
