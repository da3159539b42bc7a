/** Sizes, times and lists as they are typed on a command line. */
import { sizeIn } from '../src/store/plans.ts'
import { UsageError } from './refusal.ts'

/** Bytes of `100MB` (10^6), `5GiB` (2^30), `1.5 TB` or `4096`. @throws UsageError */
export function bytesOf(flag: string, text: string): number {
  const bytes = sizeIn(text)
  if (bytes === null) throw new UsageError(`${flag} takes a size such as 100MB or 5GiB, not ${text}`)
  return bytes
}

/** A whole number from 1 on. @throws UsageError */
export function countOf(flag: string, text: string): number {
  const count = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (!Number.isSafeInteger(count) || count < 1)
    throw new UsageError(`${flag} takes a whole number from 1 on, not ${text}`)
  return count
}

/** A moment to come: `30d`, `12h`, `2027-01-31` (its start, UTC) or a full ISO time. @throws UsageError */
export function momentOf(flag: string, text: string, now: Date): Date {
  const span = /^(\d{1,6})([dh])$/.exec(text)
  const moment = span
    ? new Date(now.getTime() + Number(span[1]) * (span[2] === 'd' ? 86_400_000 : 3_600_000))
    : new Date(/^\d{4}-\d{2}-\d{2}(T.+)?$/.test(text) ? text : Number.NaN)
  if (Number.isNaN(moment.getTime()))
    throw new UsageError(`${flag} takes a date such as 2027-01-31 or a span such as 30d, not ${text}`)
  if (moment <= now) throw new UsageError(`${flag} lies in the past: ${moment.toISOString()}`)
  return moment
}

/** The members of a comma list, spaces around them dropped, each once. */
export function listOf(text: string): string[] {
  return [...new Set(text.split(',').map((member) => member.trim()))].filter((member) => member !== '')
}

/** One of the words that are allowed. @throws UsageError */
export function oneOf<Word extends string>(flag: string, text: string, words: readonly Word[]): Word {
  const word = words.find((each) => each === text)
  if (!word) throw new UsageError(`${flag} takes ${words.join(', ')}; not ${text}`)
  return word
}
