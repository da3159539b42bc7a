/** Key logs, line by line: RFC 9850 §2, and Wireshark's and NSS's older lines. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { comingKeylog } from '../../src/ingest/keylog.ts'
import { PartBuffer } from '../../src/ingest/part-buffers.ts'

const RANDOM = '0123456789abcdefABCDEF'.padEnd(64, '0')
const S32 = '11'.repeat(32)
const S48 = '22'.repeat(48)

/** Send a key log in pieces. @returns its length when it is taken, else what is wrong with it */
async function taken(text: string, piece = 1000): Promise<number | string | null> {
  const coming = comingKeylog(1)
  const whole = new TextEncoder().encode(text)
  try {
    for (let at = 0; at < whole.length; at += piece) await coming.append(whole.subarray(at, at + piece))
    return coming.end()?.bytes.length ?? null
  } catch (error) {
    return (error as Error).message
  } finally {
    coming.release()
  }
}

describe('a key log', () => {
  it.each([
    `CLIENT_RANDOM ${RANDOM} ${S48}`,
    `CLIENT_EARLY_TRAFFIC_SECRET ${RANDOM} ${S32}`,
    `EARLY_EXPORTER_SECRET ${RANDOM} ${S32}`,
    `CLIENT_HANDSHAKE_TRAFFIC_SECRET ${RANDOM} ${S48}`,
    `SERVER_HANDSHAKE_TRAFFIC_SECRET ${RANDOM} ${S32}`,
    `CLIENT_TRAFFIC_SECRET_0 ${RANDOM} ${S32}`,
    `SERVER_TRAFFIC_SECRET_17 ${RANDOM} ${S48}`,
    `EXPORTER_SECRET ${RANDOM} ${S32}`,
    `ECH_CONFIG ${RANDOM} ${'ab'.repeat(71)}`,
    `ECH_SECRET ${RANDOM} ${S32}`,
    `QUIC_CLIENT_TRAFFIC_SECRET_0 ${RANDOM} ${S32}`,
    `RSA 0123456789abcdef ${S48}`,
    `PMS_CLIENT_RANDOM ${RANDOM} ${'ab'.repeat(256)}`,
  ])('has lines such as %s', async (line) => {
    for (const text of [line, `${line}\n`, `# a comment\r\n\r\n${line}\r\n`])
      for (const piece of [1, 7, 1000]) expect(await taken(text, piece)).toBe(text.length)
  })

  it.each([
    ['CLIENT_RANDOM', /^Line 2 .* parted by one space each\.$/],
    [`CLIENT_RANDOM ${RANDOM}`, /parted by one space/],
    [`CLIENT_RANDOM ${RANDOM} ${S48} x`, /parted by one space/],
    [`CLIENT_RANDOM  ${RANDOM} ${S48}`, /parted by one space/],
    [`CLIENT_RANDOM ${RANDOM} ${S32}`, /secret of the wrong length/],
    [`CLIENT_RANDOM ${RANDOM.slice(2)} ${S48}`, /client random of the wrong length/],
    [`CLIENT_TRAFFIC_SECRET_0 ${RANDOM} ${'11'.repeat(20)}`, /secret of the wrong length/],
    [`RSA ${RANDOM} ${S48}`, /client random of the wrong length/],
    [`CLIENT_RANDOM ${RANDOM.replace('0', 'g')} ${S48}`, /not hexadecimal/],
    [`NEW_LABEL ${RANDOM} abc`, /not hexadecimal/],
    [` CLIENT_RANDOM ${RANDOM} ${S48}`, /does not begin with a label/],
    ['client_random 00 00', /does not begin with a label/],
    ['<html>', /does not begin with a label/],
    ['\u0000\u0001', /does not begin with a label/],
    ['A'.repeat(5000), /^Line 2 .* longer than 4096 bytes\.$/],
  ])('is refused for the line %j, with its number', async (line, words) => {
    for (const piece of [1, 1000]) expect(await taken(`# first\n${line}\n# more\n`, piece)).toMatch(words)
  })

  it('never says what stands in it', async () => {
    const secret = 'c0ffee'.repeat(11)
    expect(await taken(`CLIENT_RANDOM ${RANDOM} ${secret}\n`)).not.toContain('c0ffee')
  })

  it('holds a key at least', async () => {
    expect(await taken('# nothing\n\n')).toBe('There is no key in the key log.')
    expect(await taken('')).toBeNull()
  })

  it('is 8 MiB long at most', async () => {
    const line = `CLIENT_RANDOM ${RANDOM} ${S48}\n`
    const count = Math.floor((8 * 1024 ** 2) / line.length)
    expect(await taken(line.repeat(count), 65_536)).toBe(count * line.length)
    expect(await taken(line.repeat(count + 1), 65_536)).toMatch(/longer than 8388608 bytes/)
  })
})

describe('key logs that trickle', () => {
  vi.stubGlobal('scheduler', { wait: (ms: number) => new Promise((done) => setTimeout(done, ms)) })
  afterEach(() => void vi.useRealTimers())
  const lines = new TextEncoder().encode(`CLIENT_RANDOM ${RANDOM} ${S48}\n`.repeat(400))

  it('keep no upload waiting: their memory goes to it after ten seconds, and they are refused', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const logs = Array.from({ length: 8 }, (_, at) => comingKeylog(at % 2))
    const part = new PartBuffer(65_536, 3)
    try {
      for (const log of logs) await log.append(lines)
      expect(await part.append(new Uint8Array(65_536), 0)).toBe(32_768)
      vi.setSystemTime(Date.now() + 10_001)
      expect(await part.append(new Uint8Array(32_768), 0)).toBe(32_768)
      expect(() => logs[0]?.end()).toThrow(/stood still/)
      for (const log of logs.slice(1)) expect(log.end()?.bytes).toEqual(lines)
    } finally {
      for (const log of [...logs, part]) log.release()
    }
  })
})
