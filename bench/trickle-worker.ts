/** The peer of our live streams: a Worker that gathers 32 KiB of a body and puts them into R2, over and over. */
import type { Env } from '../src/store/env.ts'

const PIECE = 32 * 1024

export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url)
    let piece = new Uint8Array(PIECE)
    let filled = 0
    let count = 0
    for await (const chunk of request.body ?? []) {
      for (let at = 0; at < chunk.length; ) {
        const taken = chunk.subarray(at, at + PIECE - filled)
        piece.set(taken, filled)
        filled += taken.length
        at += taken.length
        if (filled < PIECE) continue
        await env.CAPTURES.put(`${pathname}/${count++}`, piece)
        piece = new Uint8Array(PIECE)
        filled = 0
      }
    }
    return Response.json({ id: pathname })
  },
  async queue() {},
} satisfies ExportedHandler<Env>
