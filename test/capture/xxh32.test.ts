import { expect, it } from 'vitest'
import { Xxh32 } from '../../src/capture/xxh32.ts'
import { payload, utf8 } from '../support/captures.ts'
import { chunksOf } from '../support/reading.ts'

it.each([
  ['', 0x02cc5d05],
  ['abc', 0x32d153ff],
  ['Nobody inspects the spammish repetition', 0xe2293b2f],
])('xxh32 of "%s"', (text, digest) => {
  expect(new Xxh32().update(utf8(text)).digest()).toBe(digest)
})

it('xxh32 is the same for any pieces', () => {
  const whole = new Xxh32().update(payload(1000)).digest()
  for (const size of [1, 7, 15, 16, 17, 999]) {
    const pieces = new Xxh32()
    for (const piece of chunksOf(payload(1000), size)) pieces.update(piece)
    expect(pieces.digest()).toBe(whole)
  }
})
