/** A number as pages show it: rounded for the eye, exact in `title`. */
import { PARTS } from '../words/parts.ts'
import type { Quantity } from './numbers.ts'
import { instant } from './numbers.ts'

interface Props {
  of: Quantity
  /** Show the exact value beside it; alone, where it has the same unit. */
  exact?: boolean
  /** Said after the exact value. */
  note?: string
}

const unitOf = (text: string) => text.split(' ').slice(1).join(' ')

export function Amount({ of, exact = false, note }: Props) {
  if (exact && note === undefined && unitOf(of.text) === unitOf(of.exact)) return <span class="nowrap">{of.exact}</span>
  if (of.text === of.exact && note === undefined) return <span class="nowrap">{of.text}</span>
  const beside = [exact && of.text !== of.exact && of.exact, note].filter(Boolean).join(' ')
  return (
    <>
      <span class="nowrap" title={of.exact}>
        {of.text}
      </span>
      {beside !== '' && <span class="soft"> {beside}</span>}
    </>
  )
}

/** A time in UTC, to the last digit that the file has. @param at decimal seconds since 1970 */
export function Time({ at }: { at: string }) {
  const when = instant(at)
  if (when === null) return <span>{PARTS.afterEpoch(at)}</span>
  const [day, clock] = when.text.split(' ')
  return (
    <time datetime={when.iso} title={`${day}T${clock}${when.fraction}Z`}>
      <span class="day">{day}</span>{' '}
      <span class="clock">
        {clock}
        <span class="fraction">{when.fraction}</span>
      </span>
    </time>
  )
}

/** A time of this server's, in UTC, to the second. @param at milliseconds since 1970 */
export function When({ at }: { at: number }) {
  return <Time at={String(Math.floor(at / 1000))} />
}

/** The name of the zone that times on the page are in; the script changes it together with them. */
export function Zone() {
  return <span class="zone">UTC</span>
}
