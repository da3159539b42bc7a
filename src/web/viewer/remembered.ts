// SPDX-License-Identifier: GPL-2.0-or-later
/** What this browser remembers of how somebody likes to work. */

const PREFIX = 'pcaport.viewer.'

/** @returns `fallback` where nothing, or nothing of that shape, is remembered */
export function remembered<T>(name: string, fallback: T, isIt: (value: unknown) => value is T): T {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(PREFIX + name) ?? 'null')
    return isIt(value) ? value : fallback
  } catch {
    return fallback
  }
}

/** Where the browser keeps nothing, nothing is remembered. */
export function remember(name: string, value: unknown): void {
  try {
    localStorage.setItem(PREFIX + name, JSON.stringify(value))
  } catch {}
}

export const isStrings = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string')

export const isNumbers = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'number')

export const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)

export const isString = (value: unknown): value is string => typeof value === 'string'

export const isNumbersByName = (value: unknown): value is Record<string, number> =>
  typeof value === 'object' && value !== null && isNumbers(Object.values(value))
