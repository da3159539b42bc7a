/** What the page that uploads says, and the tray of uploads on other pages. */
import { counted } from './counted.ts'

export const UPLOAD = {
  title: 'Upload captures',
  lead: 'pcap, pcapng and a dozen other formats, plain or inside gzip, zstd or lz4. Kept byte for byte.',
  limit: (most: string, left: string) => `Up to ${most} each; ${left} of your plan’s storage is left.`,

  file: 'Capture',
  choose: 'Choose files',
  folder: 'Choose a folder',
  drop: 'Drop captures or folders here',
  dropAnywhere: 'Drop to upload',
  or: 'or',
  send: 'Upload',

  options: 'For all that is added from now on',
  tags: 'Tags',
  tagsHint: 'with commas between',
  comments: 'Comment',
  visibility: 'Who sees it',
  asUsual: 'As your account says',
  unlisted: 'Unlisted: whoever has the link',
  private: 'Private: only you',

  url: 'From a URL',
  urlExample: 'https://example.net/trace.pcapng',
  urlHint: 'The address of a capture: this server fetches it, and you need not wait.',
  fetch: 'Fetch',
  urlOff: 'Uploading by URL is off on this server.',

  list: 'Uploads',
  tray: 'Uploads',
  close: 'Close',
  pauseAll: 'Pause all',
  resumeAll: 'Resume all',
  pause: (name: string) => `Pause ${name}`,
  resume: (name: string) => `Resume ${name}`,
  cancel: (name: string) => `Cancel ${name}`,
  dismiss: (name: string) => `Hide ${name} from the list`,
  retry: (name: string) => `Try ${name} again`,
  words: { pause: 'Pause', resume: 'Resume', cancel: 'Cancel', dismiss: 'Hide', retry: 'Try again' },
  of: (name: string) => `Progress of ${name}`,

  waiting: 'waiting its turn',
  checking: 'looking at it',
  paused: 'paused',
  lost: 'connection lost; goes on by itself when it is back',
  busy: 'the server is busy; goes on by itself',
  finishing: 'all bytes sent; being stored',
  fetching: 'being fetched by the server',
  processing: (percent: number | null) => (percent === null ? 'being read' : `being read, ${percent} %`),
  ready: 'ready',
  stored: 'stored',
  unreadable: (why: string) => `stored, but nothing could be read from it: ${why}`,
  cancelled: 'cancelled; nothing was kept',
  open: 'Open',
  sent: (sent: string, total: string) => `${sent} of ${total}`,
  rate: (rate: string) => `${rate}/s`,
  left: (time: string) => `${time} left`,
  seconds: (s: number) => {
    if (s < 60) return `${Math.max(1, Math.round(s))} s`
    if (s < 3600) return `${Math.floor(s / 60)} min ${String(Math.round(s % 60)).padStart(2, '0')} s`
    return `${Math.floor(s / 3600)} h ${String(Math.floor((s % 3600) / 60)).padStart(2, '0')} min`
  },

  facts: (packets: number, type: string) => `${counted(packets, 'packet')}, ${type}`,
  factsDuration: (time: string) => `over ${time}`,
  reading: (packets: number) => `${counted(packets, 'packet')} so far`,

  tooLarge: (size: string, most: string) =>
    `It is ${size}; your plan takes captures of up to ${most}. It was not sent.`,
  notSent: (why: string) => `${why} It was not sent.`,
  unopenable: 'The browser could not read this file. It may have been moved or deleted; choose it again.',
  signedOut: 'You are no longer signed in. Sign in in another tab, then try again: what was sent is kept.',
  skipped: (n: number) =>
    `${counted(n, 'file')} in the folder ${n === 1 ? 'is' : 'are'} no capture, and ${n === 1 ? 'was' : 'were'} left out.`,
  tooManyFiles: (most: number) =>
    `Only the first ${most.toLocaleString('en-US')} files were taken. Drop the rest when these are done.`,
  notAUrl: 'This is no http or https URL.',

  unfinished: (n: number) => `${counted(n, 'upload')} ${n === 1 ? 'was' : 'were'} interrupted`,
  unfinishedText:
    'The page was closed before they were done. What was sent is kept for a day; choose the file again to go on from there.',
  goOn: 'Choose it again',
  forget: 'Forget it',
  notTheSame: (name: string) =>
    `That is another file than ${name}: its name, size or time differs. It is uploaded as a new one.`,

  announce: { stored: (name: string) => `${name} is stored.`, failed: (name: string) => `${name} was not uploaded.` },
} as const
