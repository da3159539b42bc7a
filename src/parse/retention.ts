/** What is older than it is kept for is deleted: captures by their owner's word or their account's plan, copies of what compressed ones hold by a setting. */
import { wordsOf } from '../errors.ts'
import { serverIn } from '../store/audit.ts'
import { STORED } from '../store/captures.ts'
import { derivedKeysFor } from '../store/objects.ts'
import type { Store } from '../store/open.ts'
import { deleteCapture } from '../store/removal.ts'
import type { State } from '../store/schema.ts'

/** The trash keeps nothing from its end. */
const IN_ANY_STATE: State[] = [...STORED, 'trashed']

const DAY = 86_400_000
const MINUTE = 60_000
/** Copies taken away in one run: each costs a query and, at 4 MiB of content a frame, two calls for every 4 GiB. */
const MOST_COPIES = 50
/** Uploads forgotten at once, and in one run. */
const UPLOADS_AT_ONCE = 20
const MOST_UPLOADS = 2000
/** Answers forgotten at once, and in one run. */
const ANSWERS_AT_ONCE = 500
const MOST_ANSWERS = 20_000
/** Ended links are told apart from those that never were for so long. */
const SHARES_KEPT = 30 * DAY
/** Links forgotten at once, and in one run. */
const SHARES_AT_ONCE = 100
const MOST_SHARES = 2000
/** Of sessions, ceremonies, sign-in links and lines of the audit log, each: forgotten at once, and in one run. */
const SIGN_INS_AT_ONCE = 500
const MOST_SIGN_INS = 20_000
/** How long links that ran out, and lines of the audit log, are kept. */
const LINKS_KEPT = 30 * DAY
const AUDIT_KEPT = 400 * DAY
/** Captures deleted in one run, of all accounts: each costs three queries, and D1 answers 1,000 to an invocation. */
const MOST = 100

/**
 * Delete what its owner wants gone by now, and what is too old, oldest first. What is left over waits for the next run, which begins with the next account; one that
 * fails keeps no other waiting.
 */
export async function retain(store: Store, clock: () => number): Promise<void> {
  let left = MOST
  for (const { id, accountId } of await store.captures.toDelete(clock(), MOST))
    try {
      left--
      await deleteCapture(store, id, serverIn(accountId), clock(), IN_ANY_STATE)
    } catch (error) {
      console.error(`end of ${id}: ${wordsOf(error)}`)
    }
  const accounts = await store.accounts.withRetention()
  const turn = Math.floor(clock() / MINUTE)
  for (let index = 0; index < accounts.length && left > 0; index++) {
    const account = accounts[(turn + index) % accounts.length]
    if (!account) continue
    try {
      const before = clock() - (account.retentionDays ?? 0) * DAY
      const old = await store.captures.expired(account.id, before, left)
      left -= old.length
      for (const capture of old) await deleteCapture(store, capture.id, serverIn(account.id), clock(), IN_ANY_STATE)
    } catch (error) {
      console.error(`retention of account ${account.id}: ${wordsOf(error)}`)
    }
  }
}

/**
 * Take old copies away, oldest first: objects, then the note of them, so that a crash in between leaves nothing unaccounted for. What
 * is left over waits for the next run.
 */
export async function retainCopies(store: Store, clock: () => number): Promise<void> {
  for (const capture of await store.captures.copiedBefore(clock() - store.settings.copyAge, MOST_COPIES))
    try {
      await store.objects.removeUnder(derivedKeysFor(capture).copy)
      await store.captures.copyRemoved(capture)
    } catch (error) {
      console.error(`copy of ${capture.id}: ${wordsOf(error)}`)
    }
}

/** Forget answers to requests that were made a day ago, oldest first: who asks after that asks anew. */
export const forgetAnswers = (store: Store, clock: () => number): Promise<void> =>
  inTurns('answers that were given', (most) => store.answers.forget(clock() - DAY, most), ANSWERS_AT_ONCE, MOST_ANSWERS)

/** Forget resumable uploads that were done a day ago, oldest first: who asks after that has the capture's own address. */
export const forgetUploads = (store: Store, clock: () => number): Promise<void> =>
  inTurns(
    'uploads that were done',
    (most) => store.uploads.forgetDone(clock() - DAY, most),
    UPLOADS_AT_ONCE,
    MOST_UPLOADS,
  )

/** Forget links that ended thirty days ago, oldest first. */
export const forgetShares = (store: Store, clock: () => number): Promise<void> =>
  inTurns(
    'links that ended',
    (most) => store.shares.forgetEnded(clock() - SHARES_KEPT, most),
    SHARES_AT_ONCE,
    MOST_SHARES,
  )

/** Forget sessions and passkey ceremonies that are over, sign-in links that were a month ago, and what the audit log has had for 400 days. */
export async function forgetSignIns(
  { sessions, ceremonies, signInLinks, audit }: Store,
  clock: () => number,
): Promise<void> {
  const all: [string, (most: number) => Promise<number>][] = [
    ['sessions', (most) => sessions.forget(clock(), most)],
    ['ceremonies', (most) => ceremonies.forget(clock(), most)],
    ['sign-in links', (most) => signInLinks.forget(clock() - LINKS_KEPT, most)],
    ['audit log', (most) => audit.forget(clock() - AUDIT_KEPT, most)],
  ]
  for (const [what, forget] of all) await inTurns(`${what} that are over`, forget, SIGN_INS_AT_ONCE, MOST_SIGN_INS)
}

/** Forget so many at once, as often as there are as many, and no more than `most` in one run. What fails waits for the next one. */
async function inTurns(
  what: string,
  forget: (most: number) => Promise<number>,
  atOnce: number,
  most: number,
): Promise<void> {
  try {
    for (let forgotten = 0; forgotten < most; forgotten += atOnce) if ((await forget(atOnce)) < atOnce) return
  } catch (error) {
    console.error(`${what}: ${wordsOf(error)}`)
  }
}
