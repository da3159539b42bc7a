/** R2, and the index, against D1, in both directions, some pages a run. */
import type { Capture, Known } from '../store/captures.ts'
import { indexCapture } from '../store/indexing.ts'
import { generationOf, isCheckpoint, isTail } from '../store/objects.ts'
import type { Store } from '../store/open.ts'
import { versionOf } from '../store/search-index.ts'

/** Objects and rows in a page. D1 takes 100 parameters a statement. */
const PAGE = 90
/**
 * Pages of one run, for each kind of object; a walk that has found a page of strays ends there. Of rows, each of which costs a call of
 * its own: so a run stays below the 1000 calls to R2 and D1 that an invocation has.
 */
const PAGES = 20
const ROW_PAGES = 4
/** A run begins no page after so long. Milliseconds. */
const BUDGET = 5 * 60_000
/** An object younger than this may belong to an upload that has just begun. Milliseconds. */
const GRACE = 86_400_000

/** What one run found. */
export interface Reconciled {
  /** Keys of captures and key logs put into quarantine. */
  quarantined: string[]
  /** Keys of summaries, tails and replaced key logs deleted. */
  deleted: string[]
  /** Ids of captures without bytes. */
  missing: string[]
  /** Ids of captures that the index did not have as they are, or had though they are gone. */
  reindexed: string[]
}

/**
 * Captures and key logs that no row knows go into quarantine, where an operator finds them: nothing is deleted, for a database
 * that was restored may be older than its objects. What is derived and no row knows is deleted, and so are
 * what parses left that are over, their checkpoints and earlier generations, tails of uploads that are over, and key logs that others
 * replaced: who was late left them. Parsed rows whose bytes are gone are told to the log. What the index has not as the row has it
 * is indexed, and what it has of no row goes. Each walk goes on where the last run left it,
 * and begins anew at its end. A run has an end of its own, in pages and in time.
 */
export async function reconcile(store: Store, clock: () => number): Promise<Reconciled> {
  const until = clock() + BUDGET
  const mayGoOn = () => clock() < until
  const quarantined = await withoutRows(store, 'objects', 'captures/', clock, mayGoOn, async (lost) => {
    for (const object of lost) await store.quarantine.note(object, clock())
  })
  const deleted = await withoutRows(store, 'summaries', 'summaries/', clock, mayGoOn, async (lost) => {
    if (lost.length > 0) await store.objects.remove(lost.map((object) => object.key))
  })
  await withoutRows(store, 'keylogs', 'keylogs/', clock, mayGoOn, async (lost, isKnown) => {
    const replaced = lost.filter(isKnown).map(({ key }) => key)
    if (replaced.length > 0) await store.objects.remove(replaced)
    deleted.push(...replaced)
    for (const object of lost.filter((stray) => !isKnown(stray))) {
      await store.quarantine.note(object, clock())
      quarantined.push(object.key)
    }
  })
  const { missing, reindexed } = await rowsAlone(store, mayGoOn)
  reindexed.push(...(await indexedWithoutRows(store, mayGoOn)))
  return { quarantined, deleted, missing, reindexed }
}

async function withoutRows(
  store: Store,
  walk: string,
  prefix: 'captures/' | 'summaries/' | 'keylogs/',
  clock: () => number,
  mayGoOn: () => boolean,
  settle: (lost: R2Object[], isKnown: (object: R2Object) => boolean) => Promise<void>,
): Promise<string[]> {
  const idOf = (key: string) => key.split('/')[2] ?? ''
  const keys: string[] = []
  let cursor = await store.cursors.find(walk)
  for (let pages = 1; ; pages++) {
    const page = await store.objects.page(prefix, cursor, PAGE)
    const old = page.objects.filter((object) => object.uploaded.getTime() < clock() - GRACE)
    const known = await store.captures.known(old.map((object) => idOf(object.key)))
    const lost = old.filter(({ key }) => isOver(key, known.get(idOf(key))))
    await settle(lost, ({ key }) => known.has(idOf(key)))
    keys.push(...lost.map((object) => object.key))
    cursor = page.truncated ? page.cursor : null
    await store.cursors.move(walk, cursor)
    if (cursor === null || pages === PAGES || keys.length >= PAGE || !mayGoOn()) return keys
  }
}

/**
 * An object belongs to no row any more; what is derived, to an earlier generation; a checkpoint, to a parse that is over; bytes, to an
 * attempt that another followed; a tail, to none that is uploaded; a key log was replaced.
 */
function isOver(key: string, row: Known | undefined): boolean {
  if (row === undefined) return true
  if (key.startsWith('captures/')) return key !== row.objectKey
  if (key.startsWith('keylogs/')) return row.state !== 'uploading' && key !== row.keylogKey
  if (isTail(key)) return row.state !== 'uploading'
  const parsing = row.state === 'stored' || row.state === 'parsing' || row.state === 'trashed' // which goes on when it comes back
  return !parsing && (generationOf(key) < row.generation || isCheckpoint(key))
}

/** What could not be fetched or made never had any. */
const hasBytes = ({ state, size, fetch, make }: Capture) =>
  state === 'ok' || (state === 'error' && ((fetch === null && make === null) || size > 0))

/** Rows whose bytes are gone, and those that the index has not as they are: after a page with some of these it ends, for each costs calls. */
async function rowsAlone(store: Store, mayGoOn: () => boolean) {
  const missing: string[] = []
  const reindexed: string[] = []
  let cursor = await store.cursors.find('rows')
  for (let pages = 1; ; pages++) {
    const page = await store.captures.page(cursor ?? '', PAGE)
    for (const capture of page) {
      if (!hasBytes(capture) || (await store.objects.head(capture.objectKey))) continue
      console.error(`reconcile: the bytes of capture ${capture.id} are gone`)
      missing.push(capture.id)
    }
    reindexed.push(...(await rowsNotIndexed(store, page)))
    cursor = page.length === PAGE ? (page.at(-1)?.id ?? null) : null
    await store.cursors.move('rows', cursor)
    if (cursor === null || pages === ROW_PAGES || reindexed.length > 0 || !mayGoOn()) return { missing, reindexed }
  }
}

/** Those that are due the sweep takes. */
async function rowsNotIndexed(store: Store, page: Capture[]): Promise<string[]> {
  const parsed = page.filter(({ state, dueAt }) => (state === 'ok' || state === 'error') && dueAt === null)
  const versions = await store.search.versions(parsed.map(({ id }) => id))
  const older = parsed.filter((capture) => (versions.get(capture.id) ?? -1) < versionOf(capture, true))
  for (const capture of older) await indexCapture(store, capture)
  return older.map(({ id }) => id)
}

async function indexedWithoutRows(store: Store, mayGoOn: () => boolean): Promise<string[]> {
  const removed: string[] = []
  let cursor = await store.cursors.find('documents')
  for (let pages = 1; ; pages++) {
    const page = await store.search.page(cursor ?? '', PAGE)
    const known = await store.captures.known(page.map(({ id }) => id))
    const gone = page.filter(({ id }) => (known.get(id)?.state ?? 'trashed') === 'trashed')
    for (const document of gone) await store.search.remove(document)
    removed.push(...gone.map(({ id }) => id))
    cursor = page.length === PAGE ? (page.at(-1)?.id ?? null) : null
    await store.cursors.move('documents', cursor)
    if (cursor === null || pages === ROW_PAGES || gone.length > 0 || !mayGoOn()) return removed
  }
}
