/** The traffic of a capture: tabs, of which the first has what else there is to say of it. */
import type { Child } from 'hono/jsx'
import { TRAFFIC } from '../../words/traffic.ts'
import { Graph } from './graph.tsx'
import { Lengths, TcpHealth } from './health.tsx'
import { Hierarchy } from './hierarchy.tsx'
import { Listing } from './listing.tsx'
import { TalkMap } from './map.tsx'
import { NameLists } from './names.tsx'
import { TABS, type Tab, type Traffic } from './traffic.ts'

/** Names of the islands that the panels of a tab want. */
export const islandsOf = (traffic: Traffic | null): string[] =>
  traffic === null
    ? []
    : traffic.tab === 'facts' && traffic.tables.series.packets.length > 0
      ? ['graph']
      : (traffic.tab === 'conversations' || traffic.tab === 'endpoints') && traffic.listing !== null
        ? ['rows']
        : []

/** @param traffic `null`: nothing but the facts is there @param children the facts */
export function TrafficPanels({ traffic, children }: { traffic: Traffic | null; children: Child }) {
  if (traffic === null) return <>{children}</>
  return (
    <>
      <nav class="tabs" aria-label={TRAFFIC.tabs.label}>
        {TABS.map((tab) => (
          <a
            href={tab === 'facts' ? traffic.path : `${traffic.path}?tab=${tab}`}
            aria-current={tab === traffic.tab ? 'page' : undefined}
          >
            {TRAFFIC.tabs[tab]}
          </a>
        ))}
      </nav>
      {PANELS[traffic.tab](traffic, children)}
    </>
  )
}

const PANELS: Record<Tab, (traffic: Traffic, facts: Child) => Child> = {
  facts: (traffic, facts) => (
    <>
      <Graph traffic={traffic} />
      {facts}
    </>
  ),
  protocols: (traffic) => <Hierarchy traffic={traffic} />,
  conversations: (traffic) => <Listing traffic={traffic} />,
  endpoints: (traffic) => <Listing traffic={traffic} />,
  map: (traffic) => <TalkMap traffic={traffic} />,
  health: (traffic) => (
    <>
      <TcpHealth traffic={traffic} />
      <Lengths traffic={traffic} />
    </>
  ),
  names: (traffic) => <NameLists traffic={traffic} />,
}
