/** The consumer's way through a capture, in three lengths: reading alone, with the facts, and with the facts and hashes. */
import { openReader } from '../src/capture/reader.ts'
import { chunksOf } from '../src/parse/chunks.ts'
import { hashing } from '../src/store/digest.ts'
import type { Env } from '../src/store/env.ts'
import { createFacts } from '../src/summary/facts.ts'

const DEADLINE = 30_000

export default {
  async fetch(request, env) {
    const pass = new URL(request.url).pathname.slice(1)
    if (request.method === 'PUT') return Response.json(await env.CAPTURES.put('capture', request.body))
    if (request.method === 'DELETE') return Response.json(await env.CAPTURES.delete('capture'))
    const object = await env.CAPTURES.get('capture')
    if (!object) return new Response(null, { status: 404 })
    const facts = createFacts()
    const reader = pass === 'read' ? null : openReader(facts)
    const hashes = pass === 'hashes' ? [hashing('SHA-256'), hashing('SHA-1')] : []
    for await (const chunk of chunksOf(object.body, DEADLINE)) {
      reader?.push(chunk)
      if (hashes.length > 0) await Promise.all(hashes.map((hash) => hash.update(chunk)))
    }
    reader?.end()
    for (const hash of hashes) await hash.hex()
    return Response.json({ packets: facts.finish(object.size).packets })
  },
  async queue() {},
} satisfies ExportedHandler<Env>
