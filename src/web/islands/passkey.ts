/**
 * Passkeys in the browser: buttons and forms of a page that say `data-passkey`, and forms that want a proof that is fresh
 * (`data-fresh-until`). Writes text only.
 */
import { browserSupportsWebAuthn, startAuthentication, startRegistration, WebAuthnError } from '@simplewebauthn/browser'
import { PASSKEY } from '../words/passkey.ts'

const words = document.querySelector<HTMLElement>('[data-passkey-words]')
const say = (text: string) => {
  if (words) words.textContent = text
}

/** Ask the server. @throws Error whose message a person may read */
async function post<T>(path: string, body: unknown = {}): Promise<T> {
  const init = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }
  const answer = await fetch(path, init).catch(() => null)
  const told = await answer?.json().catch(() => null)
  if (!answer?.ok) throw new Error(told?.detail ?? PASSKEY.failed)
  return told as T
}

type Asked = Parameters<typeof startAuthentication>[0]['optionsJSON']

async function signIn(next: string): Promise<void> {
  const optionsJSON = await post<Asked>('/sign-in/passkey/options')
  const answer = await startAuthentication({ optionsJSON })
  location.assign((await post<{ next: string }>(`/sign-in/passkey?next=${encodeURIComponent(next)}`, answer)).next)
}

/** @returns false where the account has no passkey to confirm by */
async function confirm(): Promise<boolean> {
  const optionsJSON = await post<Asked>('/account/confirm/options')
  if (!optionsJSON.allowCredentials?.length) return false
  await post('/account/confirm', await startAuthentication({ optionsJSON }))
  return true
}

async function add(form: HTMLFormElement): Promise<void> {
  const name = String(new FormData(form).get('name') ?? '')
  if (isStale(form)) await confirm()
  const optionsJSON = await post<Parameters<typeof startRegistration>[0]['optionsJSON']>('/account/passkeys/options')
  await post('/account/passkeys', { name, answer: await startRegistration({ optionsJSON }) })
  location.assign(form.dataset.next ?? '/account/sign-in')
}

/** Some seconds before the server would say so. */
const isStale = (form: HTMLFormElement) =>
  form.dataset.freshUntil !== undefined && Date.now() > Number(form.dataset.freshUntil) - 5000

/** Run one ceremony at a time, and say how it ended. */
let busy = false
async function run(ceremony: () => Promise<unknown>): Promise<boolean> {
  if (busy) return false
  busy = true
  say(PASSKEY.waiting)
  try {
    await ceremony()
    say('')
    return true
  } catch (error) {
    const isBrowsers = error instanceof WebAuthnError || error instanceof DOMException
    const isKnown = error instanceof WebAuthnError && error.code === 'ERROR_AUTHENTICATOR_PREVIOUSLY_REGISTERED'
    say(isKnown ? PASSKEY.known : isBrowsers ? PASSKEY.cancelled : (error as Error).message)
    return false
  } finally {
    busy = false
  }
}

const supported = browserSupportsWebAuthn()
const parts = document.querySelectorAll<HTMLElement>('[data-passkey]')
if (!supported && parts.length > 0) say(PASSKEY.unsupported)

for (const part of supported ? parts : []) {
  part.hidden = false
  const next = part.dataset.next ?? '/my'
  if (part instanceof HTMLFormElement)
    part.addEventListener('submit', (event) => {
      event.preventDefault()
      void run(() => add(part))
    })
  else if (part.dataset.passkey === 'sign-in') part.addEventListener('click', () => run(() => signIn(next)))
  else
    part.addEventListener('click', () =>
      run(async () => {
        if (await confirm()) location.assign(next)
      }),
    )
}

for (const form of document.querySelectorAll<HTMLFormElement>('form[data-fresh-until]:not([data-passkey])'))
  form.addEventListener('submit', (event) => {
    if (!supported || !isStale(form)) return
    event.preventDefault()
    void run(confirm).then((proved) => proved && form.submit())
  })
