/** The shape of a refusal in each API: one table of faults, one shape a dialect. */
import type { ErrorHandler } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { FAULTS, type Fault, GatewayError } from '../errors.ts'
import { ACCEPTED_ENCODINGS } from '../ingest/decoding.ts'
import type { Gateway } from './gateway.ts'

/** What a dialect says of a fault. */
export type Body = (kind: Fault, message: string) => object

/** CloudShark: the status stands in the body too, and the words in a list. */
export const cloudsharkBody: Body = (kind, message) => ({ status: FAULTS[kind].status, exceptions: [message] })

/** A-Packets documents no error body; this one is ours, and has the `status` that its clients look at. */
export const apacketsBody: Body = (kind, message) => ({ status: 'error', error: kind, message })

/** RFC 9457: the words for the kind, and for this time. */
export const problemBody: Body = (kind, message) => ({
  type: `urn:pcaport:problem:${kind}`,
  title: FAULTS[kind].message,
  status: FAULTS[kind].status,
  detail: message,
})

/** Seconds after which asking again makes sense. */
const RETRY_AFTER: Partial<Record<Fault, string>> = {
  unavailable: '5',
  'storage-failed': '5',
  busy: '15',
  'still-uploading': '10',
  'upload-in-use': '5',
  'upload-locked': '5',
  'not-there-yet': '5',
  'not-read-yet': '5',
  'too-many-logins': '60',
  'too-many-tries': '300',
  'too-many-sign-ins': '300',
}

/** An error handler in the words of a dialect. What did not come from the table of faults is told to the log alone. */
export const speak =
  (body: Body, type = 'application/json'): ErrorHandler<Gateway> =>
  (error, c) => {
    const fault = error instanceof GatewayError ? error : new GatewayError('internal')
    if (fault !== error) console.error(error instanceof Error ? (error.stack ?? error.message) : String(error))
    const headers = { ...headersOf(fault.kind), 'Content-Type': type }
    return c.json(body(fault.kind, fault.message), statusOf(fault.kind), headers)
  }

export function statusOf(kind: Fault): ContentfulStatusCode {
  return FAULTS[kind].status as ContentfulStatusCode // 460 is tus's own
}

/** Headers that belong to a refusal. RFC 9110 §11.6.1, §10.2.3, §12.5.3; RFC 6750 §3; RFC 7617 §2. */
export function headersOf(kind: Fault): Record<string, string> {
  const headers: Record<string, string> = {}
  if (kind === 'no-token') headers['WWW-Authenticate'] = 'Bearer realm="pcaport"'
  if (kind === 'unknown-key') headers['WWW-Authenticate'] = 'Bearer realm="pcaport", error="invalid_token"'
  if (kind === 'no-login' || kind === 'wrong-login')
    headers['WWW-Authenticate'] = 'Basic realm="pcaport", charset="UTF-8"'
  if (kind === 'no-password' || kind === 'wrong-password')
    headers['WWW-Authenticate'] = 'Basic realm="pcaport share", charset="UTF-8"'
  if (kind === 'unsupported-encoding') headers['Accept-Encoding'] = ACCEPTED_ENCODINGS
  const after = RETRY_AFTER[kind]
  if (after !== undefined) headers['Retry-After'] = after
  return headers
}
