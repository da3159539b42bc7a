/** A capture as `/api/v2` shows it, and the tag of its version. */
import { z } from '@hono/zod-openapi'
import { GatewayError } from '../../errors.ts'
import type { Capture as Row, Version } from '../../store/captures.ts'
import type { State } from '../../store/schema.ts'
import { tagsIn } from '../etags.ts'

/** Decimal seconds since 1970, or of a duration. */
const Seconds = z.string().openapi({ example: '1700000000.000250' })

/** The facts of a capture in short, in the words and digits of `capinfos -M`. */
const Facts = z
  .object({
    fileType: z.string(),
    encapsulation: z.string(),
    packets: z.int(),
    dataSize: z.number().openapi({ description: 'Sum of the lengths on the wire, in bytes.' }),
    firstTime: Seconds.nullable(),
    lastTime: Seconds.nullable(),
    duration: Seconds.nullable(),
    averagePacketSize: z.string(),
    packetRate: z.string(),
    byteRate: z.string(),
    bitRate: z.string(),
    truncated: z.boolean(),
  })
  .openapi('Headline')

export const Status = z.enum(['uploading', 'processing', 'ok', 'error'])

export const Capture = z
  .object({
    id: z.uuid(),
    filename: z.string(),
    url: z.url().openapi({ description: 'Its page.' }),
    status: Status,
    progress: z.int().nullable().openapi({ description: 'How far a long parse is, in percent.' }),
    size: z.int().nullable().openapi({ description: 'Of the file, in bytes; null while they come.' }),
    tags: z.array(z.string()),
    comments: z.string(),
    visibility: z.enum(['unlisted', 'private']),
    source: z.enum(['upload', 'url', 'merge', 'slice']).openapi({ description: 'How it came to be.' }),
    createdAt: z.iso.datetime(),
    facts: Facts.nullable().openapi({ description: 'null until it is read, and where nothing could be.' }),
    failure: z
      .object({ kind: z.string(), message: z.string(), at: z.int().nullable() })
      .nullable()
      .openapi({ description: 'Why nothing could be read, and at which offset.' }),
    brokenOff: z
      .enum(['cut-off', 'too-slow'])
      .nullable()
      .openapi({ description: 'Only the beginning of the file came: its connection broke, or stood still.' }),
    hashes: z.object({
      sha256: z.string().nullable(),
      sha1: z.string().nullable(),
      md5: z.string().nullable(),
    }),
    keylogSize: z.int().nullable().openapi({ description: 'Bytes of its TLS key log; null: there is none.' }),
    views: z.object({ count: z.int(), lastAt: z.iso.datetime().nullable() }),
    retention: z.object({
      keep: z.boolean().openapi({ description: 'It is not deleted by age.' }),
      deleteAt: z.iso
        .datetime()
        .nullable()
        .openapi({ description: "When it is deleted; null: as the account's plan says." }),
    }),
  })
  .openapi('Capture')

const SHOWN: Record<State, z.infer<typeof Status>> = {
  uploading: 'uploading',
  stored: 'processing',
  parsing: 'processing',
  ok: 'ok',
  error: 'error',
  trashed: 'processing', // nobody sees one
  doomed: 'processing', // nor one of these
}

/** A row as the API shows it. */
export function captureOf(row: Row, origin: string): z.infer<typeof Capture> {
  const { id, filename, tags, comments, visibility, state, facts, failure, brokenOff, sha256, sha1, md5, keep } = row
  return {
    id,
    filename,
    url: `${origin}/captures/${id}`,
    status: SHOWN[state],
    progress: row.progress,
    size: state === 'uploading' ? null : row.size,
    tags,
    comments,
    visibility,
    source: row.make?.kind ?? (row.fetch ? 'url' : 'upload'),
    createdAt: isoOf(row.createdAt),
    facts,
    failure: failure && { kind: failure.kind, message: failure.message, at: failure.at },
    brokenOff,
    hashes: { sha256, sha1, md5 },
    keylogSize: row.keylogKey === null ? null : (row.keylogSize ?? 0),
    views: { count: row.viewCount, lastAt: isoOrNull(row.lastAccessedAt) },
    retention: { keep, deleteAt: isoOrNull(row.deleteAt) },
  }
}

export const isoOf = (time: number): string => new Date(time).toISOString()

export const isoOrNull = (time: number | null): string | null => (time === null ? null : isoOf(time))

/** The tag of what a row says, but for its views and the progress of its parse. */
export const etagOf = ({ revision, generation, state }: Row): string => `"${revision}.${generation}.${SHOWN[state]}"`

/**
 * The versions that an `If-Match` names.
 * @returns `null` where any will do
 * @throws GatewayError `bad-option` where it names more than can be asked for
 */
export function versionsIn(header: string | undefined): Version[] | null {
  const tags = header === undefined ? '*' : tagsIn(header)
  if (tags === '*') return null
  if (tags.length > 8) throw new GatewayError('bad-option', 'If-Match names more than 8 tags.')
  return tags.flatMap((tag) => {
    const [, revision, generation, status] = /^"(\d{1,15})\.(\d{1,15})\.(\w+)"$/.exec(tag) ?? []
    const states = (Object.keys(SHOWN) as State[]).filter(
      (state) => SHOWN[state] === status && state !== 'doomed' && state !== 'trashed',
    )
    return states.length > 0 ? [{ revision: Number(revision), generation: Number(generation), states }] : []
  })
}
