/** Where the flows whose faults are walked fetch from. */
import type { Net } from '../../src/ingest/net.ts'
import { broken, type Server, serverOf, worldOf } from './net.ts'

/** What lies there, by path. */
const files = new Map<string, Uint8Array>()

/** Put a file there. @returns its URL */
export function servedAt(path: string, bytes: Uint8Array): string {
  files.set(path, bytes)
  return `http://user:secret@files.example${path}`
}

const fileOf = (request: Request) => files.get(new URL(request.url).pathname) ?? new Uint8Array(0)

/** It serves as it should. */
export const outside: Net = worldOf({ 'files.example': (request) => serverOf(fileOf(request))(request) })

/** It breaks off in the middle, and then is gone. */
export function breaking(after: number): Net {
  let asked = 0
  const server: Server = (request) =>
    asked++ === 0
      ? serverOf(fileOf(request), { body: (bytes) => broken(bytes, after) })(request)
      : new Response(null, { status: 503 })
  return worldOf({ 'files.example': server })
}
