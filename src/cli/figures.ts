/** Sizes and times as a person reads them, and as one types them. */
import { misuse } from './refusal.ts'

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB']

/** Three figures and a unit: `999 B`, `1.46 GiB`. */
export function sizeWords(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 1023.5 && unit < UNITS.length - 1) {
    value /= 1024
    unit++
  }
  const places = unit === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2
  return `${value.toFixed(places)} ${UNITS[unit]}`
}

/** `0:07`, `12:34`, `1:02:03`. */
export function timeWords(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
  const two = (value: number) => String(value).padStart(2, '0')
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`
}

/** A number above 0 that was typed. @throws Refusal */
export function positive(flag: string, text: string): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0
  if (value <= 0 || !Number.isFinite(value)) throw misuse(`${flag} takes a number above 0, not ${text}`)
  return value
}
