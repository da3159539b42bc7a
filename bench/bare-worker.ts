/**
 * The bound of what our doors can do on this machine: a Worker that does nothing but put a body into R2, or, asked as a tus client asks,
 * each piece of an upload as a part. Where uploads stand it keeps in its memory.
 */
import type { Env } from '../src/store/env.ts'

/** Uploads under way, by their paths. Bytes. */
const uploads = new Map<
  string,
  { multipart: R2MultipartUpload; length: number; offset: number; parts: R2UploadedPart[] }
>()

async function create(request: Request, env: Env): Promise<Response> {
  const path = `/files/${crypto.randomUUID()}`
  const length = Number(request.headers.get('upload-length'))
  uploads.set(path, { multipart: await env.CAPTURES.createMultipartUpload(path), length, offset: 0, parts: [] })
  return new Response(null, { status: 201, headers: { Location: new URL(path, request.url).href } })
}

async function append(request: Request, path: string): Promise<Response> {
  const upload = uploads.get(path)
  if (!upload || !request.body) return new Response(null, { status: 404 })
  upload.parts.push(await upload.multipart.uploadPart(upload.parts.length + 1, request.body))
  upload.offset += Number(request.headers.get('content-length'))
  if (upload.offset === upload.length) await upload.multipart.complete(upload.parts)
  return new Response(null, { status: 204, headers: { 'Upload-Offset': String(upload.offset) } })
}

export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url)
    if (request.method === 'POST') return create(request, env)
    if (request.method === 'PATCH') return append(request, pathname)
    if (request.method === 'DELETE') await env.CAPTURES.delete(pathname)
    else await env.CAPTURES.put(pathname, request.body)
    return Response.json({ id: pathname })
  },
  async queue() {},
} satisfies ExportedHandler<Env>
