/** What leads to the packets that a figure counts. */
import type { Child } from 'hono/jsx'
import { packetsAt } from '../../ui/display-filter.ts'
import { TRAFFIC } from '../../words/traffic.ts'
import type { Traffic } from './traffic.ts'

/** A link where there is a view of packets, else the words alone. @param of what is counted, in words */
export function Found({
  traffic,
  filter,
  of,
  children,
}: {
  traffic: Traffic
  filter: string
  of?: string
  children: Child
}) {
  if (traffic.packets === null) return <>{children}</>
  return (
    <a
      class="found"
      href={packetsAt(traffic.packets, filter)}
      title={of === undefined ? undefined : TRAFFIC.packetsOf(of)}
    >
      {children}
    </a>
  )
}
