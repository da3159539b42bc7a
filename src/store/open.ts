/** The store as the rest of the Worker sees it: verbs over D1, R2 and the queues. */
import { drizzle } from 'drizzle-orm/d1'
import { accountsIn } from './accounts.ts'
import { annotationsIn } from './annotations.ts'
import { answersIn } from './answers.ts'
import { capturesIn } from './captures.ts'
import { cursorsIn } from './cursors.ts'
import { type Env, settingsFrom } from './env.ts'
import { fetchesIn } from './fetches.ts'
import { jobsOn } from './jobs.ts'
import { objectsIn } from './objects.ts'
import { quarantineIn } from './quarantine.ts'
import { searchIn } from './search-index.ts'
import { sharesIn } from './shares.ts'
import { tokensIn } from './tokens.ts'
import { uploadsIn } from './uploads.ts'
import { viewerIn } from './viewer.ts'

/** Open the bindings. Cheap: nothing is asked of them until a verb is. One a request. */
export function openStore(env: Env) {
  const db = drizzle(env.DB)
  const settings = settingsFrom(env)
  return {
    settings,
    accounts: accountsIn(db, settings),
    answers: answersIn(db, settings),
    annotations: annotationsIn(db, settings),
    captures: capturesIn(db, settings),
    cursors: cursorsIn(db, settings),
    fetches: fetchesIn(db, settings),
    jobs: jobsOn(env.PARSE, env.FETCHES, settings),
    objects: objectsIn(env.CAPTURES, settings),
    quarantine: quarantineIn(db, settings),
    shares: sharesIn(db, settings),
    search: searchIn(env.SEARCH, settings),
    tokens: tokensIn(db, settings),
    uploads: uploadsIn(db, settings),
    viewer: viewerIn(env.ASSETS, settings),
  }
}

export type Store = ReturnType<typeof openStore>
