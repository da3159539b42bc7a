// SPDX-License-Identifier: GPL-2.0-or-later
/** Wireshark's row colours for both schemes: as they are in light, mixed down in dark, readable (7:1) in each. */

type Rgb = readonly [number, number, number]

const rgbOf = (value: number): Rgb => [(value >> 16) & 255, (value >> 8) & 255, value & 255]
const text = ([r, g, b]: Rgb) => `rgb(${Math.round(r)} ${Math.round(g)} ${Math.round(b)})`
const mix = (a: Rgb, b: Rgb, of: number): Rgb => [
  a[0] + (b[0] - a[0]) * of,
  a[1] + (b[1] - a[1]) * of,
  a[2] + (b[2] - a[2]) * of,
]

/** WCAG 2.2, relative luminance. */
function luminance([r, g, b]: Rgb): number {
  const part = (value: number) =>
    value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4
  return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b)
}

function contrast(a: Rgb, b: Rgb): number {
  const [one, other] = [luminance(a), luminance(b)]
  return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05)
}

const BLACK: Rgb = [0, 0, 0]
const WHITE: Rgb = [255, 255, 255]
const DARK_PANEL: Rgb = [23, 27, 30]

/** The ink, moved away from the ground until it can be read. */
function readable(ground: Rgb, ink: Rgb): Rgb {
  const to = contrast(ground, WHITE) > contrast(ground, BLACK) ? WHITE : BLACK
  for (let of = 0; of < 1; of += 0.1) {
    const mixed = mix(ink, to, of)
    if (contrast(ground, mixed) >= 7.1) return mixed
  }
  return to
}

/** The ground, moved away from black and white alike until one of them can be read on it: somebody's own rules have any. */
function bearing(ground: Rgb): Rgb {
  const away = contrast(ground, WHITE) > contrast(ground, BLACK) ? BLACK : WHITE
  const ink = away === BLACK ? WHITE : BLACK
  for (let of = 0; of < 1; of += 0.05) {
    const mixed = mix(ground, away, of)
    if (contrast(mixed, ink) >= 7.1) return mixed
  }
  return away
}

const known = new Map<string, { ground: string; ink: string }>()

/** @returns CSS colours, each for both schemes */
export function coloursOf({ ground, ink }: { ground: number; ink: number }): { ground: string; ink: string } {
  const key = `${ground} ${ink}`
  const found = known.get(key)
  if (found) return found
  const [light, letters] = [bearing(rgbOf(ground)), rgbOf(ink)]
  const isDark = luminance(light) < 0.25
  const dark = isDark ? light : bearing(mix(light, DARK_PANEL, 0.76))
  const made = {
    ground: `light-dark(${text(light)}, ${text(dark)})`,
    ink: `light-dark(${text(readable(light, letters))}, ${text(readable(dark, isDark ? letters : mix(light, WHITE, 0.4)))})`,
  }
  known.set(key, made)
  return made
}
