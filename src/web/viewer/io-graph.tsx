// SPDX-License-Identifier: GPL-2.0-or-later
/** How much of what a filter lets through there is over time, as the engine counts it in what is open. */
import { useEffect, useRef, useState } from 'preact/hooks'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { Dialog } from './dialog.tsx'
import type { Session } from './session.ts'

const INTERVALS = [1, 10, 100, 1000, 10_000, 60_000, 600_000]
/** The engine counts no more intervals than this; finer ones are not offered. */
const MOST_POINTS = 100_000

interface Props {
  session: Session
  close(): void
}

export function IoGraph({ session, close }: Props) {
  const duration = session.state.is === 'open' ? session.state.opened.duration : 0
  const offered = INTERVALS.filter((interval) => (duration * 1000) / interval < MOST_POINTS)
  const [interval, setInterval] = useState(
    () => offered.find((one) => (duration * 1000) / one <= 600) ?? offered.at(-1) ?? 1000,
  )
  const [measure, setMeasure] = useState('packets')
  const [filter, setFilter] = useState(session.filter)
  const [drawn, setDrawn] = useState(session.filter)
  const [values, setValues] = useState<number[][] | null>(null)
  const place = useRef<HTMLDivElement>(null)

  useEffect(() => {
    let isOld = false
    const graphs = [{ measure, filter: '' }, ...(drawn === '' ? [] : [{ measure, filter: drawn }])]
    void session
      .attempt('the I/O graph', (engine) => engine.ioGraph(interval, graphs))
      .then((found) => {
        if (!isOld && found !== null) setValues(found)
      })
    return () => {
      isOld = true
    }
  }, [interval, measure, drawn])

  useEffect(() => {
    const element = place.current
    if (!element || values === null) return
    const colour = (name: string) => getComputedStyle(element).getPropertyValue(name)
    const [ink, line, soft, accent] = ['--graph-ink', '--graph-line', '--graph-soft', '--graph-accent'].map(colour)
    const count = Math.max(...values.map((one) => one.length), 1)
    const times = Array.from({ length: count }, (_, i) => (i * interval) / 1000)
    const font = `12px ${getComputedStyle(element).fontFamily}`
    const axis = {
      font,
      labelFont: font,
      stroke: ink as string,
      grid: { stroke: line as string, width: 1 },
      ticks: { stroke: line as string },
    }
    const plot = new uPlot(
      {
        width: element.clientWidth,
        height: element.clientHeight - 40,
        scales: { x: { time: false } },
        axes: [
          { ...axis, label: 'Seconds after the first packet' },
          { ...axis, label: `${measure} per ${named(interval)}`, size: 72 },
        ],
        series: [
          { label: 'Time, s' },
          { label: 'All packets', stroke: soft as string, width: 1.5, dash: drawn === '' ? [] : [4, 3] },
          ...(drawn === '' ? [] : [{ label: drawn, stroke: accent as string, width: 2 }]),
        ],
      },
      [times, ...values.map((one) => times.map((_, i) => one[i] ?? 0))] as uPlot.AlignedData,
      element,
    )
    const observer = new ResizeObserver(() =>
      plot.setSize({ width: element.clientWidth, height: element.clientHeight - 40 }),
    )
    observer.observe(element)
    return () => {
      observer.disconnect()
      plot.destroy()
    }
  }, [values])

  const sum = (one: number[] | undefined) => (one ?? []).reduce((all, value) => all + value, 0)
  return (
    <Dialog title={session.isPart ? 'I/O graph of this window' : 'I/O graph'} close={close} isWide>
      <form
        class="tools"
        onSubmit={(event) => {
          event.preventDefault()
          setDrawn(filter.trim())
        }}
      >
        <label class="fill">
          Filter{' '}
          <input
            class="mono fill"
            type="text"
            spellcheck={false}
            value={filter}
            onInput={(event) => setFilter(event.currentTarget.value)}
          />
        </label>
        <button type="submit" class="quiet">
          Draw
        </button>
        <label>
          Count{' '}
          <select value={measure} onChange={(event) => setMeasure(event.currentTarget.value)}>
            <option>packets</option>
            <option>bytes</option>
            <option>bits</option>
          </select>
        </label>
        <label>
          each{' '}
          <select value={interval} onChange={(event) => setInterval(Number(event.currentTarget.value))}>
            {offered.map((one) => (
              <option key={one} value={one}>
                {named(one)}
              </option>
            ))}
          </select>
        </label>
      </form>
      <div class="graph" ref={place} role="img" aria-label={`${measure} over ${duration.toFixed(3)} seconds`} />
      <p class="soft" role="status">
        {values === null
          ? 'Counting…'
          : `${sum(values[0]).toLocaleString('en')} ${measure} in all${drawn === '' ? '' : `; ${sum(values[1]).toLocaleString('en')} by the filter`}.`}
      </p>
    </Dialog>
  )
}

const named = (interval: number) =>
  interval < 1000 ? `${interval} ms` : interval < 60_000 ? `${interval / 1000} s` : `${interval / 60_000} min`
