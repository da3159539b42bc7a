/** The memory of uploads of unknown length is bounded, and no account takes all of it. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { PartBuffer } from '../../src/ingest/part-buffers.ts'

const SIZE = 64 * 1024
const large = new Uint8Array(40 * 1024)
const held: PartBuffer[] = []

/** A buffer that has outgrown what is free. */
async function hold(owner: number, size = SIZE): Promise<PartBuffer> {
  const buffer = new PartBuffer(size, owner)
  held.push(buffer)
  await buffer.append(large)
  return buffer
}

vi.stubGlobal('scheduler', { wait: (ms: number) => new Promise((done) => setTimeout(done, ms)) })
afterEach(() => {
  for (const buffer of held.splice(0)) buffer.release()
})

const within = (ms: number, work: Promise<unknown>) =>
  Promise.race([work.then(() => 'got'), new Promise((done) => setTimeout(done, ms, 'waits'))])

describe('part buffers', () => {
  it('are eight for an isolate: a ninth waits until one is given back', async () => {
    for (const owner of [1, 1, 1, 1, 2, 2, 2, 2]) await hold(owner)
    const ninth = hold(3)
    expect(await within(100, ninth)).toBe('waits')
    held[0]?.release()
    expect(await within(1000, ninth)).toBe('got')
  })

  it('go to other accounts, too, when the uploads of one hold on to theirs', async () => {
    for (let count = 0; count < 6; count++) await hold(1)
    const seventh = hold(1)
    expect(await within(100, seventh)).toBe('waits')
    expect(await within(1000, hold(2))).toBe('got')
    held[0]?.release()
    expect(await within(1000, seventh)).toBe('got')
  })

  it('count for what they hold, where that is more than 8 MiB', async () => {
    const longer = 10 * 1024 ** 2
    for (const owner of [1, 1, 1, 1, 2, 2]) await hold(owner, longer)
    const fifth = hold(1, longer) // of 64 MiB, 60 are held
    expect(await within(100, fifth)).toBe('waits')
    held[5]?.release()
    expect(await within(100, fifth)).toBe('waits') // 48 are for one account
    held[0]?.release()
    expect(await within(1000, fifth)).toBe('got')
  })

  it('of who is slow go to who waits, and are missed by no other', async () => {
    const slow = new PartBuffer(SIZE, 1, 200)
    const kept = new PartBuffer(SIZE, 1, 200)
    held.push(slow, kept)
    for (const buffer of [slow, kept]) await buffer.append(large)
    for (const owner of [1, 1, 2, 2, 2, 2]) await hold(owner)
    expect(kept.keep()).toHaveLength(large.length)
    const ninth = hold(3)
    expect(await within(100, ninth)).toBe('waits')
    expect(slow.bytes).toHaveLength(large.length)
    expect(await within(1000, ninth)).toBe('got')
    expect(() => slow.bytes).toThrow(/stood still/)
    await expect(slow.append(large)).rejects.toThrow(/stood still/)
    expect(await within(400, hold(4))).toBe('waits') // nobody else gives way
    expect(kept.bytes).toHaveLength(large.length)
  })

  it('are not needed for what is small', async () => {
    for (let count = 0; count < 6; count++) await hold(1)
    const small = new PartBuffer(SIZE, 1)
    expect(await within(100, small.append(new Uint8Array(32 * 1024)))).toBe('got')
  })

  it('take no more than their size, and say how much they took', async () => {
    const buffer = new PartBuffer(10, 1)
    expect(await buffer.append(new Uint8Array([1, 2, 3, 4, 5, 6]))).toBe(6)
    expect(await buffer.append(new Uint8Array([7, 8, 9, 10, 11, 12]))).toBe(4)
    expect(buffer.full).toBe(true)
    expect([...buffer.bytes]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  })
})
