// SPDX-License-Identifier: GPL-2.0-or-later
/** The display filter: typed with completion, told at once whether it is one, kept in a history, saved by name. */
import { useEffect, useRef, useState } from 'preact/hooks'
import type { Completion } from './engine.ts'
import { Menu, type MenuAt } from './menu.tsx'
import { isStrings, remember, remembered } from './remembered.ts'
import type { Session } from './session.ts'

const MOST_HISTORY = 30
const MOST_COMPLETIONS = 12

interface Props {
  session: Session
  /** What stands in it. */
  text: string
  setText(text: string): void
  apply(filter: string): void
  input: { current: HTMLInputElement | null }
}

export function FilterBar({ session, text, setText, apply, input }: Props) {
  const [refusal, setRefusal] = useState<string | null>(null)
  const [offered, setOffered] = useState<Completion[]>([])
  const [chosen, setChosen] = useState(-1)
  const [menu, setMenu] = useState<MenuAt | null>(null)
  const [saved, setSaved] = useState(() => remembered('saved-filters', [], isStrings))
  const typed = useRef(false)
  const isOpen = session.state.is === 'open'

  useEffect(() => {
    if (!isOpen) return
    let isOld = false
    const soon = setTimeout(async () => {
      const said = text.trim() === '' ? null : await session.refusalOf(text.trim())
      if (isOld || session.state.is !== 'open') return
      setRefusal(said)
      const word = typed.current ? wordAt(input.current) : ''
      const found = word.length < 2 ? [] : await session.engine.complete(word).catch(() => [])
      if (isOld) return
      const others = found.filter(({ field }) => field.startsWith(word) && field !== word)
      setOffered(others.slice(0, MOST_COMPLETIONS))
      setChosen(-1)
    }, 120)
    return () => {
      isOld = true
      clearTimeout(soon)
    }
  }, [text, isOpen, session, input])

  const hide = () => {
    typed.current = false
    setOffered([])
    setChosen(-1)
  }
  const submit = (filter: string) => {
    hide()
    const wanted = filter.trim()
    if (wanted !== '') {
      const history = remembered('filter-history', [], isStrings)
      remember('filter-history', [wanted, ...history.filter((one) => one !== wanted)].slice(0, MOST_HISTORY))
    }
    apply(wanted)
  }
  const complete = ({ field }: Completion) => {
    const element = input.current
    if (!element) return
    const end = element.selectionStart ?? text.length
    const start = end - wordAt(element).length
    setText(text.slice(0, start) + field + text.slice(end))
    hide()
    element.focus()
    requestAnimationFrame(() => element.setSelectionRange(start + field.length, start + field.length))
  }
  const keys = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown' && offered.length === 0 && text === '') openMenu(event.currentTarget as HTMLElement)
    else if (event.key === 'ArrowDown' && offered.length > 0) setChosen((chosen + 1) % offered.length)
    else if (event.key === 'ArrowUp' && offered.length > 0) setChosen((chosen <= 0 ? offered.length : chosen) - 1)
    else if ((event.key === 'Enter' || event.key === 'Tab') && offered[chosen]) complete(offered[chosen])
    else if (event.key === 'Enter') submit(text)
    else if (event.key === 'Escape' && offered.length > 0) hide()
    else return
    event.preventDefault()
  }
  const use = (filter: string) => () => {
    setText(filter)
    submit(filter)
  }
  const openMenu = (element: HTMLElement) => {
    const box = element.getBoundingClientRect()
    const history = remembered('filter-history', [], isStrings)
    const now = text.trim()
    const save = (list: string[]) => {
      setSaved(list)
      remember('saved-filters', list)
    }
    setMenu({
      x: box.left,
      y: box.bottom + 2,
      label: 'Filters',
      items: [
        saved.includes(now)
          ? { label: 'Forget this saved filter', act: () => save(saved.filter((one) => one !== now)) }
          : { label: 'Save this filter', isOff: now === '' || refusal !== null, act: () => save([...saved, now]) },
        ...(saved.length > 0 ? (['-'] as const) : []),
        ...saved.map((filter) => ({ label: `★ ${filter}`, act: use(filter) })),
        ...(history.length > 0 ? (['-'] as const) : []),
        ...history.map((filter) => ({ label: filter, act: use(filter) })),
        ...(history.length > 0
          ? (['-', { label: 'Clear the history', act: () => remember('filter-history', []) }] as const)
          : []),
      ],
    })
  }
  const look = text.trim() === '' || !isOpen ? '' : refusal === null ? 'valid' : 'invalid'
  return (
    <search class="filter">
      <button
        type="button"
        class="quiet"
        aria-haspopup="menu"
        aria-label="Saved filters and history"
        onClick={(event) => openMenu(event.currentTarget)}
      >
        ★
      </button>
      <div class={`filter-field ${look}`}>
        <input
          ref={input}
          type="text"
          role="combobox"
          aria-label="Display filter"
          aria-autocomplete="list"
          aria-expanded={offered.length > 0}
          aria-controls="completions"
          aria-activedescendant={offered[chosen] ? `completion-${chosen}` : undefined}
          aria-invalid={look === 'invalid'}
          aria-describedby="filter-said"
          placeholder="Apply a display filter: tcp.port == 443 && ip.addr == 192.0.2.1"
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          value={text}
          onInput={(event) => {
            typed.current = true
            setText(event.currentTarget.value)
          }}
          onKeyDown={keys}
          onBlur={() => setTimeout(hide, 150)}
        />
        <span class="filter-look" aria-hidden="true">
          {look === 'valid' ? '✓' : look === 'invalid' ? '✕' : ''}
        </span>
        <div id="completions" class="completions" role="listbox" aria-label="Fields" hidden={offered.length === 0}>
          {offered.map((one, i) => (
            <div
              key={one.field}
              id={`completion-${i}`}
              role="option"
              tabIndex={-1}
              aria-selected={i === chosen}
              onPointerDown={(event) => event.preventDefault()}
              onClick={() => complete(one)}
            >
              <span class="mono">{one.field}</span> <span class="soft">{one.name}</span>
            </div>
          ))}
        </div>
      </div>
      <span id="filter-said" class={look === 'invalid' ? 'filter-said' : 'hidden'}>
        {look === 'invalid' ? refusal : look === 'valid' ? 'A display filter' : ''}
      </span>
      <button type="button" class="quiet" disabled={!isOpen || look === 'invalid'} onClick={() => submit(text)}>
        Apply
      </button>
      <button
        type="button"
        class="quiet"
        disabled={text === '' && session.filter === ''}
        onClick={() => {
          setText('')
          submit('')
        }}
      >
        Clear
      </button>
      {menu && <Menu at={menu} close={() => setMenu(null)} />}
    </search>
  )
}

/** What is being typed: the name of a field, up to the cursor. */
function wordAt(input: HTMLInputElement | null): string {
  if (!input) return ''
  return /[a-z0-9_.-]*$/i.exec(input.value.slice(0, input.selectionStart ?? input.value.length))?.[0] ?? ''
}
