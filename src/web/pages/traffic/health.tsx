/** How TCP did, and how long packets were. */
import { Bar, percent } from '../../ui/bar.tsx'
import { lengthFilter } from '../../ui/display-filter.ts'
import { grouped } from '../../ui/numbers.ts'
import { Panel } from '../../ui/panel.tsx'
import { Rows } from '../../ui/rows.tsx'
import { TRAFFIC } from '../../words/traffic.ts'
import { Exports } from './exports.tsx'
import { Found } from './found.tsx'
import type { Traffic } from './traffic.ts'

/** What finds the packets behind a figure; `null`: no filter does. */
const FIGURES = [
  ['streams', 'tcp'],
  ['opened', 'tcp.flags.syn == 1 && tcp.flags.ack == 0'],
  ['unanswered', null],
  ['streamsReset', null],
  ['resets', 'tcp.flags.reset == 1'],
  ['retransmissions', 'tcp.analysis.retransmission || tcp.analysis.out_of_order'],
  ['zeroWindows', 'tcp.analysis.zero_window'],
] as const

export function TcpHealth({ traffic }: { traffic: Traffic }) {
  const { tcp } = traffic.tables
  const { title, none, worst, ...words } = TRAFFIC.tcp
  return (
    <Panel id="tcp" title={title} aside={<Exports traffic={traffic} table="tcp" what={title} />}>
      {tcp.streams === 0 && tcp.resets === 0 ? (
        <p class="inner">{none}</p>
      ) : (
        <>
          <dl class="figures bare">
            {FIGURES.map(([name, filter]) => (
              <div>
                <dt>{words[name]}</dt>
                <dd>
                  {filter === null || tcp[name] === 0 ? (
                    grouped(tcp[name])
                  ) : (
                    <Found traffic={traffic} filter={filter} of={words[name]}>
                      {grouped(tcp[name])}
                    </Found>
                  )}
                </dd>
              </div>
            ))}
          </dl>
          {tcp.retransmissions > 0 && (
            <p class="more">
              <a href={`${traffic.path}?tab=conversations&table=tcp&sort=-retransmissions`}>{worst}</a>
            </p>
          )}
        </>
      )}
    </Panel>
  )
}

export function Lengths({ traffic }: { traffic: Traffic }) {
  const words = TRAFFIC.lengths
  const { lengths, frames } = traffic.tables
  const rangeOf = ({ from, to }: { from: number; to: number | null }) =>
    to === null ? words.from(from) : words.between(from, to)
  return (
    <Panel id="lengths" title={words.title} aside={<Exports traffic={traffic} table="lengths" what={words.title} />}>
      <Rows
        label="lengths"
        rows={lengths}
        total={lengths.length}
        what="length"
        columns={[
          {
            title: words.range,
            cell: (row) =>
              row.packets === 0 ? (
                rangeOf(row)
              ) : (
                <Found traffic={traffic} filter={lengthFilter(row.from, row.to)} of={words.what(rangeOf(row))}>
                  {rangeOf(row)}
                </Found>
              ),
          },
          { title: words.packets, kind: 'number', cell: (row) => grouped(row.packets) },
          {
            title: words.share,
            cell: (row) => (
              <span class="share">
                <Bar share={frames === 0 ? 0 : row.packets / frames} />
                <span class="number">{percent(row.packets, frames)}</span>
              </span>
            ),
          },
          {
            title: words.average,
            kind: 'number',
            cell: (row) => (row.average === null ? '' : grouped(row.average.toFixed(2))),
          },
          { title: words.min, kind: 'number', cell: (row) => (row.min === null ? '' : grouped(row.min)) },
          { title: words.max, kind: 'number', cell: (row) => (row.max === null ? '' : grouped(row.max)) },
        ]}
      />
    </Panel>
  )
}
