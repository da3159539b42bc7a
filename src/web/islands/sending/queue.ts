/** Uploads under way in this page: three at a time, by tus; each goes on by itself after a lost connection. */
import { Upload } from 'tus-js-client'
import { whyNoCapture } from '../../../ingest/sniff.ts'
import { bytes } from '../../ui/numbers.ts'
import { UPLOAD } from '../../words/upload.ts'
import type { Told } from '../reading.ts'
import { readFacts } from './facts.ts'
import type { Gathered } from './gather.ts'
import { MOST_FILES } from './gather.ts'
import { fingerprintOf } from './kept.ts'
import { pageAt, wordsOf } from './page-request.ts'
import { Speed } from './speed.ts'

/** Sent at once. */
const PARALLEL = 3
/** Bytes of one request; a whole number of R2's parts, so that each ends in one. */
const CHUNK = 8 * 1024 ** 2
const SNIFFED = 512
/** Between two tries, and between two looks at a status. Milliseconds. */
const [SOONEST, LATEST] = [1000, 30_000]

export type State =
  | 'checking'
  | 'waiting'
  | 'sending'
  | 'paused'
  | 'lost'
  | 'busy'
  | 'finishing'
  | 'fetching'
  | 'processing'
  | 'ready'
  | 'failed'
  | 'cancelled'

export interface Item {
  key: number
  name: string
  /** Bytes; `null` for what the server fetches. */
  size: number | null
  state: State
  sent: number
  rate: number | null
  /** Why it failed, or what else is to be said. */
  words: string
  /** It may be tried again. */
  again: boolean
  told: Told | null
  /** How far the server has read it. Percent. */
  percent: number | null
  id: string | null
}

/** What goes for all files that are added together. */
export interface Options {
  additional_tags: string
  comments: string
  /** Empty: as the account says. */
  visibility: string
}

interface Sending {
  item: Item
  file: File
  upload: Upload | null
  speed: Speed
  tries: number
  /** Status of the last answer; 0: none came. */
  status: number
  timer: number | undefined
  endFacts: () => void
  options: Options
  inFolder: boolean
}

export interface Queue {
  items: readonly Item[]
  /** Files of folders that are no captures, and were left out. */
  skipped: number
  cut: boolean
  add(gathered: Gathered, options: Options): void
  fetch(url: string, options: Options): void
  pause(item: Item): void
  resume(item: Item): void
  cancel(item: Item): void
  dismiss(item: Item): void
}

/**
 * @param account whose uploads they are
 * @param most largest capture. Bytes
 * @param changed called soon after something is other than before
 */
