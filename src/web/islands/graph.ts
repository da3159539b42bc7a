/** The graph of traffic over time, to drag across: chooses a span, goes into it, and says what can be done with it. */
import uPlot from 'uplot'
import { packetsAt, timeFilter } from '../ui/display-filter.ts'
import { keepLine } from '../ui/keep-line.ts'
import { momentAt, secondsText } from '../ui/moments.ts'
import { bytes, grouped } from '../ui/numbers.ts'
import { GRAPH as WORDS } from '../words/graph.ts'
import { SCRIPT_WORDS } from '../words/parts.ts'

const HEIGHT = 210

type Unit = 'packets' | 'bytes'
interface Span {
  from: number
  to: number
}
/** As the page has it: see `Series` of src/summary/series.ts. */
interface Series {
  start: number
  interval: number
  packets: number[]
  bytes: number[]
  protocols: { protocol: string | null; packets: number[]; bytes: number[] }[]
  base: string | null
}

for (const host of document.querySelectorAll<HTMLElement>('[data-graph]')) begin(host)

function begin(host: HTMLElement): void {
  const figure = host.querySelector<HTMLElement>('[data-plot]')
  const chosen = host.querySelector<HTMLElement>('[data-chosen]')
  const form = host.querySelector<HTMLFormElement>('form.span')
  const text = host.querySelector('#series')?.textContent
  if (!figure || !chosen || !form || !text) return
  const series = JSON.parse(text) as Series
  const legend = [...host.querySelectorAll<HTMLElement>('.legend li')]
  const end = series.start + series.interval * series.packets.length
  const seconds = [...series.packets.map((_, i) => series.start + i * series.interval), end]
  const whole: Span = { from: series.start, to: end }
  let unit: Unit = host.dataset.unit === 'bytes' ? 'bytes' : 'packets'
  let view: Span = whole
  let plot: uPlot | null = null
  const shown = legend.map(() => true)
  const fields = {
    from: form.querySelector<HTMLInputElement>('#from'),
    to: form.querySelector<HTMLInputElement>('#to'),
  }

  const lanes = () => {
    const kept = series.protocols.filter((lane) => lane[unit].some((value) => value > 0))
    return [series[unit], ...(legend.length > 1 ? kept.map((lane) => lane[unit]) : [])].slice(0, legend.length)
  }
  /** The span in the fields; `null`: there is none. */
  const typed = (): Span | null => {
    const [from, to] = [Number(fields.from?.value || Number.NaN), Number(fields.to?.value || Number.NaN)]
    return to > from ? { from: Math.max(whole.from, from), to: Math.min(whole.to, to) } : null
  }
  const title = () => {
    const interval = intervalText(series.interval)
    const caption = figure.querySelector('figcaption')
    if (caption) caption.textContent = unit === 'bytes' ? WORDS.bytesPer(interval) : WORDS.packetsPer(interval)
  }
  const amount = (value: number) => (unit === 'bytes' ? bytes(value).text : grouped(value))
  const size = () => ({ width: Math.max(200, figure.clientWidth - 32), height: HEIGHT })

  const draw = () => {
    plot?.destroy()
    const ink = getComputedStyle(figure).color
    const line = getComputedStyle(host.querySelector('.swatch') ?? figure).color
    const grid = { stroke: fade(ink, 0.18), width: 1 }
    const stepped = uPlot.paths.stepped?.({ align: 1 })
    const font = `12px ${getComputedStyle(figure).fontFamily}`
    plot = new uPlot(
      {
        ...size(),
        legend: { show: false },
        padding: [8, 20, 0, 0],
        cursor: { drag: { x: true, y: false, setScale: false }, y: false, points: { show: false } },
        scales: {
          x: { time: false, min: view.from, max: view.to },
          y: { range: (_, __, most) => [0, Math.max(1, most * 1.05)] },
        },
        axes: [
          {
            stroke: ink,
            font,
            grid,
            ticks: grid,
            size: 32,
            values: (_, splits) => splits.map((at) => `${secondsText(at)} s`),
          },
          {
            stroke: ink,
            font,
            grid,
            ticks: grid,
            size: 76,
            values: (_, splits) => splits.map((at) => (at % 1 === 0 ? amount(at) : '')),
          },
        ],
        series: [
          {},
          ...lanes().map((_, i) => {
            const swatch = legend[i]?.querySelector('.swatch')
            const style = swatch ? getComputedStyle(swatch) : null
            const colour = style?.color ?? line
            return {
              stroke: colour,
              width: i === 0 ? 1.5 : 1.3,
              dash: (style?.strokeDasharray ?? '').match(/[\d.]+/g)?.map(Number) ?? [],
              show: shown[i] === true,
              points: { show: false },
              ...(stepped ? { paths: stepped } : {}),
              ...(i === 0 ? { fill: fade(colour, 0.08) } : {}),
            }
          }),
        ],
        hooks: {
          setCursor: [(at) => say(at.cursor.idx ?? null)],
          setSelect: [
            (at) => {
              if (at.select.width < 2) return choose(null)
              const [from, to] = [at.posToVal(at.select.left, 'x'), at.posToVal(at.select.left + at.select.width, 'x')]
              choose({ from: Math.max(whole.from, from), to: Math.min(whole.to, to) })
            },
          ],
        },
      },
      [seconds, ...lanes().map((values) => [...values, values.at(-1) ?? 0])],
      figure,
    )
    plot.root.setAttribute('role', 'img')
    plot.root.setAttribute('aria-label', figure.querySelector('svg')?.getAttribute('aria-label') ?? WORDS.all)
    plot.over.addEventListener('dblclick', () => zoom(whole))
    figure.dataset.live = 'yes'
  }

  /** The figures at the cursor; without one, of all that is shown. */
  const say = (at: number | null) => {
    const [first, last] = [view.from - series.interval / 2, view.to - series.interval / 2]
    lanes().forEach((values, i) => {
      const figure = legend[i]?.querySelector('.soft')
      if (!figure) return
      const sum = () =>
        values.reduce((so, value, k) => so + ((seconds[k] ?? 0) >= first && (seconds[k] ?? 0) < last ? value : 0), 0)
      figure.textContent = amount(at === null ? sum() : (values[Math.min(at, values.length - 1)] ?? 0))
    })
  }

  const zoom = (span: Span) => {
    view = span
    plot?.setScale('x', { min: span.from, max: span.to })
    plot?.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
    choose(span === whole ? null : span)
    say(null)
  }

  const choose = (span: Span | null) => {
    if (fields.from) fields.from.value = span ? secondsText(span.from) : ''
    if (fields.to) fields.to.value = span ? secondsText(span.to) : ''
    address({ unit, span })
    const back = view !== whole ? [button(WORDS.whole, () => zoom(whole))] : []
    if (span === null) return chosen.replaceChildren(...back)
    const within = span.from > view.from || span.to < view.to ? [button(WORDS.zoom, () => zoom(span))] : []
    chosen.replaceChildren(
      made('p', WORDS.chosen(secondsText(span.from), secondsText(span.to))),
      ...within,
      ...back,
      ...deeds(span),
    )
  }

  /** What can be done with the packets of a span. */
  const deeds = (span: Span): HTMLElement[] => {
    if (series.base === null) return [made('p', WORDS.noSlice)]
    const [from, to] = [momentAt(series.base, span.from), momentAt(series.base, span.to)]
    const { packets = '', slices = '', keep = '', own } = chosen.dataset
    return [
      ...(packets === '' ? [] : [link(WORDS.packetsThere, packetsAt(packets, timeFilter(from, to)))]),
      ...(slices === '' ? [] : [link(WORDS.download, `${slices}?from=${from}&to=${to}`, true)]),
      ...(own === 'yes' ? [button(WORDS.keepIt, (pressed) => void keepSpan(pressed, keep, from, to))] : []),
      ...(own === 'no' && keep !== '' ? [toPaste(keepLine(location.origin, keep, from, to))] : []),
    ]
  }

  for (const item of legend) {
    const i = legend.indexOf(item)
    const toggle = document.createElement('button')
    toggle.type = 'button'
    toggle.append(...item.childNodes)
    toggle.setAttribute('aria-pressed', 'true')
    toggle.onclick = () => {
      shown[i] = !shown[i]
      toggle.setAttribute('aria-pressed', String(shown[i]))
      plot?.setSeries(i + 1, { show: shown[i] === true })
    }
    item.append(toggle)
  }
  for (const one of host.querySelectorAll<HTMLAnchorElement>('a[data-unit]'))
    one.onclick = (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return
      event.preventDefault()
      unit = one.dataset.unit === 'bytes' ? 'bytes' : 'packets'
      for (const other of host.querySelectorAll('a[data-unit]')) other.removeAttribute('aria-current')
      one.setAttribute('aria-current', 'page')
      title()
      address({ unit, span: view === whole ? null : view })
      draw()
      say(null)
    }
  form.onsubmit = (event) => {
    event.preventDefault()
    zoom(typed() ?? whole)
  }
  form.querySelector('a.button')?.remove()

  view = typed() ?? whole
  title()
  draw()
  say(null)
  choose(view === whole ? null : view)
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw)
  new ResizeObserver(() => plot?.setSize(size())).observe(figure)
  performance.mark('graph')
}

