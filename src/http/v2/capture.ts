/** A capture as `/api/v2` shows it. */
import { z } from '@hono/zod-openapi'
import type { Capture as Row } from '../../store/captures.ts'

export const Capture = z
  .object({
    id: z.uuid(),
    filename: z.string(),
    /** Bytes; `null` while they come. */
    size: z.int().nullable(),
    status: z.enum(['uploading', 'processing', 'ok', 'error']),
    tags: z.array(z.string()),
    comments: z.string(),
    visibility: z.enum(['unlisted', 'private']),
    createdAt: z.iso.datetime(),
  })
  .openapi('Capture')

/** A row as the API shows it. */
export function captureOf(row: Row): z.infer<typeof Capture> {
  const { id, filename, tags, comments, visibility, state } = row
  const status = state === 'ok' || state === 'error' ? state : state === 'uploading' ? 'uploading' : 'processing'
  return {
    id,
    filename,
    size: state === 'uploading' ? null : row.size,
    status,
    tags,
    comments,
    visibility,
    createdAt: new Date(row.createdAt).toISOString(),
  }
}
