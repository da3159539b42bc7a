// SPDX-License-Identifier: GPL-2.0-or-later
/** Which stream is next to one: by the numbers that the engine gives them. */
import type { Engine } from './engine.ts'
import { valuesIn } from './fields.ts'

/** A stream by its number, and by that of one inside of it. */
export interface Place {
  field: string
  number: number
  inside: { field: string; number: number } | null
}

/** @returns `null`: it is told in another way than by numbers */
export function placeOfStream(filter: string): Place | null {
  const [, field, number, inside, insideNumber] = /^(\S+) eq (\d+)(?: and (\S+) eq (\d+))?$/.exec(filter) ?? []
  if (field === undefined) return null
  return {
    field,
    number: Number(number),
    inside: inside === undefined ? null : { field: inside, number: Number(insideNumber) },
  }
}

export const filterOfPlace = ({ field, number, inside }: Place): string =>
  `${field} eq ${number}${inside === null ? '' : ` and ${inside.field} eq ${inside.number}`}`

/** The stream before or after, of the same protocol; inside of the same connection where that is asked for. `null`: there is none. */
export async function neighbourOf(
  engine: Engine,
  protocol: string,
  place: Place,
  direction: 1 | -1,
  isInside: boolean,
): Promise<Place | null> {
  const { field, number, inside } = place
  if (isInside && inside !== null) {
    const found = await nearest(engine, `${field} eq ${number}`, inside.field, inside.number, direction)
    return found === null ? null : { ...place, inside: { ...inside, number: found } }
  }
  const found = await nearest(engine, protocol.toLowerCase(), field, number, direction)
  if (found === null || inside === null) return found === null ? null : { ...place, number: found }
  const first = await nearest(engine, `${field} eq ${found}`, inside.field, -1, 1)
  return first === null ? null : { field, number: found, inside: { ...inside, number: first } }
}

/** The nearest number that a field has in packets of a condition. Looks into one packet after the other until none is nearer: mostly into one. */
async function nearest(engine: Engine, condition: string, field: string, now: number, direction: 1 | -1) {
  let best: number | null = null
  for (;;) {
    const beyond = direction === 1 ? `${field} > ${now}` : `${field} < ${now}`
    const between = direction === 1 ? `${now + 1}..${(best ?? 0) - 1}` : `${(best ?? 0) + 1}..${now - 1}`
    if (best !== null && Math.abs(best - now) < 2) return best
    const filter = `${condition} && ${best === null ? (now < 0 ? field : beyond) : `${field} in {${between}}`}`
    const { matched } = await engine.frames(filter, 0, 1)
    const row = matched === 0 ? undefined : (await engine.frames(filter, direction === 1 ? 0 : matched - 1, 1)).rows[0]
    if (row === undefined) return best
    const { details } = await engine.frame(row.number)
    const numbers: number[] = valuesIn(details, field)
      .map(Number)
      .filter((one) => direction * (one - now) > 0 && (best === null || direction * (best - one) > 0))
    if (numbers.length === 0) return best
    best = direction === 1 ? Math.min(...numbers) : Math.max(...numbers)
  }
}
