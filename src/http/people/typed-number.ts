/** A number as it is typed into a form. */

/** A whole number from 1 to `most`; `null` for what is none. */
export function wholeIn(text: string, most: number): number | null {
  const number = /^\d{1,15}$/.test(text.trim()) ? Number(text) : 0
  return number >= 1 && number <= most ? number : null
}
