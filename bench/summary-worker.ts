/** The consumer's way through a capture: reading alone, with the facts, with all tables, with the index, and with these written down. */
import { openReader } from '../src/capture/reader.ts'
import { openStored } from '../src/capture/stored.ts'
import { nodeEngines } from '../src/node-engines.ts'
import { chunksOf, lent } from '../src/parse/chunks.ts'
import type { Env } from '../src/store/env.ts'
import { both } from '../src/summary/both.ts'
import { createFacts } from '../src/summary/facts.ts'
import { createPacketIndex } from '../src/summary/packet-index.ts'
import { createSummary } from '../src/summary/summary.ts'

const DEADLINE = 30_000

export type Pass = 'read' | 'unpacked' | 'facts' | 'tables' | 'index' | 'saved'

/** Of one pass: packets counted, bytes that the tables hold, and bytes that they take written down. */
export interface Answer {
  packets: number
  held: number
  saved: number
}

export default {
  async fetch(request, env) {
    const pass = new URL(request.url).pathname.slice(1) as Pass
    if (request.method === 'PUT') return Response.json(await env.CAPTURES.put('capture', request.body))
    if (request.method === 'DELETE') return Response.json(await env.CAPTURES.delete('capture'))
    const object = await env.CAPTURES.get('capture')
    if (!object) return new Response(null, { status: 404 })
    const facts = createFacts()
    const summary = createSummary()
    const index = createPacketIndex()
    const reader = openReader(sinkOf(pass))
    const bytes = chunksOf(object.body, DEADLINE)
    if (pass === 'read') for await (const _ of bytes);
    else if (pass === 'unpacked')
      for await (const chunk of (await openStored(lent(bytes), nodeEngines)).chunks()) reader.push(chunk)
    else for await (const chunk of bytes) reader.push(chunk)
    reader.end()
    const { packets } = facts.finish(object.size)
    if (pass === 'index') index.encode()
    const saved = pass === 'saved' ? summary.save().length : 0
    summary.finish()
    return Response.json({ packets, held: summary.bytesHeld(), saved } satisfies Answer)

    function sinkOf(pass: Pass) {
      if (pass === 'tables' || pass === 'saved') return both(facts, summary)
      return pass === 'index' ? both(facts, both(summary, index)) : facts
    }
  },
  async queue() {},
} satisfies ExportedHandler<Env>
