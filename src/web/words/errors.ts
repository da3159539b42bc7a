/** What pages say that cannot show what was asked for. */
import type { Fault } from '../../errors.ts'

export const NOT_FOUND = {
  title: 'No capture here',
  text: 'Nothing at this address can be shown to you. The link may have been cut off on its way, the capture may have been deleted, or it is private: a private capture answers only to its owner, signed in or with a key.',
  line: 'If the capture is yours, fetch it with your key',
  what: 'the line that downloads with a key',
  id: '`$ID` is the last part of the link, 36 characters long.',
  signIn: 'Or sign in, and open the link again',
  mine: 'Go to your captures',
} as const

export const ERROR = {
  other: 'This could not be done',
  status: (status: number, kind: string) => `Status ${status}, \`${kind}\`.`,
  first: 'Go to the first page',
} as const

/** What a fault means to somebody who opens a page; where none is here, the table's own sentence does. */
export const FAULT_WORDS: Partial<Record<Fault, { title: string; text: string }>> = {
  'no-such-route': {
    title: 'Nothing at this address',
    text: 'This server has no page here. A capture has its link at `/captures/<id>`; the first page says how to upload one.',
  },
  'method-not-allowed': {
    title: 'This address is for reading',
    text: 'Pages answer to GET. To upload, use one of the lines on the first page.',
  },
  'no-such-share': {
    title: 'No such link',
    text: 'There is no link like this. It may have been cut off on its way, or what it led to was deleted.',
  },
  'share-expired': {
    title: 'This link has expired',
    text: 'It opened a packet capture until a time that has passed. Whoever sent it to you can make another one.',
  },
  'share-revoked': {
    title: 'This link was withdrawn',
    text: 'It opened a packet capture until its owner withdrew it. Whoever sent it to you can make another one.',
  },
  'share-used-up': {
    title: 'This link has been used up',
    text: 'It could be opened a number of times, and has been. Whoever sent it to you can make another one.',
  },
  'not-read-yet': {
    title: 'Not ready yet',
    text: 'The capture that this is a part of is still being read. Open the link again in a minute.',
  },
  'no-copy': {
    title: 'This part can no longer be made',
    text: 'What parts of this compressed capture are made from is no longer kept. Whoever sent you the link can send the whole capture.',
  },
  'no-keylog': {
    title: 'No key log here',
    text: 'No TLS key log is shared by this link.',
  },
  internal: {
    title: 'This page could not be made',
    text: 'Something failed inside the server. Captures that were uploaded are safe; open the page again in a minute.',
  },
  busy: {
    title: 'The server is busy',
    text: 'It has as much to do as it can hold. Captures that were uploaded are safe; open the page again in a minute.',
  },
  'storage-failed': {
    title: 'The storage did not answer',
    text: 'The capture could not be looked up in time. It is safe; open the page again in a minute.',
  },
  'not-signed-in': {
    title: 'You are not signed in',
    text: 'The session in this browser has ended. Nothing was changed. Sign in, then do it again.',
  },
  'no-token': {
    title: 'This wants your key',
    text:
      'What is asked for here is made in the account of whoever asks. Send its key along: ' +
      '`curl -X POST -H "Authorization: Bearer $TOKEN" --data-urlencode "url=$URL" $HOST/view`.',
  },
}
