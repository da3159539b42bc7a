/**
 * Every way in which pcaport refuses a request: its HTTP status and the sentence a stranger may read. A dialect chooses
 * the shape (http/dialect.ts), never the words. What a capture file turns out to hold is data and is not in this table.
 */
export const FAULTS = {
  'no-token': { status: 401, message: 'No API token was given: send it as `Authorization: Bearer <token>`.' },
  'unknown-key': { status: 401, message: 'The API key is unknown, expired or revoked.' },
  // CloudShark's own words and status for a path token that opens nothing.
  'unknown-path-token': { status: 404, message: 'API Token is missing or invalid' },
  forbidden: { status: 403, message: 'This API token does not have the permission for that.' },
  'plan-without-api': { status: 403, message: "The account's plan does not include API access." },
  'over-files-limit': {
    status: 403,
    message: 'The account holds as many captures as its plan allows: delete some and try again.',
  },
  'over-storage-limit': {
    status: 403,
    message: "The account's storage is full, or this capture would not fit: delete some captures and try again.",
  },
  revoked: {
    status: 403,
    message: 'The API token was revoked or ran out while the capture was on its way. Nothing was kept.',
  },
  'no-such-capture': { status: 404, message: 'There is no such capture.' },
  'no-such-route': { status: 404, message: 'There is nothing at this address.' },
  'method-not-allowed': { status: 405, message: 'This address does not take that method.' },
  'too-slow': { status: 408, message: 'The upload stood still for too long and was given up. Nothing was kept.' },
  'still-uploading': {
    status: 409,
    message: 'A request with this Idempotency-Key is still under way: ask again in a while.',
  },
  'too-large': { status: 413, message: 'The capture is larger than this account may upload.' },
  'not-a-form': {
    status: 415,
    message: 'The body is not multipart/form-data: send the capture as a part named `file`, or use PUT for a raw body.',
  },
  'not-a-capture': { status: 415, message: 'The file is not a packet capture.' },
  'unsupported-encoding': {
    status: 415,
    message: 'The body has a Content-Encoding that is not taken here: send the bytes of the file as they are.',
  },
  'range-not-satisfiable': { status: 416, message: 'The range asked for lies outside the capture.' },
  'bad-form': { status: 400, message: 'The multipart/form-data body could not be read.' },
  'no-file': { status: 400, message: 'The form has no part named `file`.' },
  'two-files': { status: 400, message: 'The form has more than one part named `file`: one capture a request.' },
  'bad-option': { status: 400, message: 'An option of the request could not be read.' },
  'bad-digest-header': { status: 400, message: 'Content-Digest could not be read: RFC 9530 wants sha-256=:<base64>:.' },
  'digest-mismatch': {
    status: 400,
    message: 'The bytes received do not have the digest that was announced. Nothing was kept.',
  },
  'cut-off': { status: 400, message: 'The upload ended before all of it had come. Nothing was kept.' },
  'other-body': {
    status: 422,
    message: 'This Idempotency-Key was used for another capture: use a new key for new bytes.',
  },
  internal: { status: 500, message: 'Something failed inside. Try again.' },
  'not-yet': { status: 501, message: 'This part of the API is not available on this server.' },
  unavailable: { status: 503, message: 'The storage did not answer. Try again shortly.' },
  busy: { status: 503, message: 'The server has as many uploads as it can hold. Nothing was kept; try again shortly.' },
  'storage-failed': { status: 503, message: 'The storage did not take the capture. Nothing was kept; try again.' },
} as const satisfies Record<string, { status: number; message: string }>

/** The name of a refusal: a key of {@link FAULTS}. */
export type Fault = keyof typeof FAULTS

/** A refusal on its way to the caller. `message` is read by strangers: it holds nothing from inside. */
export class GatewayError extends Error {
  readonly kind: Fault
  /** @param words what to say instead of the table's sentence, where more is known */
  constructor(kind: Fault, words?: string) {
    super(words ?? FAULTS[kind].message)
    this.kind = kind
  }
}

/** What an error says, for the log alone. */
export const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
