/** R2, and the index, against D1, in both directions, a page at a time. */
import type { Capture, Known } from '../store/captures.ts'
import { indexCapture } from '../store/indexing.ts'
import { generationOf, isCheckpoint, isTail } from '../store/objects.ts'
import type { Store } from '../store/open.ts'
import { versionOf } from '../store/search-index.ts'

/** Objects and rows looked at in one run. D1 takes 100 parameters a statement. */
const PAGE = 90
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
 * One page of captures, and one of key logs, that no row knows goes into quarantine, where an operator finds it: nothing is deleted, for a database
 * that was restored may be older than its objects. One page of what is derived and no row knows is deleted, and so are
 * what parses left that are over, their checkpoints and earlier generations, tails of uploads that are over, and key logs that others
 * replaced: who was late left them. One page of parsed rows whose bytes are gone is told to the log.
 * What the index has not as the row has it is indexed, and what it has of no row goes.
 */
export async function reconcile(store: Store, clock: () => number): Promise<Reconciled> {
  const quarantined = await withoutRows(store, 'objects', 'captures/', clock, async (lost) => {
    for (const object of lost) await store.quarantine.note(object, clock())
  })
  const deleted = await withoutRows(store, 'summaries', 'summaries/', clock, async (lost) => {
    if (lost.length > 0) await store.objects.remove(lost.map((object) => object.key))
  })
  await withoutRows(store, 'keylogs', 'keylogs/', clock, async (lost, isKnown) => {
    const replaced = lost.filter(isKnown).map(({ key }) => key)
    if (replaced.length > 0) await store.objects.remove(replaced)
    deleted.push(...replaced)
    for (const object of lost.filter((stray) => !isKnown(stray))) {
      await store.quarantine.note(object, clock())
      quarantined.push(object.key)
    }
  })
  const page = await store.captures.page((await store.cursors.find('rows')) ?? '', PAGE)
  const missing = await rowsWithoutObjects(store, page)
  const reindexed = [...(await rowsNotIndexed(store, page)), ...(await indexedWithoutRows(store))]
  await store.cursors.move('rows', page.length === PAGE ? (page.at(-1)?.id ?? null) : null)
  return { quarantined, deleted, missing, reindexed }
}

async function withoutRows(
  store: Store,
  walk: string,
  prefix: 'captures/' | 'summaries/' | 'keylogs/',
  clock: () => number,
  settle: (lost: R2Object[], isKnown: (object: R2Object) => boolean) => Promise<void>,
): Promise<string[]> {
  const page = await store.objects.page(prefix, await store.cursors.find(walk), PAGE)
  const idOf = (key: string) => key.split('/')[2] ?? ''
  const old = page.objects.filter((object) => object.uploaded.getTime() < clock() - GRACE)
  const known = await store.captures.known(old.map((object) => idOf(object.key)))
  const lost = old.filter(({ key }) => isOver(key, known.get(idOf(key))))
  await settle(lost, ({ key }) => known.has(idOf(key)))
  await store.cursors.move(walk, page.truncated ? page.cursor : null)
  return lost.map((object) => object.key)
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
  const parsing = row.state === 'stored' || row.state === 'parsing'
  return !parsing && (generationOf(key) < row.generation || isCheckpoint(key))
}

/** What could not be fetched never had any. */
const hasBytes = ({ state, size, fetch }: Capture) =>
  state === 'ok' || (state === 'error' && (fetch === null || size > 0))

async function rowsWithoutObjects(store: Store, page: Capture[]): Promise<string[]> {
  const missing: Capture[] = []
  for (const capture of page)
    if (hasBytes(capture) && !(await store.objects.head(capture.objectKey))) missing.push(capture)
  for (const capture of missing) console.error(`reconcile: the bytes of capture ${capture.id} are gone`)
  return missing.map((capture) => capture.id)
}

/** Those that are due the sweep takes. */
async function rowsNotIndexed(store: Store, page: Capture[]): Promise<string[]> {
  const parsed = page.filter(({ state, dueAt }) => (state === 'ok' || state === 'error') && dueAt === null)
  const versions = await store.search.versions(parsed.map(({ id }) => id))
  const older = parsed.filter((capture) => (versions.get(capture.id) ?? -1) < versionOf(capture, true))
  for (const capture of older) await indexCapture(store, capture)
  return older.map(({ id }) => id)
}

async function indexedWithoutRows(store: Store): Promise<string[]> {
  const page = await store.search.page((await store.cursors.find('documents')) ?? '', PAGE)
  const known = await store.captures.known(page.map(({ id }) => id))
  const gone = page.filter(({ id }) => !known.has(id))
  for (const document of gone) await store.search.remove(document)
  await store.cursors.move('documents', page.length === PAGE ? (page.at(-1)?.id ?? null) : null)
  return gone.map(({ id }) => id)
}
