/** The packets of a capture: where they stand, and some of them as a capture of their own. */
import { createRoute, z } from '@hono/zod-openapi'
import { packetIndexOf } from '../../parse/opened.ts'
import { refusalOf } from '../../summary/slice.ts'
import { ownCapture } from '../own-capture.ts'
import { SLICE_TYPES, sliceAnswer } from '../slice.ts'
import { decimalTime } from '../times.ts'
import { etagOf } from './capture.ts'
import { answerOf, bearer, captureId, doors, keyTo, notModified, refusals, tagged, unchanged } from './doors.ts'
import { asked, selectionOf } from './selection.ts'

const tags = ['packets']
const Time = z.string().nullable().openapi({ description: 'Seconds since 1970, with nine decimals.' })

const index = createRoute({
  method: 'get',
  path: '/captures/{id}/packets/index',
  operationId: 'readPacketIndex',
  summary: 'Where the packets stand, by number and by time',
  tags,
  security: bearer,
  middleware: keyTo('read'),
  request: { params: captureId },
  responses: {
    200: answerOf(
      'Stretches of the file, each until the next begins; at most 16,384.',
      z.object({
        format: z.string().nullable(),
        frames: z.int().openapi({ description: "Packets as tshark's `frame.number` counts them." }),
        spans: z.array(
          z.object({
            number: z.int().openapi({ description: 'Of its first packet.' }),
            at: z.number().openapi({ description: 'Offset in the file; of a compressed one, in what it holds.' }),
            first: Time.openapi({ description: 'The least time in it.' }),
            last: Time.openapi({ description: 'The greatest.' }),
          }),
        ),
        slices: z
          .object({ pcapng: z.string().nullable(), pcap: z.string().nullable() })
          .openapi({ description: 'Why there is no slice in this format; null: there is.' }),
      }),
    ),
    ...notModified,
    ...refusals('no-such-capture', 'not-read-yet', 'nothing-read', 'not-sliceable'),
  },
})

const cut = createRoute({
  method: 'get',
  path: '/captures/{id}/slice',
  operationId: 'slice',
  summary: 'Some packets as a capture of their own',
  description:
    'By packet numbers, both included; by times, `to` not included; or one conversation, for which the whole capture is read. Decryption secrets inside the capture come along only where `secrets` asks for them.',
  tags,
  security: bearer,
  middleware: keyTo('read'),
  request: {
    params: captureId,
    query: z.object({
      ...asked,
      format: z.enum(['pcapng', 'pcap']).default('pcapng'),
      secrets: z.enum(['true', 'false']).default('false'),
    }),
  },
  responses: {
    200: {
      description: 'The slice, as it is cut.',
      content: Object.fromEntries(
        Object.values(SLICE_TYPES).map((type) => [type, { schema: z.string().openapi({ format: 'binary' }) }]),
      ),
    },
    ...notModified,
    ...refusals('no-such-capture', 'not-read-yet', 'nothing-read', 'no-copy', 'not-sliceable'),
  },
})

export const packets = doors()
  .openapi(index, async (c) => {
    const row = await ownCapture(c)
    const same = unchanged(c, etagOf(row))
    if (same) return same as never
    const found = await packetIndexOf(c.var.store, row)
    const spans = found.spans.map(({ number, at, least, greatest }) => ({
      number,
      at,
      first: least === null ? null : decimalTime(least),
      last: greatest === null ? null : decimalTime(greatest),
    }))
    const slices = { pcapng: refusalOf(found, 'pcapng'), pcap: refusalOf(found, 'pcap') }
    return c.json({ format: found.format, frames: found.frames, spans, slices }, 200, tagged(etagOf(row)))
  })
  .openapi(cut, async (c) => {
    const { format, secrets, ...wish } = c.req.valid('query')
    const selection = selectionOf(wish)
    const row = await ownCapture(c)
    const etag = `W/${etagOf(row)}` // the same packets; whether the same bytes, another version of pcaport may tell otherwise
    const same = unchanged(c, etag)
    if (same) return same
    return sliceAnswer(c, row, selection, { format, secrets: secrets === 'true' }, tagged(etag))
  })
