/** A body that is made piece by piece, as its reader asks for it. */

/**
 * Each piece is the reader's own. Holds none, but `first`, until it is read. Who leaves ends the making.
 * @param first what has been asked of them before
 */
export function streamed(
  pieces: AsyncGenerator<Uint8Array>,
  first?: IteratorResult<Uint8Array>,
): ReadableStream<Uint8Array> {
  let next = first
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = next ?? (await pieces.next())
        next = undefined
        if (done) controller.close()
        else controller.enqueue(value.slice())
      },
      async cancel() {
        await pieces.return(undefined)
      },
    },
    { highWaterMark: 0 },
  )
}

/** The same, once the first piece is there: what fails until then can still be answered. */
export const begun = async (pieces: AsyncGenerator<Uint8Array>): Promise<ReadableStream<Uint8Array>> =>
  streamed(pieces, await pieces.next())

/** Text gathered before it is sent. Characters. */
const PIECE = 64 * 1024

/** Texts as UTF-8, gathered into pieces. */
export async function* encoded(texts: AsyncGenerator<string>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder()
  let text = ''
  for await (const more of texts) {
    text += more
    if (text.length < PIECE) continue
    yield encoder.encode(text)
    text = ''
  }
  if (text !== '') yield encoder.encode(text)
}
