/** Names that packets spoke of: asked of DNS, told by TLS, HTTP and DHCP. */
import { nameFilter } from '../../ui/display-filter.ts'
import { Foreign } from '../../ui/foreign.tsx'
import { grouped } from '../../ui/numbers.ts'
import { Panel } from '../../ui/panel.tsx'
import { Rows } from '../../ui/rows.tsx'
import { TRAFFIC } from '../../words/traffic.ts'
import { Exports } from './exports.tsx'
import { Found } from './found.tsx'
import type { Traffic } from './traffic.ts'

const KINDS = ['dns', 'tls', 'http', 'dhcp'] as const

export function NameLists({ traffic }: { traffic: Traffic }) {
  const words = TRAFFIC.names
  const shown = KINDS.filter((kind) => traffic.tables.names[kind].rows.length > 0)
  if (shown.length === 0)
    return (
      <Panel id="names" title={TRAFFIC.tabs.names}>
        <p class="inner">{words.none}</p>
      </Panel>
    )
  return (
    <div class={shown.length > 1 ? 'pair' : 'stack'}>
      {shown.map((kind) => {
        const { rows, kept, others } = traffic.tables.names[kind]
        return (
          <Panel
            id={kind}
            title={words[kind]}
            count={kept}
            long
            aside={<Exports traffic={traffic} table={`names-${kind}`} what={words[kind]} />}
          >
            <Rows
              label={kind}
              rows={rows}
              total={rows.length}
              what="name"
              columns={[
                {
                  title: words.name,
                  kind: 'free',
                  cell: ({ name }) => (
                    <Found traffic={traffic} filter={nameFilter(kind, name)}>
                      <Foreign text={name} />
                    </Found>
                  ),
                },
                { title: words.seen, kind: 'number', cell: ({ count }) => grouped(count) },
              ]}
            />
            {(kept > rows.length || others > 0) && (
              <p class="more">
                {kept > rows.length && words.more(kept - rows.length)} {others > 0 && words.others(others)}
              </p>
            )}
          </Panel>
        )
      })}
    </div>
  )
}
