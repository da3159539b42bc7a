/** What the page of somebody's own captures says. */
import { counted } from './counted.ts'

const captures = (n: number) => counted(n, 'capture')
/** `1 capture was`, `2 captures were`. */
const were = (n: number) => `${captures(n)} ${n === 1 ? 'was' : 'were'}`

export const MY = {
  title: 'My captures',
  deletedTitle: 'Recently deleted',
  upload: 'Upload captures',
  packets: (n: number) => counted(n, 'packet'),
  /** Of the plan. */
  usage: (files: string, filesLimit: string, bytes: string, bytesLimit: string) =>
    `${files} of ${filesLimit} captures, ${bytes} of ${bytesLimit}`,
  deletedLink: 'Recently deleted',
  allLink: 'Back to my captures',
  keys: 'Keyboard',

  search: 'Search',
  searchHint: 'Words of a name, or ip:10.1.2.3  port:443  tag:lab  size:>100MB',
  searchButton: 'Search',
  clear: 'Clear the search',
  language: 'How to search',
  examples: [
    ['router', 'words of the name, the tags or the comment'],
    ['ip:10.0.0.0/8 port:443', 'one conversation with such an address and service'],
    ['dns:*.example.com', 'names asked for; also sni:, http:, host:'],
    ['on:2026-11-24', 'with packets of that day; also after:, before:, uploaded:'],
    ['proto:quic', 'a protocol, by tshark’s name'],
    ['tag:lab -tag:old', 'a tag, and not another'],
    ['size:>100MB', 'larger than that'],
    ['status:error', 'at which nothing could be read'],
  ] as const,

  table: 'Captures',
  columns: {
    name: 'Name',
    status: 'Status',
    packets: 'Packets',
    size: 'Size',
    time: 'First packet',
    protocols: 'Protocols',
    age: 'Uploaded',
    goes: 'Gone for good',
  },
  sortBy: (column: string) => `Sort by ${column.toLowerCase()}`,
  select: (name: string) => `Select ${name}`,
  selectAll: 'Select all on this page',
  private: 'Private',
  none: '–',
  more: (n: number) => `+${n}`,
  shown: (n: number) => captures(n),
  newestSorted: (n: number) =>
    `Only the newest ${n.toLocaleString('en-US')} of what was found are sorted. Search for less to sort all of it.`,
  partial: 'Some captures have more in them than is indexed, and may be missing here:',
  partialLink: 'show those',
  pages: 'Pages',
  newest: 'Newest',
  older: 'Older',
  previous: 'Previous',
  next: 'Next',

  bulk: 'With the selected captures',
  selected: (n: number) => `${n.toLocaleString('en-US')} selected`,
  hint: 'Select captures to tag, share, download or delete them.',
  tags: 'Tags, with commas between',
  addTag: 'Add tags',
  removeTag: 'Remove tags',
  makePrivate: 'Make private',
  makeUnlisted: 'Make unlisted',
  download: 'Download',
  delete: 'Delete',
  restore: 'Restore',

  done: {
    tagged: (n: number) => `${were(n)} tagged.`,
    untagged: (n: number) => `Tags were taken from ${captures(n)}.`,
    private: (n: number) => `${were(n)} made private: only you can open ${n === 1 ? 'it' : 'them'}.`,
    unlisted: (n: number) => `${were(n)} made unlisted: whoever has the link can open ${n === 1 ? 'it' : 'them'}.`,
    deleted: (n: number) => `${were(n)} deleted.`,
    restored: (n: number) => `${captures(n)} ${n === 1 ? 'is' : 'are'} back.`,
  },
  missed: (n: number) =>
    `${captures(n)} could not be found here: deleted meanwhile, or not yours. Nothing was done with ${n === 1 ? 'it' : 'them'}.`,
  changed: (n: number) => `${were(n)} changed by somebody else at the same time, or still on the way in: try again.`,
  tooManyTags: (n: number) =>
    `${captures(n)} would have had more than 64 tags, and ${n === 1 ? 'was' : 'were'} left as before.`,
  nothingSelected: 'Nothing was selected. Select captures in the table first.',
  noTags: 'No tag was named. Write one or more into the field first.',
  tooMany: (most: number) => `At most ${most} captures at once. Nothing was done.`,
  zipTooLarge: (most: string) =>
    `One download holds at most ${most}. Select fewer captures, or download large ones one by one.`,
  undo: 'Undo',

  empty: {
    title: 'No captures yet',
    text: 'Drop a file anywhere on this page, or send one from where it was captured:',
    line: 'with curl',
    key: 'The token is on your account page.',
    noApi: 'Your plan has no API access: captures come by this page.',
  },
  nothing: {
    title: 'Nothing was found',
    text: (query: string) => `No capture of yours has all of ${query}.`,
    hint: 'All that is asked for has to be in one capture: leave something out, or look under “How to search” for what can be asked.',
    all: 'Show all captures',
    goesOn: 'Nothing was found so far; there is more to look through.',
  },
  noneDeleted: {
    title: 'Nothing was deleted lately',
    text: 'What you delete is kept here for a while, and can be restored until then.',
  },
  deletedText: 'Gone for everybody, and still part of your storage until the time in the last column.',
  wrongQuery: 'The search could not be read',

  /** `now`, `3 min ago`, `2 h ago`, `5 days ago`. */
  ago: (ms: number) => {
    const minutes = Math.floor(ms / 60_000)
    if (minutes < 1) return 'just now'
    if (minutes < 60) return `${minutes} min ago`
    const hours = Math.floor(minutes / 60)
    if (hours < 48) return `${hours} h ago`
    return `${Math.floor(hours / 24).toLocaleString('en-US')} days ago`
  },
  /** The same ahead. */
  ahead: (ms: number) => {
    const minutes = Math.max(1, Math.ceil(ms / 60_000))
    if (minutes < 120) return `in ${minutes} min`
    const hours = Math.ceil(minutes / 60)
    return hours < 48 ? `in ${hours} h` : `in ${Math.ceil(hours / 24)} days`
  },

  help: {
    title: 'Keyboard',
    close: 'Close',
    keys: [
      ['/', 'search'],
      ['j', 'next capture'],
      ['k', 'previous capture'],
      ['x', 'select it'],
      ['a', 'select all on this page, or none'],
      ['Enter', 'open it'],
      ['t', 'tag what is selected'],
      ['d', 'download what is selected'],
      ['#', 'delete what is selected'],
      ['z', 'undo the last delete'],
      ['u', 'upload'],
      ['Esc', 'leave the field, select nothing'],
      ['?', 'this help'],
    ] as const,
    single: 'Single keys work on this page',
  },
  /** For those who hear it. */
  refreshed: (n: number) => `${captures(n)} shown.`,
  failed: 'The server did not answer. What is shown may be old; it is tried again.',
} as const
