/**
 * Every way in which pcaport refuses a request: its HTTP status and the sentence a stranger may read. A dialect chooses
 * the shape (http/dialect.ts), never the words. What a capture file turns out to hold is data and is not in this table.
 */
export const FAULTS = {
  'no-token': { status: 401, message: 'No API token was given: send it as `Authorization: Bearer <token>`.' },
  'no-password': {
    status: 401,
    message: 'This link asks for a password: open its page, or send it as `curl -u :<password>`.',
  },
  'wrong-password': { status: 401, message: 'The password is not the one that this link was given.' },
  'not-signed-in': { status: 401, message: 'You are not signed in, or no longer: sign in and try again.' },
  'passkey-refused': {
    status: 401,
    message:
      'The passkey was not taken: this server does not know it, or its answer is not to what was asked. Try again, or sign in by a link.',
  },
  'passkey-attested': {
    status: 401,
    message:
      'The passkey was not taken: its device sent word of who made it, which this server has not asked for and does not read. Use another browser or another device.',
  },
  'ceremony-over': { status: 401, message: 'It took too long, or was answered before: try again.' },
  'no-access-word': {
    status: 401,
    message: 'Cloudflare Access does not vouch for this request: open the page by the address that Access guards.',
  },
  'unknown-key': { status: 401, message: 'The API key is unknown, expired or revoked.' },
  'no-login': {
    status: 401,
    message: 'This API token wants a login beside it: send a user name and a password by HTTP Basic.',
  },
  'wrong-login': { status: 401, message: 'The user name or the password that came with this API token is wrong.' },
  'too-many-logins': {
    status: 429,
    message: 'Too many wrong logins came with this API token: try again in a minute.',
  },
  'too-many-sign-ins': { status: 429, message: 'Too many sign-ins were tried from here: try again in five minutes.' },
  'not-confirmed': {
    status: 403,
    message: 'This wants you to have proved within the last ten minutes that it is you: confirm it, then do it again.',
  },
  'no-account': { status: 403, message: 'Nobody has made an account for this address: ask whoever runs this server.' },
  suspended: { status: 403, message: 'This account is suspended: ask whoever runs this server.' },
  'too-many-passkeys': { status: 403, message: 'The account has 20 passkeys and may have no more: remove one.' },
  'too-many-profiles': { status: 403, message: 'The account has 20 profiles and may have no more: delete one.' },
  'no-reveal': { status: 403, message: 'This server does not show keys again: generate another one.' },
  'key-with-login': {
    status: 403,
    message: "This API token opens CloudShark's API together with its login, and nothing as a bearer key.",
  },
  'other-site': { status: 403, message: 'This is not done for a page of another site.' },
  // CloudShark's own words and status for a path token that opens nothing.
  'unknown-path-token': { status: 404, message: 'API Token is missing or invalid' },
  forbidden: { status: 403, message: 'This API token does not have the permission for that.' },
  'plan-without-api': {
    status: 403,
    message: "The account's plan does not include API access, or the account is suspended.",
  },
  'too-many-keys': { status: 403, message: 'The account has as many API keys as one may have: revoke some.' },
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
  'too-many-shares': {
    status: 403,
    message: 'The capture has 100 links, ended ones of the last 30 days counted, and may have no more.',
  },
  'too-many-notes': { status: 403, message: 'The capture has as many notes as it may have.' },
  'no-such-capture': { status: 404, message: 'There is no such capture.' },
  'no-such-share': { status: 404, message: 'There is no such link.' },
  'no-such-note': { status: 404, message: 'There is no note on this packet.' },
  'no-such-upload': {
    status: 404,
    message: 'There is no such upload: it ended, was given up or never was. Begin anew.',
  },
  'no-such-key': { status: 404, message: 'The account has no API key of that name that still opens anything.' },
  'no-such-passkey': { status: 404, message: 'The account has no such passkey.' },
  'no-such-profile': { status: 404, message: 'The account has no such profile of the viewer.' },
  'no-profiles': { status: 404, message: 'This server keeps no profiles of the viewer: they stay in the browser.' },
  'no-such-session': { status: 404, message: 'The account has no such session, or it has ended.' },
  'nothing-read': { status: 404, message: 'Nothing could be read from this capture: it has no facts and no tables.' },
  'no-such-route': { status: 404, message: 'There is nothing at this address.' },
  'method-not-allowed': { status: 405, message: 'This address does not take that method.' },
  'too-slow': { status: 408, message: 'The upload stood still for too long and was given up. Nothing was kept.' },
  'still-uploading': {
    status: 409,
    message: 'A request with this Idempotency-Key is still under way: ask again in a while.',
  },
  'not-there-yet': { status: 409, message: 'The capture is still on its way in: ask again when all of it has come.' },
  'not-read-yet': { status: 409, message: 'The capture is still being read: ask again when its status is `ok`.' },
  'no-bytes': {
    status: 409,
    message: 'This capture could not be fetched or made: there is nothing of it to read. Ask for it again.',
  },
  'no-copy': {
    status: 409,
    message:
      'The seekable copy of what this compressed capture holds is no longer kept: download the whole capture instead.',
  },
  'last-passkey': {
    status: 409,
    message: 'This is the last passkey of the account: say that it is to go all the same.',
  },
  'passkey-known': { status: 409, message: 'This passkey is known already.' },
  'name-taken': { status: 422, message: 'Another account has this name: choose another one.' },
  'profile-exists': { status: 422, message: 'The account has a profile of that name already.' },
  'key-exists': { status: 422, message: 'The account has an API key of that name already, revoked ones counted.' },
  'last-admin-key': {
    status: 403,
    message: 'This is the last key of the account that may manage keys: say `force=true` to revoke it all the same.',
  },
  'offset-mismatch': {
    status: 409,
    message: 'Upload-Offset is not the offset of the upload: ask for it with HEAD and go on from there.',
  },
  'upload-in-use': { status: 409, message: 'Another request is writing to this upload: try again shortly.' },
  'upload-expired': { status: 410, message: 'The upload has expired. Begin anew.' },
  'precondition-failed': {
    status: 412,
    message: 'The capture is not the one that If-Match or If-Unmodified-Since asks for.',
  },
  'share-expired': { status: 410, message: 'This link has expired.' },
  'share-revoked': { status: 410, message: 'This link was withdrawn by who had made it.' },
  'share-used-up': { status: 410, message: 'This link has been opened as often as it may be.' },
  'wrong-tus-version': { status: 412, message: 'Tus-Resumable must be 1.0.0: no other version of tus is spoken here.' },
  'was-changed': {
    status: 412,
    message: 'The capture was changed since it was read: read it again, and send the ETag it has now as If-Match.',
  },
  'profile-changed': {
    status: 412,
    message: 'The profile was changed since it was read: read it again, and send the ETag it has now as If-Match.',
  },
  'profile-too-long': { status: 413, message: 'A profile may have 32 KiB.' },
  'profile-sealed-otherwise': {
    status: 409,
    message: 'The profile was kept under a secret that this server has no longer: nobody can read it. Delete it.',
  },
  'too-large': { status: 413, message: 'The capture is larger than this account may upload.' },
  'body-too-long': { status: 413, message: 'The body is longer than 64 KiB.' },
  'not-json': { status: 415, message: 'The body is not JSON: send it as application/json.' },
  'not-a-form': {
    status: 415,
    message: 'The body is not multipart/form-data: send the capture as a part named `file`, or use PUT for a raw body.',
  },
  'not-an-offset-stream': {
    status: 415,
    message: 'The Content-Type of what is uploaded here must be application/offset+octet-stream.',
  },
  'not-a-capture': { status: 415, message: 'The file is not a packet capture.' },
  'unsupported-encoding': {
    status: 415,
    message:
      'The body has a Content-Encoding that is not undone here: send gzip, or the bytes of the file as they are. Nothing was kept.',
  },
  'range-not-satisfiable': { status: 416, message: 'The range asked for lies outside the capture.' },
  'bad-form': { status: 400, message: 'The multipart/form-data body could not be read.' },
  'no-file': { status: 400, message: 'The form has no part named `file`.' },
  'bad-url': { status: 400, message: 'The `url` could not be read: send a whole http or https URL.' },
  'url-refused': { status: 403, message: 'Nothing is fetched from there.' },
  'two-files': { status: 400, message: 'The form has more than one part named `file`: one capture a request.' },
  'bad-option': { status: 400, message: 'An option of the request could not be read.' },
  'bad-query': { status: 400, message: 'The search query could not be read.' },
  'too-broad': { status: 400, message: 'The search query means too many different things at once: say more.' },
  'bad-digest-header': { status: 400, message: 'Content-Digest could not be read: RFC 9530 wants sha-256=:<base64>:.' },
  'bad-encoding': {
    status: 400,
    message: 'The body is no whole gzip stream, as its Content-Encoding says. Nothing was kept.',
  },
  'bad-keylog': {
    status: 400,
    message: 'The key log is not in the format of NSS (RFC 9850). Nothing was kept.',
  },
  'no-keylog': { status: 404, message: 'No key log is kept with this capture.' },
  'keylog-changed': { status: 409, message: 'The key log was changed by another request at the same time: ask again.' },
  'digest-mismatch': {
    status: 400,
    message: 'The bytes received do not have the digest that was announced. Nothing was kept.',
  },
  'cut-off': { status: 400, message: 'The upload ended before all of it had come. Nothing was kept.' },
  'other-body': {
    status: 422,
    message: 'This Idempotency-Key was used for another capture: use a new key for new bytes.',
  },
  'other-request': {
    status: 422,
    message: 'This Idempotency-Key was used for another request: use a new key for a new one.',
  },
  'not-sliceable': { status: 422, message: 'No such slice can be made of this capture.' },
  'upload-locked': { status: 423, message: 'How far the upload has come cannot be told now: ask again shortly.' },
  'too-many-tries': {
    status: 429,
    message: 'Too many passwords were tried with this link: try again in five minutes.',
  },
  'checksum-mismatch': {
    status: 460,
    message: 'The bytes do not have the checksum that was announced: they were dropped, and the offset is what it was.',
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

/** What an error says, for the log alone: of a statement that failed why, and not what was bound to it, which may open something. */
export function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return 'params' in error ? wordsOf(error.cause) : error.message
}
