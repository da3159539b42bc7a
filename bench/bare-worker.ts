/** The peer of our uploads: a Worker that does nothing but put a body into R2. */
import type { Env } from '../src/store/env.ts'

export default {
  async fetch(request, env) {
    const key = new URL(request.url).pathname
    if (request.method === 'DELETE') await env.CAPTURES.delete(key)
    else await env.CAPTURES.put(key, request.body)
    return Response.json({ id: key })
  },
  async queue() {},
} satisfies ExportedHandler<Env>
