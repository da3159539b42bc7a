/** The store as the rest of the Worker sees it: verbs over D1, R2 and the queues. */
import { drizzle } from 'drizzle-orm/d1'
import { accountKeysIn } from './account-keys.ts'
import { accountsIn } from './accounts.ts'
import { annotationsIn } from './annotations.ts'
import { answersIn } from './answers.ts'
import { auditIn } from './audit.ts'
import { capturesIn } from './captures.ts'
import { ceremoniesIn } from './ceremonies.ts'
import { cursorsIn } from './cursors.ts'
import { type Env, settingsFrom } from './env.ts'
import { fetchesIn } from './fetches.ts'
import { jobsOn } from './jobs.ts'
import { objectsIn } from './objects.ts'
import { overviewOf } from './overview.ts'
import { passkeysIn } from './passkeys.ts'
import { profilesIn } from './profiles.ts'
import { quarantineIn } from './quarantine.ts'
import { repairsIn } from './repairs.ts'
import { searchIn } from './search-index.ts'
import { sessionsIn } from './sessions.ts'
import { serverSettingsIn } from './settings.ts'
import { sharesIn } from './shares.ts'
import { signInLinksIn } from './sign-in-links.ts'
import { tokensIn } from './tokens.ts'
import { trashIn } from './trash.ts'
import { trashedIn } from './trashed.ts'
import { uploadsIn } from './uploads.ts'
import { viewerIn } from './viewer.ts'

/** Open the bindings. Cheap: nothing is asked of them until a verb is. One a request. */
export function openStore(env: Env) {
  const db = drizzle(env.DB)
  const settings = settingsFrom(env)
  return {
    settings,
    accountKeys: accountKeysIn(db, settings),
    accounts: accountsIn(db, settings),
    answers: answersIn(db, settings),
    annotations: annotationsIn(db, settings),
    audit: auditIn(db, settings),
    captures: capturesIn(db, settings),
    ceremonies: ceremoniesIn(db, settings),
    cursors: cursorsIn(db, settings),
    fetches: fetchesIn(db, settings),
    jobs: jobsOn(env.PARSE, env.FETCHES, settings),
    objects: objectsIn(env.CAPTURES, settings),
    overview: () => overviewOf(db, env.SEARCH, settings),
    passkeys: passkeysIn(db, settings),
    profiles: profilesIn(db, settings),
    quarantine: quarantineIn(db, settings),
    repairs: repairsIn(db, settings),
    serverSettings: serverSettingsIn(db, settings),
    sessions: sessionsIn(db, settings),
    shares: sharesIn(db, settings),
    signInLinks: signInLinksIn(db, settings),
    search: searchIn(env.SEARCH, settings),
    tokens: tokensIn(db, settings),
    trash: trashIn(db, settings),
    trashed: trashedIn(db, settings),
    uploads: uploadsIn(db, settings),
    viewer: viewerIn(env.ASSETS, settings),
  }
}

export type Store = ReturnType<typeof openStore>
