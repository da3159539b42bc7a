/** What the first page says. */
export const LANDING = {
  title: 'Packet captures in, links out',
  previewTitle: 'pcaport: packet captures in, links out',
  preview: 'Upload a packet capture with curl and share what is in it by a link.',
  lead: 'Send a capture with curl, or with any client that speaks the CloudShark or A-Packets API. It is kept byte for byte, read packet by packet, and gets a page with its facts that can be sent to others.',
  signIn: 'Sign in',
  docs: 'Read the API',
  upload: 'Upload a capture',
  put: ['CloudShark API', ', the file as it is'],
  putWhat: 'the PUT line',
  form: ['CloudShark API', ', a form with tags and comments'],
  formWhat: 'the form line',
  formComments: 'captured from NOC',
  apackets: ['A-Packets API', ', private to its owner'],
  apacketsWhat: 'the A-Packets line',
  live: ['Live', ', a minute of it'],
  liveWhat: 'the live line',
  answer: (origin: string) =>
    `The answer holds the capture's id; its page is \`${origin}/captures/<id>\`, ready as soon as the packets have been read. Everything else is in the API.`,
  token: 'Get a token',
  tokenText:
    '`$TOKEN` is 32 characters, the same for both APIs. Whoever has an account makes one there; on a laptop, `npm start` prints one.',
  takes: 'What it takes',
  formats: [
    'pcap and pcapng',
    ', snoop, btsnoop, NetMon, ERF and more, plain or inside gzip, zstd or lz4. A capture that is cut short is read up to the cut.',
  ],
  bodies: [
    '100 MB a request',
    ' on Cloudflare’s Free and Pro plans, 200 MB on Business, 500 MB on Enterprise: Cloudflare refuses larger bodies (413) before they come here. Resumable uploads pass it, and on a laptop there is no such limit.',
  ],
  plan: ['The account’s plan', ' limits the size of a capture, how many there are and how much they hold together.'],
  sees: 'Who sees a capture',
  unlisted: [
    'Unlisted',
    ': whoever has the link. So are uploads by the CloudShark API, unless token or account say otherwise.',
  ],
  private: [
    'Private',
    ': its owner, signed in or by key, and whoever has a share link. So are uploads by the A-Packets API.',
  ],
} as const

/** The same for somebody who is signed in. */
export const HOME = {
  title: 'Your captures',
  latest: 'Latest captures',
  all: 'All captures',
  name: 'Name',
  status: 'Status',
  size: 'Size',
  packets: 'Packets',
  uploaded: 'Uploaded',
  drop: 'Upload a capture',
  dropText: 'Choose files, or paste a URL. Large ones go on where they were if the connection breaks.',
  dropButton: 'Upload a capture',
  keys: 'Keys for scripts',
  keysText: 'Your keys and the curl lines with them are in your account.',
  account: 'Go to your account',
  docs: 'Read the API',
  none: 'No captures yet',
  noneText: 'Drop a file anywhere on this page, or send one with curl: the line to paste is in your account.',
} as const