function intervalText(seconds: number): string {
  return seconds < 1 ? `${secondsText(seconds * 1000)} ms` : `${secondsText(seconds)} s`
}

/** The address of what is shown. */
function address({ unit, span }: { unit: Unit; span: Span | null }): void {
  const query = new URLSearchParams(unit === 'bytes' ? { unit } : {})
  if (span) {
    query.set('from', secondsText(span.from))
    query.set('to', secondsText(span.to))
  }
  history.replaceState(null, '', `${location.pathname}${query.size === 0 ? '' : `?${query}`}${location.hash}`)
}

async function keepSpan(pressed: HTMLButtonElement, id: string, from: string, to: string): Promise<void> {
  pressed.disabled = true
  pressed.textContent = WORDS.keeping
  const answer = await fetch(`/api/v2/captures/${id}/slices`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ selection: { times: { from, to } } }),
  }).catch(() => null)
  const made = answer?.ok ? ((await answer.json().catch(() => null)) as { id?: string } | null) : null
  if (made?.id) return location.assign(`/captures/${made.id}`)
  const problem = answer && ((await answer.json().catch(() => null)) as { detail?: string } | null)
  pressed.disabled = false
  pressed.textContent = `${WORDS.notKept} ${problem?.detail ?? ''}`
}

/** What CodeLine makes, for a line that was not known to the server. */
function toPaste(line: string): HTMLElement {
  const place = Object.assign(document.createElement('div'), { className: 'code' })
  const copy = Object.assign(document.createElement('button'), { type: 'button', className: 'copy' })
  const say = (word: string) => {
    copy.textContent = word
    copy.setAttribute('aria-label', `${word} ${WORDS.keepWhat}`)
  }
  say(SCRIPT_WORDS.copy)
  copy.onclick = async () => {
    say(await navigator.clipboard.writeText(line).then(
      () => SCRIPT_WORDS.copied,
      () => SCRIPT_WORDS.notCopied,
    )) // biome-ignore format: one step
    setTimeout(say, 2000, SCRIPT_WORDS.copy)
  }
  const title = Object.assign(document.createElement('div'), { className: 'title', textContent: WORDS.keep })
  place.append(title, Object.assign(document.createElement('code'), { textContent: line }))
  if (navigator.clipboard) place.append(copy)
  return place
}

function made(tag: 'p', text: string): HTMLElement {
  return Object.assign(document.createElement(tag), { textContent: text })
}

function button(text: string, act: (pressed: HTMLButtonElement) => void): HTMLElement {
  const one = Object.assign(document.createElement('button'), {
    type: 'button',
    className: 'button',
    textContent: text,
  })
  one.onclick = () => act(one)
  return one
}

function link(text: string, href: string, isFile = false): HTMLElement {
  const one = Object.assign(document.createElement('a'), { className: 'button', textContent: text, href })
  if (isFile) one.download = ''
  return one
}

/** A colour that is mostly not there. */
function fade(colour: string, opacity: number): string {
  const [r, g, b] = colour.match(/[\d.]+/g) ?? []
  return colour.startsWith('rgb') ? `rgba(${r}, ${g}, ${b}, ${opacity})` : colour
}
