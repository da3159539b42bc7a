/** A time of ours, to the second. */
import { Time } from './quantity.tsx'

/** @param at milliseconds since 1970 */
export function Moment({ at }: { at: number }) {
  return <Time at={String(Math.floor(at / 1000))} />
}
