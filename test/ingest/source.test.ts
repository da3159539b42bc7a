import { describe, expect, it } from 'vitest'
import { openForm } from '../../src/ingest/form.ts'
import { peekable, pull, type Source } from '../../src/ingest/source.ts'
import { bytes, utf8 } from '../support/captures.ts'

async function all(source: Source): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for (let chunk = await source.read(); chunk !== null; chunk = await source.read()) chunks.push(chunk.slice())
  return bytes(...chunks)
}
const streamOf = (...chunks: (Uint8Array | Error)[]) =>
  new ReadableStream<Uint8Array>({
    pull(controller) {
      const next = chunks.shift()
      if (next === undefined) controller.close()
      else if (next instanceof Error) controller.error(next)
      else controller.enqueue(next)
    },
  })
const counted = Uint8Array.from({ length: 3000 }, (_, i) => i & 255)
const pieces = (whole: Uint8Array, size: number) =>
  Array.from({ length: Math.ceil(whole.length / size) }, (_, i) => whole.slice(i * size, (i + 1) * size))

describe('pull', () => {
  it.each([1, 7, 512, 3000])('gives all bytes of a stream of pieces of %i', async (size) => {
    expect(await all(pull(streamOf(...pieces(counted, size)), 1000))).toEqual(counted)
  })

  it('gives nothing of no body', async () => {
    const source = pull(null, 1000)
    expect(await source.read()).toBeNull()
    await source.discard()
  })

  it('passes over empty pieces', async () => {
    expect(await all(pull(streamOf(new Uint8Array(0), utf8('a'), new Uint8Array(0)), 1000))).toEqual(utf8('a'))
  })

  it('says of a sender that is gone that the upload was cut off', async () => {
    await expect(all(pull(streamOf(utf8('a'), new Error('reset')), 1000))).rejects.toMatchObject({ kind: 'cut-off' })
  })

  it('gives a sender up that stands still', async () => {
    const still = new ReadableStream<Uint8Array>({ pull: () => new Promise(() => {}) })
    await expect(pull(still, 30).read()).rejects.toMatchObject({ kind: 'too-slow' })
  })

  it('drops a bounded amount of what nobody wants', async () => {
    let given = 0
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        given += 65_536
        controller.enqueue(new Uint8Array(65_536))
      },
    })
    await pull(endless, 1000).discard()
    expect(given).toBeGreaterThanOrEqual(4 * 1024 * 1024)
    expect(given).toBeLessThan(5 * 1024 * 1024)
  })
})

describe('peekable', () => {
  it.each([0, 1, 100, 512, 2999, 3000, 9999])('shows %i bytes and still gives all', async (length) => {
    const source = peekable(pull(streamOf(...pieces(counted, 100)), 1000))
    expect(await source.peek(length)).toEqual(counted.subarray(0, length))
    expect(await source.peek(length)).toEqual(counted.subarray(0, length))
    expect(await all(source)).toEqual(counted)
    expect(await source.read()).toBeNull()
  })

  it('takes back the end of what was read last', async () => {
    const source = peekable(pull(streamOf(utf8('abcdef'), utf8('g')), 1000))
    const chunk = (await source.read()) as Uint8Array
    source.unread(chunk.subarray(2))
    expect(await all(source)).toEqual(utf8('cdefg'))
  })
})

describe('openForm', () => {
  const type = 'multipart/form-data; boundary=b'
  const body = utf8(
    '--b\r\nContent-Disposition: form-data; name="comments"\r\n\r\nfirst\r\n' +
      '--b\r\nContent-Disposition: form-data; name="file"; filename="x.cap"\r\nContent-Digest: d\r\n\r\nbytes\r\n--\r\n-b' +
      '\r\n--b\r\nContent-Disposition: form-data; name="comments"\r\n\r\nsecond\r\n' +
      '--b\r\nContent-Disposition: form-data; name="additional_tags"\r\n\r\na,b\r\n--b--\r\n',
  )

  it.each(Array.from({ length: 80 }, (_, i) => i + 1))('reads the same of pieces of %i bytes', async (size) => {
    const form = await openForm(pull(streamOf(...pieces(body, size)), 1000, { fresh: true }), type, 1)
    expect(form.file).toMatchObject({ filename: 'x.cap', digests: ['d'] })
    expect(await all(form.file as Source)).toEqual(utf8('bytes\r\n--\r\n-b'))
    await form.finish()
    expect(Object.fromEntries(form.fields)).toEqual({ comments: 'first', additional_tags: 'a,b' })
  })

  // multipasta 0.2.8 took the form for cut off where a piece ended between the two dashes of its last boundary
  it.each(['b', 'b--', '-', `${'-'.repeat(24)}d74496d66958873e`, '-'.repeat(70), `WebKit${'x'.repeat(64)}`])(
    'reads the same in two pieces, cut anywhere, with the boundary %s',
    async (boundary) => {
      const content = `-\r\n-x${'-'.repeat(200)}\r\n- -`
      const head = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n`
      for (const tail of ['\r\n', '', '\r\nan epilogue: of several\r\n\r\nlines-'])
        for (const file of [content, ''])
          for (let cut = 0, whole = utf8(`${head}${file}\r\n--${boundary}--${tail}`); cut <= whole.length; cut++) {
            const source = pull(streamOf(whole.slice(0, cut), whole.slice(cut)), 1000, { fresh: true })
            const form = await openForm(source, `multipart/form-data; boundary=${boundary}`, 1)
            expect(await all(form.file as Source)).toEqual(utf8(file))
            await form.finish()
          }
    },
  )

  it('knows what stands before the file when it opens, and drops a file that nobody reads', async () => {
    const form = await openForm(pull(streamOf(...pieces(body, 10)), 1000, { fresh: true }), type, 1)
    expect(form.fields.get('comments')).toBe('first')
    expect(form.fields.has('additional_tags')).toBe(false)
    await form.finish()
    expect(form.fields.get('additional_tags')).toBe('a,b')
  })

  it('refuses a body that is cut off at any byte', async () => {
    for (let length = 0; length < body.length - 4; length++) {
      const reading = async () => {
        const form = await openForm(pull(streamOf(body.slice(0, length)), 1000, { fresh: true }), type, 1)
        if (form.file) await all(form.file)
        await form.finish()
      }
      await expect(reading(), `at ${length}`).rejects.toMatchObject({ kind: 'bad-form' })
    }
  })
})
