/** Contenders take turns, so that a noisy machine is as noisy to each; the median of their turns is compared. */

/** Let each contender run in turn, `runs` times. */
export async function interleaved<Name extends string, T>(
  runs: number,
  contenders: Record<Name, () => Promise<T>>,
): Promise<Record<Name, T[]>> {
  const names = Object.keys(contenders) as Name[]
  const results = Object.fromEntries(names.map((name) => [name, [] as T[]])) as Record<Name, T[]>
  for (let run = 0; run < runs; run++) for (const name of names) results[name].push(await contenders[name]())
  return results
}

/** @param values an odd number of them */
export function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

/** Milliseconds that some work takes. */
export async function timed(work: () => unknown): Promise<number> {
  const startedAt = performance.now()
  await work()
  return performance.now() - startedAt
}

/** A target as it is printed beside what was measured. */
export const against = (measured: number, target: number, sense: '≥' | '≤', digits: number): string =>
  `${measured.toFixed(digits)} (${sense} ${target}${(sense === '≥' ? measured >= target : measured <= target) ? '' : ', MISSED'})`

/** Print a table, its columns as wide as they must be. */
export function printTable(rows: string[][]): void {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? []
  for (const row of rows)
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
}
