/** Traffic over time: a drawing, its figures, and a span of it to go on with. The island makes the drawing one to drag across. */
import { raw } from 'hono/html'
import { CodeLine } from '../../ui/code-line.tsx'
import { packetsAt, timeFilter } from '../../ui/display-filter.ts'
import { inScript } from '../../ui/in-script.ts'
import { keepLine } from '../../ui/keep-line.ts'
import { momentAt, secondsText } from '../../ui/moments.ts'
import { bytes, duration, grouped } from '../../ui/numbers.ts'
import { Panel } from '../../ui/panel.tsx'
import { area, coarsened, FIELD, roundTop, steps } from '../../ui/plot.ts'
import { Amount } from '../../ui/quantity.tsx'
import { type Column, Rows } from '../../ui/rows.tsx'
import { TRAFFIC } from '../../words/traffic.ts'
import { Exports } from './exports.tsx'
import type { Traffic } from './traffic.ts'

const WORDS = TRAFFIC.graph

/** Points of the drawing, and rows of its table. */
const POINTS = 250
const FIGURES = 50
/** Protocols that are drawn apart. */
const DRAWN = 5

interface Lane {
  name: string
  values: number[]
  sum: number
}

export function Graph({ traffic }: { traffic: Traffic }) {
  const { series } = traffic.tables
  if (series.packets.length === 0)
    return (
      <Panel id="graph" title={WORDS.title}>
        <p class="inner">{WORDS.none}</p>
      </Panel>
    )
  const { unit } = traffic.graph
  const part = spanOf(traffic)
  const all: Lane = laneOf(WORDS.all, series[unit], part)
  const lanes = series.protocols
    .map((lane) => laneOf(lane.protocol ?? WORDS.others, lane[unit], part))
    .filter(({ sum }) => sum > 0)
  const drawn = lanes.length > 1 ? lanes.slice(0, DRAWN) : []
  const amountOf = (value: number) => (unit === 'bytes' ? bytes(value).text : grouped(value))
  return (
    <Panel id="graph" title={WORDS.title} aside={<Exports traffic={traffic} table="series" what={WORDS.title} />}>
      <div class="io" data-graph data-unit={unit}>
        <div class="choose">
          <nav class="layers" aria-label={WORDS.unit}>
            {(['packets', 'bytes'] as const).map((one) => (
              <a href={hrefOf(traffic, one)} aria-current={one === unit ? 'page' : undefined} data-unit={one}>
                {WORDS[one]}
              </a>
            ))}
          </nav>
          <SpanForm traffic={traffic} />
        </div>
        <Drawing all={all} lanes={drawn} part={part} amountOf={amountOf} unit={unit} />
        <ul class="legend" aria-label={WORDS.legend}>
          {[all, ...(lanes.length > 1 ? lanes : [])].map(({ name, sum }, i) => (
            <li>
              <svg class={`swatch lane-${i}`} viewBox="0 0 20 10" aria-hidden="true">
                <path d="M0 5H20" />
              </svg>
              {name} <span class="soft">{amountOf(sum)}</span>
            </li>
          ))}
        </ul>
        <Chosen traffic={traffic} />
        <details>
          <summary>{WORDS.table}</summary>
          <Figures traffic={traffic} part={part} all={all} lanes={lanes} amountOf={amountOf} />
        </details>
        <script type="application/json" id="series">
          {raw(inScript({ ...series, base: traffic.tables.base ?? null }))}
        </script>
      </div>
    </Panel>
  )
}

interface Part {
  /** Points of the series, the second not among them. */
  first: number
  end: number
  /** Seconds since the first packet. */
  from: number
  to: number
  interval: number
}

/** The points that a wish is for, all where it is for none. */
function spanOf({ tables: { series }, graph }: Traffic): Part {
  const { start, interval, packets } = series
  const clamp = (point: number) => Math.min(packets.length, Math.max(0, point))
  const span = graph.span
  let first = span === null ? 0 : clamp(Math.floor((span.from - start) / interval))
  let end = span === null ? packets.length : clamp(Math.ceil((span.to - start) / interval))
  if (end <= first) [first, end] = [0, packets.length]
  return { first, end, from: start + first * interval, to: start + end * interval, interval }
}

function laneOf(name: string, numbers: readonly number[], { first, end }: Part): Lane {
  const values = numbers.slice(first, end)
  return { name, values, sum: values.reduce((sum, value) => sum + value, 0) }
}

interface Drawn {
  all: Lane
  lanes: Lane[]
  part: Part
  amountOf: (value: number) => string
  unit: 'packets' | 'bytes'
}

