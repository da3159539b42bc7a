/** Our Worker as it is deployed, less its queue consumer: an upload is measured without the parse that follows it. */

import type { Env } from '../src/store/env.ts'
import worker from '../src/worker.ts'

export default {
  fetch: worker.fetch,
  async queue() {},
} satisfies ExportedHandler<Env>
