/** The consumer's way through a capture: reading alone, with the facts, with all tables, and with these written down. */
import { openReader } from '../src/capture/reader.ts'
import { chunksOf } from '../src/parse/parse.ts'
import type { Env } from '../src/store/env.ts'
import { both } from '../src/summary/both.ts'
import { createFacts } from '../src/summary/facts.ts'
import { createSummary } from '../src/summary/summary.ts'

const DEADLINE = 30_000

export default {
  async fetch(request, env) {
    const pass = new URL(request.url).pathname.slice(1)
    if (request.method === 'PUT') return Response.json(await env.CAPTURES.put('capture', request.body))
    if (request.method === 'DELETE') return Response.json(await env.CAPTURES.delete('capture'))
    const object = await env.CAPTURES.get('capture')
    if (!object) return new Response(null, { status: 404 })
    const facts = createFacts()
    const summary = pass === 'summary' || pass === 'saved' ? createSummary() : null
    const reader = pass === 'read' ? null : openReader(summary ? both(facts, summary) : facts)
    for await (const chunk of chunksOf(object.body, DEADLINE)) reader?.push(chunk)
    reader?.end()
    const { packets } = facts.finish(object.size)
    summary?.finish()
    return Response.json({
      packets,
      held: summary?.bytesHeld() ?? 0,
      saved: pass === 'saved' ? summary?.save().length : 0,
    })
  },
  async queue() {},
} satisfies ExportedHandler<Env>
