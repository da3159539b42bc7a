/** The page that uploads: what is chosen, dropped or pasted goes into its list; what was interrupted waits to be chosen again. */
import { bytes } from '../ui/numbers.ts'
import { UPLOAD } from '../words/upload.ts'
import { onDrop } from './sending/drop.ts'
import { chosenIn, type Gathered } from './sending/gather.ts'
import { forget, isOf, type Kept, keptOf } from './sending/kept.ts'
import type { Options, Queue } from './sending/queue.ts'

const find = <T extends Element>(selector: string) => document.querySelector<T>(selector)
const place = find<HTMLElement>('#uploads')
const sender = find<HTMLFormElement>('#sender')
const fetcher = find<HTMLFormElement>('#fetcher')

let opened: Promise<Queue> | null = null
const queue = (at: HTMLElement) => {
  opened ??= import('./sending/list.tsx').then(({ showUploads }) => showUploads(at))
  return opened
}

function optionsIn(form: HTMLFormElement): Options {
  const given = new FormData(form)
  const text = (name: string) => String(given.get(name) ?? '').trim()
  return { additional_tags: text('additional_tags'), comments: text('comments'), visibility: text('visibility') }
}

if (place !== null && sender !== null) {
  for (const one of document.querySelectorAll<HTMLElement>('.scripted-only')) one.hidden = false
  for (const one of document.querySelectorAll<HTMLElement>('.plain-only')) one.remove()
  sender.addEventListener('submit', (event) => event.preventDefault())

  const { account = '' } = place.dataset
  /** What was interrupted before this page came, and was not chosen again. */
  let kept = keptOf(account)

  const take = async (gathered: Gathered) => {
    if (gathered.files.length === 0) return
    const options = optionsIn(sender)
    kept = kept.filter((one) => !gathered.files.some(({ file }) => isOf(one, account, file)))
    showKept()
    ;(await queue(place)).add(gathered, options)
  }
  const fetchUrl = async (url: string) => (await queue(place)).fetch(url, optionsIn(sender))

  /** Ask for files, by a field that is not in the page: nothing of it is sent with a form. @param again what is to be gone on with */
  const choose = (folder: boolean, again?: Kept) => {
    const input = Object.assign(document.createElement('input'), { type: 'file', webkitdirectory: folder })
    input.multiple = again === undefined
    input.addEventListener('change', () => {
      if (input.files === null) return
      const [file] = input.files
      other = again !== undefined && file !== undefined && !isOf(again, account, file) ? again.name : null
      void take(chosenIn(input.files))
    })
    input.click()
  }
  /** Instead of which another file was chosen. */
  let other: string | null = null
  find('#choose')?.addEventListener('click', () => choose(false))
  find('#folder')?.addEventListener('click', () => choose(true))
  onDrop((gathered) => void take(gathered))

  fetcher?.addEventListener('submit', (event) => {
    event.preventDefault()
    const field = fetcher.elements.namedItem('url') as HTMLInputElement
    void fetchUrl(field.value.trim())
    field.value = ''
  })
  addEventListener('paste', (event) => {
    const isField = event.target instanceof HTMLElement && event.target.matches('input, textarea')
    const { clipboardData } = event
    if (isField || clipboardData === null) return
    if (clipboardData.files.length > 0) return void take(chosenIn(clipboardData.files))
    const text = clipboardData.getData('text/plain').trim()
    const field = fetcher?.elements.namedItem('url')
    if (!/^https?:\/\/\S+$/i.test(text) || !(field instanceof HTMLInputElement)) return
    event.preventDefault()
    field.value = text
    field.focus()
  })

  const shelf = document.createElement('div')
  shelf.setAttribute('aria-live', 'polite')
  place.before(shelf)
  const element = (name: string, className: string, ...children: (Node | string)[]) => {
    const made = Object.assign(document.createElement(name), { className })
    made.append(...children)
    return made
  }
  const button = (words: string, name: string, act: () => void) => {
    const made = element('button', 'button small', words)
    made.setAttribute('type', 'button')
    made.setAttribute('aria-label', `${words}: ${name}`)
    made.addEventListener('click', act)
    return made
  }

  const drop = (one: Kept) => {
    kept = kept.filter((other) => other !== one)
    showKept()
    void forget(one)
  }

  const showKept = () => {
    const rows = kept.map((one) => {
      const about = element(
        'div',
        'what',
        element('bdi', 'title', one.name),
        element('span', 'meta', bytes(one.size).text),
      )
      const acts = element(
        'div',
        'acts',
        button(UPLOAD.goOn, one.name, () => choose(false, one)),
        button(UPLOAD.forget, one.name, () => drop(one)),
      )
      return element('li', 'upload', about, acts)
    })
    const panel = element(
      'section',
      'panel uploads',
      element('header', '', element('h2', '', UPLOAD.unfinished(kept.length))),
      element('p', 'inner prose', UPLOAD.unfinishedText),
      element('ul', '', ...rows),
    )
    panel.setAttribute('aria-label', UPLOAD.unfinished(kept.length))
    const note = other === null ? [] : [element('p', 'note', UPLOAD.notTheSame(other))]
    shelf.replaceChildren(...(kept.length === 0 ? [] : [panel]), ...note)
  }
  showKept()
}