export function openQueue(account: string, most: number, changed: () => void): Queue {
  const sendings: Sending[] = []
  const items: Item[] = []
  let keys = 0
  let told = false
  const tell = () => {
    if (told) return
    told = true
    setTimeout(() => {
      told = false
      changed()
    }, 100)
  }
  const set = (item: Item, change: Partial<Item>) => {
    Object.assign(item, change)
    tell()
  }
  const newItem = (name: string, size: number | null, state: State): Item => {
    const item = {
      key: ++keys,
      name,
      size,
      state,
      sent: 0,
      rate: null,
      words: '',
      again: false,
      told: null,
      percent: null,
      id: null,
    }
    items.push(item)
    tell()
    return item
  }

  async function check(sending: Sending): Promise<void> {
    const { item, file } = sending
    const refuse = (words: string) => set(item, { state: 'failed', words })
    if (file.size > most) return refuse(UPLOAD.tooLarge(bytes(file.size).text, bytes(most).text))
    const head = await file
      .slice(0, SNIFFED)
      .arrayBuffer()
      .catch(() => null)
    if (head === null) return refuse(UPLOAD.unopenable)
    const why = whyNoCapture(new Uint8Array(head))
    if (why !== null && sending.inFolder) {
      queue.skipped++
      items.splice(items.indexOf(item), 1)
      return tell()
    }
    if (why !== null) return refuse(UPLOAD.notSent(why))
    set(item, { state: 'waiting' })
    pump()
  }

  const isGoing = ({ item: { state } }: Sending) =>
    state === 'sending' || state === 'finishing' || state === 'lost' || state === 'busy'

  function pump(): void {
    for (const sending of sendings) {
      if (sendings.filter(isGoing).length >= PARALLEL) return
      if (sending.item.state === 'waiting') void send(sending)
    }
  }

  async function send(sending: Sending): Promise<void> {
    const { item, file, speed } = sending
    set(item, { state: 'sending', words: '', again: false })
    sending.endFacts()
    if (item.told?.end == null) sending.endFacts = readFacts(file, (told) => set(item, { told }))
    if (sending.upload === null) {
      const upload = uploadOf(sending)
      sending.upload = upload
      const [before] = await upload.findPreviousUploads()
      if (before !== undefined) upload.resumeFromPreviousUpload(before)
      if (item.state !== 'sending') return
    }
    speed.rest()
    sending.upload.start()
  }

  function uploadOf(sending: Sending): Upload {
    const { item, file, speed, options } = sending
    const said = Object.entries(options).filter(([, value]) => value !== '')
    return new Upload(file, {
      endpoint: '/files',
      chunkSize: CHUNK,
      retryDelays: null, // below: for as long as the page is open
      metadata: { filename: file.name, ...Object.fromEntries(said) },
      fingerprint: async () => fingerprintOf(account, file),
      removeFingerprintOnSuccess: true,
      onBeforeRequest: () => {
        sending.status = 0
      },
      onAfterResponse: async (request, answer) => {
        const status = answer.getStatus()
        sending.status = status
        if (status >= 400) sending.item.words = messageIn(answer.getBody())
        // At these alone there is no such upload any more. At others tus-js-client would begin anew.
        if (request.getMethod() === 'HEAD' && status >= 400 && status !== 404 && status !== 410)
          throw new Error('not now')
      },
      onProgress: (sent) => {
        speed.note(sent)
        set(item, { sent, rate: speed.rate, state: sent === file.size ? 'finishing' : 'sending' })
      },
      onChunkComplete: () => {
        sending.tries = 0
      },
      onError: () => failed(sending),
      onSuccess: ({ lastResponse }) => {
        sending.endFacts()
        const id = lastResponse.getHeader('X-Capture-Id') ?? null
        set(item, { state: 'processing', sent: file.size, rate: null, id })
        document.dispatchEvent(new Event('captures-changed'))
        pump()
        if (id !== null) void follow(item, id)
      },
    })
  }

  /** Whatever will pass is waited for. */
  function failed(sending: Sending): void {
    const { item, status, tries } = sending
    if (item.state === 'paused' || item.state === 'cancelled') return
    const passes =
      status === 0 ||
      status === 409 ||
      status === 423 ||
      status === 429 ||
      status >= 500 ||
      status === 408 ||
      status === 460
    if (!passes) {
      sending.endFacts()
      const words = status === 401 ? UPLOAD.signedOut : item.words || UPLOAD.unopenable
      set(item, { state: 'failed', words, again: status !== 415 && status !== 413, rate: null })
      pump()
      return
    }
    set(item, { state: status === 0 ? 'lost' : 'busy', rate: null })
    sending.tries++
    clearTimeout(sending.timer)
    sending.timer = setTimeout(() => retry(sending), Math.min(LATEST, SOONEST * 2 ** tries))
  }

  function retry(sending: Sending): void {
    clearTimeout(sending.timer)
    if (sending.item.state === 'lost' || sending.item.state === 'busy') void send(sending)
  }

  addEventListener('online', () => {
    for (const sending of sendings) retry(sending)
  })
  addEventListener('beforeunload', (event) => {
    if (sendings.some((sending) => isGoing(sending) || sending.item.state === 'waiting')) event.preventDefault()
  })

  /** Look how the server gets on with a capture, until it has. */
  async function follow(item: Item, id: string): Promise<void> {
    for (let wait = SOONEST / 2; items.includes(item); wait = Math.min(LATEST / 3, wait * 1.5)) {
      await new Promise((later) => setTimeout(later, wait))
      const capture = await fetch(`/api/v2/captures/${id}`, { headers: { Accept: 'application/json' } })
        .then(async (answer) => (answer.ok ? ((await answer.json()) as Standing) : answer.status))
        .catch(() => null)
      if (capture === null || capture === 401) continue
      if (typeof capture === 'number') return set(item, { state: 'failed', words: '', id: null })
      const { status, facts, failure, progress, filename, size } = capture
      const read = facts && { packets: facts.packets, end: { fileType: facts.fileType, duration: facts.duration } }
      if (read !== null) item.told = read
      set(item, { name: filename, size: size ?? item.size, percent: progress })
      if (status === 'processing') set(item, { state: 'processing' })
      if (status !== 'ok' && status !== 'error') continue
      set(item, { state: 'ready', words: status === 'error' ? UPLOAD.unreadable(failure?.message ?? '') : '' })
      document.dispatchEvent(new Event('captures-changed'))
      return
    }
  }

  const sendingOf = (item: Item) => sendings.find((one) => one.item === item)

  const queue: Queue = {
    items,
    skipped: 0,
    cut: false,
    add({ files, cut }, options) {
      queue.cut = cut || files.length > MOST_FILES
      for (const { file, inFolder } of files.slice(0, MOST_FILES)) {
        const print = fingerprintOf(account, file)
        const isThere = sendings.some(
          (one) =>
            !['failed', 'cancelled', 'ready', 'processing'].includes(one.item.state) &&
            fingerprintOf(account, one.file) === print,
        )
        if (isThere) continue
        const item = newItem(file.name, file.size, 'checking')
        const sending = {
          item,
          file,
          upload: null,
          speed: new Speed(),
          tries: 0,
          status: 0,
          timer: undefined,
          endFacts: () => {},
          options,
          inFolder,
        }
        sendings.push(sending)
        void check(sending)
      }
    },
    fetch(url, options) {
      const item = newItem(nameIn(url), null, 'fetching')
      const form = new URLSearchParams({ url, ...options })
      pageAt('/upload', form).then(
        ({ status, url: led, page }) => {
          const id = /^\/captures\/([0-9a-f-]{36})$/.exec(led.pathname)?.[1]
          if (status >= 400 || id === undefined) return set(item, { state: 'failed', words: wordsOf(page) })
          set(item, { id })
          document.dispatchEvent(new Event('captures-changed'))
          return follow(item, id)
        },
        () => set(item, { state: 'failed', words: UPLOAD.lost }),
      )
    },
    pause(item) {
      const sending = sendingOf(item)
      clearTimeout(sending?.timer)
      set(item, { state: 'paused', rate: null })
      void sending?.upload?.abort()
      pump()
    },
    resume(item) {
      set(item, { state: 'waiting' })
      pump()
    },
    cancel(item) {
      const sending = sendingOf(item)
      clearTimeout(sending?.timer)
      sending?.endFacts()
      set(item, { state: 'cancelled', rate: null, again: false })
      sending?.upload?.abort(true).catch(() => undefined) // it runs out by itself
      pump()
    },
    dismiss(item) {
      items.splice(items.indexOf(item), 1)
      const at = sendings.findIndex((one) => one.item === item)
      if (at >= 0) sendings.splice(at, 1)
      tell()
    },
  }
  return queue
}

/** A capture as `/api/v2` tells of it, in so far as it is asked here. */
interface Standing {
  status: 'uploading' | 'processing' | 'ok' | 'error'
  progress: number | null
  filename: string
  size: number | null
  facts: { packets: number; fileType: string; duration: string | null } | null
  failure: { message: string } | null
}

function messageIn(body: string): string {
  try {
    return String((JSON.parse(body) as { message?: string }).message ?? '')
  } catch {
    return ''
  }
}

/** What a URL is called until its capture has a name. */
function nameIn(url: string): string {
  const { pathname, host } = new URL(url)
  return pathname.split('/').at(-1) || host
}
