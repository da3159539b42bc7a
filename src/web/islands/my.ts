/** The list of captures, moving: filtered while one types, renewed while something is under way, all of it by the keyboard. */
import { MY } from '../words/my.ts'
import { pageAt, wordsOf } from './sending/page-request.ts'

const find = <T extends HTMLElement = HTMLElement>(selector: string, within: ParentNode = document) =>
  within.querySelector<T>(selector)
const all = <T extends HTMLElement = HTMLElement>(selector: string, within: ParentNode = document) => [
  ...within.querySelectorAll<T>(selector),
]

const found = find('#found')
const toast = find('#toast')
const finder = find<HTMLFormElement>('#finder')
const field = find<HTMLInputElement>('#q')
const help = find<HTMLDialogElement>('#help')
const single = find<HTMLInputElement>('#single')

/** Parts of the page that another answer of the same page replaces. */
const PARTS = ['#found', '#usage', '#refusal', '#toast']
/** After a key, until the list is asked for; between two looks at what is under way. Milliseconds. */
const TYPED = 200
const [SOONEST, LATEST] = [1500, 20_000]

/* what is selected */

const picks = () => all<HTMLInputElement>('input[name=ids]:not([type=hidden])', found ?? undefined)
const picked = () => picks().filter(({ checked }) => checked)
/** From where a selection with Shift goes. */
let anchor: HTMLInputElement | null = null

function countPicked(): void {
  const [count, of] = [picked().length, picks().length]
  const chosen = find('.chosen')
  if (chosen) chosen.textContent = MY.selected(count)
  const master = find<HTMLInputElement>('input.all')
  if (master === null) return
  master.hidden = of === 0
  master.checked = count > 0 && count === of
  master.indeterminate = count > 0 && count < of
}

function pickAll(to: boolean): void {
  for (const one of picks()) one.checked = to
  countPicked()
}

found?.addEventListener('click', (event) => {
  const box = event.target
  if (!(box instanceof HTMLInputElement) || box.name !== 'ids') return
  const boxes = picks()
  const from = anchor === null ? -1 : boxes.indexOf(anchor)
  if (event.shiftKey && from >= 0) {
    const to = boxes.indexOf(box)
    for (const one of boxes.slice(Math.min(from, to), Math.max(from, to) + 1)) one.checked = box.checked
  }
  anchor = box
})
found?.addEventListener('change', (event) => {
  const box = event.target as HTMLInputElement
  if (box.classList.contains('all')) pickAll(box.checked)
  countPicked()
})

/* another answer of the same page */

/** The server answered, and said why not. */
class Refusal extends Error {}

/** Say why something was not done. */
function complain(error: unknown): void {
  const words = error instanceof Refusal ? error.message : MY.failed
  const [saying, text] = [document.createElement('div'), document.createElement('p')]
  saying.className = 'saying'
  text.textContent = words
  saying.append(text)
  toast?.replaceChildren(saying)
  fade()
}

let fading: number | undefined
function fade(): void {
  clearTimeout(fading)
  if (find('.undo') === null) fading = setTimeout(() => toast?.replaceChildren(), 8000)
}

let asked: AbortController | null = null

/** Put in place what the server answers; what is selected stays so, and what has the focus. */
async function show(address: string, form: URLSearchParams | null = null): Promise<void> {
  asked?.abort()
  const asking = new AbortController()
  asked = asking
  const { page, url } = await pageAt(address, form, asking.signal)
  if (asking.signal.aborted) return
  if (url.pathname.startsWith('/sign-in')) return location.assign(url)
  if (find('#found', page) === null) throw new Refusal(wordsOf(page))
  const kept = new Set(picked().map(({ value }) => value))
  const row = current()?.dataset.id
  const place = activeIn()
  const at = all<HTMLTableRowElement>('tr[data-id]').findIndex(({ dataset }) => dataset.id === row)
  const scrolled = find('.scroll', found ?? undefined)?.scrollTop ?? 0
  for (const part of PARTS) {
    if (part === '#toast' && form === null) continue
    const [old, made] = [find(part), find(part, page)]
    if (old && made) old.replaceChildren(...document.adoptNode(made).childNodes)
  }
  for (const one of picks()) one.checked = form === null && kept.has(one.value)
  document.dispatchEvent(new Event('times-changed'))
  const scroll = find('.scroll', found ?? undefined)
  if (scroll) scroll.scrollTop = scrolled
  if (place !== null) focusRow(rowOf(row) ?? rows()[Math.min(Math.max(0, at), rows().length - 1)], place)
  countPicked()
  watch()
}

/** What in a row has the focus; `null`: it is elsewhere. */
const activeIn = (): 'box' | 'link' | null => {
  const active = document.activeElement
  if (active === null || !found?.contains(active)) return null
  return active.matches('input[type=checkbox]') ? 'box' : 'link'
}

/* filtering while one types */

