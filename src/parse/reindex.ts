/** All captures into the index anew, some with each run of the cron, after an operator has asked for it. */
import { wordsOf } from '../errors.ts'
import { indexCapture } from '../store/indexing.ts'
import type { Store } from '../store/open.ts'

/** Captures indexed in one run, so many of them at once: each costs an object read and three statements. */
const MOST = 240
const AT_ONCE = 6

/** Where the walk is; there is none where it is `null`. `npm run admin -- reindex` sets it to the empty text. */
export const WALK = 'reindex'

/**
 * Go on with it. Where the index does not answer, the next run begins there again. Writes, of the rows of D1, the cursor alone.
 * @returns how many were indexed; `null` where nobody has asked
 */
export async function reindex(store: Store): Promise<number | null> {
  let after = await store.cursors.find(WALK)
  if (after === null) return null
  let indexed = 0
  try {
    while (after !== null && indexed < MOST) {
      const page = await store.captures.page(after, AT_ONCE)
      const parsed = page.filter(({ state }) => state === 'ok' || state === 'error')
      await Promise.all(parsed.map((capture) => indexCapture(store, capture)))
      indexed += page.length
      after = page.length === AT_ONCE ? (page.at(-1)?.id ?? null) : null
      await store.cursors.move(WALK, after)
    }
  } catch (error) {
    console.error(`reindex: ${wordsOf(error)}`)
  }
  return indexed
}
