/** A time series as the points of lines, on a field of a thousand by a hundred. */

export const FIELD = { width: 1000, height: 100 }

/** Neighbours added up, so that no more than `most` are left. @returns how many became one */
export function coarsened(numbers: readonly number[], most: number): { values: number[]; times: number } {
  const times = Math.max(1, Math.ceil(numbers.length / most))
  if (times === 1) return { values: [...numbers], times }
  const values = Array.from({ length: Math.ceil(numbers.length / times) }, (_, at) =>
    numbers.slice(at * times, (at + 1) * times).reduce((sum, number) => sum + number, 0),
  )
  return { values, times }
}

/** For `d` of a path: a step for each value. @param most what reaches the top */
export function steps(values: readonly number[], most: number): string {
  const width = FIELD.width / Math.max(1, values.length)
  const height = (value: number) => (FIELD.height * (1 - value / Math.max(most, 1))).toFixed(2)
  const parts = values.map(
    (value, i) => `${i === 0 ? 'M' : 'L'}${(i * width).toFixed(1)} ${height(value)}H${((i + 1) * width).toFixed(1)}`,
  )
  return parts.join('')
}

/** The same down to the ground, to be filled. */
export const area = (values: readonly number[], most: number): string =>
  values.length === 0 ? '' : `${steps(values, most)}V${FIELD.height}H0Z`

/** A round number from `most` up, for the top of an axis. */
export function roundTop(most: number): number {
  if (most <= 1) return 1
  const power = 10 ** Math.floor(Math.log10(most))
  return ([1, 2, 2.5, 5, 10].find((step) => step * power >= most) ?? 10) * power
}