function Drawing({ all, lanes, part, amountOf, unit }: Drawn) {
  const { values, times } = coarsened(all.values, POINTS)
  const most = Math.max(...values)
  const top = roundTop(most)
  const interval = words(part.interval * times)
  const what = unit === 'packets' ? WORDS.packetsPer(interval) : WORDS.bytesPer(interval)
  const at = words(part.from + values.indexOf(most) * part.interval * times)
  return (
    <figure class="plot" data-plot>
      <figcaption>{what}</figcaption>
      <span class="top" aria-hidden="true">
        {amountOf(top)}
      </span>
      <svg
        viewBox={`0 0 ${FIELD.width} ${FIELD.height}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={WORDS.chart(what, words(part.from), words(part.to), amountOf(most), at)}
      >
        <path class="grid" d={`M0 0H${FIELD.width}M0 50H${FIELD.width}M0 100H${FIELD.width}`} />
        <path class="area" d={area(values, top)} />
        <path class="lane-0" d={steps(values, top)} />
        {lanes.map((lane, i) => (
          <path class={`lane-${i + 1}`} d={steps(coarsened(lane.values, POINTS).values, top)} />
        ))}
      </svg>
      <span class="axis" aria-hidden="true">
        <span>{words(part.from)}</span>
        <span>{words((part.from + part.to) / 2)}</span>
        <span>{words(part.to)}</span>
      </span>
    </figure>
  )
}

/** `0 s`, `1 h 02 m 03.4 s` */
const words = (seconds: number): string => duration(seconds.toFixed(9))?.text ?? ''

function SpanForm({ traffic }: { traffic: Traffic }) {
  const { span, unit } = traffic.graph
  const field = (name: 'from' | 'to', label: string) => (
    <div class="field short">
      <label for={name}>{label}</label>
      <input
        id={name}
        name={name}
        type="text"
        inputmode="decimal"
        size={1}
        value={span === null ? '' : secondsText(span[name])}
        autocomplete="off"
      />
    </div>
  )
  return (
    <form method="get" action={traffic.path} class="span" aria-label={WORDS.span}>
      {unit === 'bytes' && <input type="hidden" name="unit" value="bytes" />}
      {field('from', WORDS.from)}
      {field('to', WORDS.to)}
      <button type="submit" class="button">
        {WORDS.show}
      </button>
      {span !== null && (
        <a class="button" href={hrefOf({ ...traffic, graph: { unit, span: null } }, unit)}>
          {WORDS.whole}
        </a>
      )}
    </form>
  )
}

function hrefOf({ path, graph: { span } }: Traffic, unit: 'packets' | 'bytes'): string {
  const query = new URLSearchParams([
    ...(unit === 'bytes' ? [['unit', 'bytes']] : []),
    ...(span === null
      ? []
      : [
          ['from', secondsText(span.from)],
          ['to', secondsText(span.to)],
        ]),
  ] as [string, string][])
  return query.size === 0 ? path : `${path}?${query}`
}

/** What can be done with a span. */
function Chosen({ traffic }: { traffic: Traffic }) {
  const { packets, slices, keep, graph, tables } = traffic
  const base = tables.base ?? null
  const data = {
    'data-packets': packets ?? '',
    'data-slices': slices ?? '',
    'data-keep': keep === null ? '' : keep.id,
    'data-own': keep?.isOwn ? 'yes' : 'no',
  }
  if (graph.span === null) return <div class="chosen" data-chosen {...data} />
  const { from, to } = graph.span
  if (base === null)
    return (
      <div class="chosen" data-chosen {...data}>
        <p class="soft">{WORDS.noSlice}</p>
      </div>
    )
  const [first, last] = [momentAt(base, from), momentAt(base, to)]
  return (
    <div class="chosen" data-chosen {...data}>
      <p>{WORDS.chosen(secondsText(from), secondsText(to))}</p>
      {packets !== null && (
        <a class="button" href={packetsAt(packets, timeFilter(first, last))}>
          {WORDS.packetsThere}
        </a>
      )}
      {slices !== null && (
        <a class="button" href={`${slices}?from=${first}&to=${last}`} download>
          {WORDS.download}
        </a>
      )}
      {keep !== null && (
        <CodeLine title={WORDS.keep} what={WORDS.keepWhat} line={keepLine(keep.origin, keep.id, first, last)} />
      )}
    </div>
  )
}

function Figures({ traffic, part, all, lanes, amountOf }: Omit<Drawn, 'unit'> & { traffic: Traffic }) {
  const { times } = coarsened(all.values, FIGURES)
  const { series } = traffic.tables
  const cut = (numbers: readonly number[]) => coarsened(numbers.slice(part.first, part.end), FIGURES).values
  const [packets, sums] = [cut(series.packets), cut(series.bytes)]
  const shown =
    lanes.length > 1 ? lanes.map(({ name, values }) => ({ name, values: coarsened(values, FIGURES).values })) : []
  const columns: Column<number>[] = [
    { title: WORDS.seconds, kind: 'number', cell: (at) => secondsText(part.from + at * part.interval * times) },
    { title: WORDS.packets, kind: 'number', cell: (at) => grouped(packets[at] ?? 0) },
    { title: WORDS.bytes, kind: 'number', cell: (at) => <Amount of={bytes(sums[at] ?? 0)} /> },
    ...shown.map(({ name, values }) => ({
      title: name,
      kind: 'number' as const,
      cell: (at: number) => amountOf(values[at] ?? 0),
    })),
  ]
  return <Rows label="graph" rows={packets.map((_, at) => at)} total={packets.length} what="row" columns={columns} />
}