let typing: number | undefined
const addressFor = (query: string): string => {
  const given = new URLSearchParams(location.search)
  for (const name of ['cursor', 'page', 'what', 'said', 'done', 'missed', 'changed', 'full', 'undo']) given.delete(name)
  if (query === '') given.delete('q')
  else given.set('q', query)
  return given.size === 0 ? '/my' : `/my?${given}`
}

function filter(): void {
  clearTimeout(typing)
  const address = addressFor(field?.value.trim() ?? '')
  history.replaceState(null, '', address)
  show(address).then(
    () => say(MY.refreshed(rows().length)),
    () => undefined, // asked anew, or `watch` says so
  )
}
field?.addEventListener('input', () => {
  clearTimeout(typing)
  typing = setTimeout(filter, TYPED)
})
finder?.addEventListener('submit', (event) => {
  event.preventDefault()
  filter()
})

/** Read out, and not shown. */
const spoken = Object.assign(document.createElement('p'), { className: 'hidden' })
spoken.setAttribute('role', 'status')
document.body.append(spoken)
const say = (words: string) => {
  spoken.textContent = words
}

/* renewed while something is under way */

let wait = SOONEST
let watching: number | undefined

function watch(): void {
  clearTimeout(watching)
  if (find('[data-waits]', found ?? undefined) === null) {
    wait = SOONEST
    return
  }
  watching = setTimeout(look, wait)
}

function look(): void {
  if (document.hidden || find('.tagging input')?.matches(':focus')) {
    watch()
    return
  }
  wait = Math.min(LATEST, wait * 1.4)
  show(location.href).then(
    () => undefined,
    () => {
      say(MY.failed)
      watch()
    },
  )
}
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) watch()
})
document.addEventListener('captures-changed', () => {
  wait = SOONEST
  show(location.href).catch(watch)
})

/* what is done with many */

document.addEventListener('submit', (event) => {
  const form = event.target as HTMLFormElement
  const button = event.submitter as HTMLButtonElement | null
  const isDeed = form.matches('form[action="/my"][method=post]') && !button?.hasAttribute('formaction')
  if (!isDeed) return
  event.preventDefault()
  const data = new FormData(form, button)
  const given = new URLSearchParams([...data].map(([name, value]): [string, string] => [name, String(value)]))
  show('/my', given).then(fade, complain)
})

/* by the keyboard */

const rows = () => all<HTMLTableRowElement>('tr[data-id]', found ?? undefined)
const rowOf = (id: string | undefined) => rows().find(({ dataset }) => dataset.id === id)
const current = () => document.activeElement?.closest<HTMLTableRowElement>('tr[data-id]') ?? null

function focusRow(row: HTMLTableRowElement | undefined, place: 'box' | 'link' = 'link'): void {
  const link = row && (find('a.open', row) ?? find('input', row))
  const to = place === 'box' && row ? find('input', row) : link
  to?.focus()
  row?.scrollIntoView({ block: 'nearest' })
}

function step(by: number): void {
  const list = rows()
  const row = current()
  const at = row === null ? -1 : list.indexOf(row)
  focusRow(list[at < 0 ? (by > 0 ? 0 : list.length - 1) : Math.min(list.length - 1, Math.max(0, at + by))])
}

/** What is selected, or else the row with the focus. */
function press(selector: string): void {
  const box = current()?.querySelector<HTMLInputElement>('input[name=ids]')
  if (picked().length === 0 && box) {
    box.checked = true
    countPicked()
  }
  if (picked().length > 0) find<HTMLButtonElement>(selector)?.click()
}

const openHelp = () => help?.showModal()

const KEYS: Record<string, () => void> = {
  '/': () => field?.focus(),
  j: () => step(1),
  k: () => step(-1),
  x: () => current()?.querySelector<HTMLInputElement>('input[name=ids]')?.click(),
  a: () => pickAll(picked().length < picks().length),
  o: () => current()?.querySelector<HTMLAnchorElement>('a.open')?.click(),
  t: () => {
    press('.none')
    find('.tagging input')?.focus()
  },
  d: () => press('.bulk button[formaction]'),
  '#': () => press('.bulk button[value=delete]'),
  z: () => find<HTMLButtonElement>('.undo button')?.click(),
  u: () => location.assign('/upload'),
  '?': openHelp,
}

const isOn = () => single?.checked ?? true
try {
  if (single) single.checked = localStorage.getItem('single-keys') !== 'off'
  single?.addEventListener('change', () => localStorage.setItem('single-keys', single.checked ? 'on' : 'off'))
} catch {
  // a browser that keeps nothing asks anew each time
}

addEventListener('keydown', (event) => {
  const target = event.target as HTMLElement
  const isField = target.matches('input:not([type=checkbox]), textarea, select')
  if (event.key === 'Escape' && !help?.open) {
    if (isField) target.blur()
    else pickAll(false)
    return
  }
  if (isField || help?.open || event.ctrlKey || event.metaKey || event.altKey || !isOn()) return
  const act = KEYS[event.key]
  if (act === undefined) return
  event.preventDefault()
  act()
})

const keys = find<HTMLButtonElement>('#keys')
if (keys) keys.hidden = false
keys?.addEventListener('click', openHelp)

countPicked()
watch()
