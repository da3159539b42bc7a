/** R2 against D1, in both directions, a page at a time. */
import type { Capture } from '../store/captures.ts'
import { generationOf, isCheckpoint } from '../store/objects.ts'
import type { Store } from '../store/open.ts'

/** Objects and rows looked at in one run. D1 takes 100 parameters a statement. */
const PAGE = 90
/** An object younger than this may belong to an upload that has just begun. Milliseconds. */
const GRACE = 86_400_000

/** What one run found. */
export interface Reconciled {
  /** Keys of captures put into quarantine. */
  quarantined: string[]
  /** Keys of summaries deleted. */
  deleted: string[]
  /** Ids of captures without bytes. */
  missing: string[]
}

/**
 * One page of captures that no row knows goes into quarantine, where an operator finds it: nothing is deleted, for a database
 * that was restored may be older than its objects. One page of what is derived and no row knows is deleted, and so are
 * what parses
 * left that are over, their checkpoints and earlier generations: it can be made again. One page of parsed rows whose bytes are gone is told to the log.
 */
export async function reconcile(store: Store, clock: () => number): Promise<Reconciled> {
  const quarantined = await withoutRows(store, 'objects', 'captures/', clock, async (lost) => {
    for (const object of lost) await store.quarantine.note(object, clock())
  })
  const deleted = await withoutRows(store, 'summaries', 'summaries/', clock, async (lost) => {
    if (lost.length > 0) await store.objects.remove(lost.map((object) => object.key))
  })
  return { quarantined, deleted, missing: await rowsWithoutObjects(store) }
}

async function withoutRows(
  store: Store,
  walk: string,
  prefix: 'captures/' | 'summaries/',
  clock: () => number,
  settle: (lost: R2Object[]) => Promise<void>,
): Promise<string[]> {
  const page = await store.objects.page(prefix, await store.cursors.find(walk), PAGE)
  const idOf = (key: string) => key.split('/')[2] ?? ''
  const old = page.objects.filter((object) => object.uploaded.getTime() < clock() - GRACE)
  const known = await store.captures.known(old.map((object) => idOf(object.key)))
  const lost = old.filter(({ key }) => isOver(key, known.get(idOf(key))))
  await settle(lost)
  await store.cursors.move(walk, page.truncated ? page.cursor : null)
  return lost.map((object) => object.key)
}

/** An object belongs to no row any more; what is derived, to an earlier generation; a checkpoint, to a parse that is over. */
function isOver(key: string, row: Pick<Capture, 'state' | 'generation'> | undefined): boolean {
  if (row === undefined) return true
  const parsing = row.state === 'stored' || row.state === 'parsing'
  return !parsing && (generationOf(key) < row.generation || isCheckpoint(key))
}

async function rowsWithoutObjects(store: Store): Promise<string[]> {
  const page = await store.captures.page((await store.cursors.find('rows')) ?? '', PAGE)
  const missing: Capture[] = []
  for (const capture of page)
    if ((capture.state === 'ok' || capture.state === 'error') && !(await store.objects.head(capture.objectKey)))
      missing.push(capture)
  for (const capture of missing) console.error(`reconcile: the bytes of capture ${capture.id} are gone`)
  await store.cursors.move('rows', page.length === PAGE ? (page.at(-1)?.id ?? null) : null)
  return missing.map((capture) => capture.id)
}
