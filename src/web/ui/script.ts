/**
 * The one script: comfort only, every page works without it. Adds copy buttons, shows times in the reader's own zone
 * where asked to (and remembers that), looks whether a capture under way has got further, fetches the
 * viewer's engine once its link is pointed at. Stands in the page, allowed by
 * its hash.
 */
import { SCRIPT_WORDS } from '../words/parts.ts'
import { policyHash } from './policy-hash.ts'

/** As the browser gets it. Writes text only, never markup. */
export const SCRIPT = `(() => {
const words = ${JSON.stringify(SCRIPT_WORDS)}
const each = (selector, act) => document.querySelectorAll(selector).forEach(act)
const button = (text) => Object.assign(document.createElement('button'), { type: 'button', className: 'copy', textContent: text })
if (navigator.clipboard) each('[data-copy]', (line) => {
  const what = line.dataset.copy
  const made = button(words.copy)
  const say = (word) => { made.textContent = word; made.setAttribute('aria-label', word + ' ' + what) }
  say(words.copy)
  made.onclick = async () => {
    const from = line.querySelector('input, code')
    await navigator.clipboard.writeText(from.value || from.textContent).then(() => say(words.copied), () => say(words.notCopied))
    setTimeout(say, 2000, words.copy)
  }
  line.append(made)
})
each('input[readonly]', (field) => { field.onfocus = () => field.select() })
each('[data-warm]', (link) => {
  link.onpointerenter = link.onfocus = () => {
    link.onpointerenter = link.onfocus = null
    for (const path of link.dataset.warm.split(' ')) fetch(path, { priority: 'low' }).then((answer) => answer.blob()).catch(() => {})
  }
})
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
const kept = { get: () => { try { return localStorage.zone } catch {} }, set: (v) => { try { localStorage.zone = v } catch {} } }
const zones = () => each('[data-zones]', (place) => {
  if (!zone || zone === 'UTC' || !document.querySelector('time[datetime]')) return
  const made = place.querySelector('button') ?? place.appendChild(button(''))
  const show = (own) => {
    each('time[datetime]', (time) => {
      const date = new Date(time.dateTime)
      const text = own ? date.toLocaleString('sv-SE') : date.toLocaleString('sv-SE', { timeZone: 'UTC' })
      const [day, clock] = text.split(' ')
      time.querySelector('.day').textContent = day
      time.querySelector('.clock').firstChild.textContent = clock
    })
    each('.zone', (name) => { name.textContent = own ? zone : 'UTC' })
    made.textContent = own ? words.inUtc : words.inZone + zone
    made.onclick = () => { kept.set(own ? 'utc' : 'own'); show(!own) }
  }
  show(kept.get() === 'own')
})
zones()
document.addEventListener('times-changed', zones)
const waiting = document.querySelector('main[data-refresh]')
let seconds = waiting ? Number(waiting.dataset.refresh) : 0
const look = async () => {
  const page = await fetch(location.href, { cache: 'no-store' }).then((answer) => answer.ok ? answer.text() : null, () => null)
  if (page && !document.querySelector('dialog[open]') && !page.includes('data-state="' + waiting.dataset.state + '"')) return location.reload()
  seconds = Math.min(seconds * 1.5, 60)
  setTimeout(look, seconds * 1000)
}
if (waiting) setTimeout(look, seconds * 1000)
})()`

/** The source expression that allows it in a Content-Security-Policy. */
export const SCRIPT_SOURCE = policyHash(SCRIPT)
