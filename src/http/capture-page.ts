/** The page of a capture, as whoever asks may see it. */

import type { Capture } from '../store/captures.ts'
import { type CaptureView, capturePage } from '../web/pages/capture.tsx'
import { type FormsView, OPENED, type Opened } from '../web/pages/capture-forms.tsx'
import { doneOf, type OwnerView } from '../web/pages/capture-owner.tsx'
import { NOTES_SHOWN } from '../web/pages/notes.tsx'
import type { GatewayContext } from './gateway.ts'
import { originOf } from './links.ts'
import { personOf, readerOf } from './session.ts'
import { statusOf } from './sharing.ts'
import { trafficOf } from './traffic.ts'
import { hasPackets } from './viewer.ts'

/** A form that was refused. */
export interface Refused {
  opened: Opened
  words: string
  typed: (name: string) => string
}

/** Whether it is looked at by its owner, signed in. A bearer key opens it, too, but does nothing on a page. */
export async function isOwners(c: GatewayContext, capture: Capture): Promise<boolean> {
  if (c.req.header('authorization') !== undefined) return false
  return (await personOf(c))?.account.id === capture.accountId
}

/** Reads three objects and, for its owner, a row for each link and note. @param leadsOn it stands where its packets will be shown @returns the document, and whether it is its owner's */
export async function pageOf(
  c: GatewayContext,
  capture: Capture,
  refused: Refused | null = null,
  leadsOn = false,
): Promise<{ page: string; isOwn: boolean }> {
  const { annotations, objects, viewer } = c.var.store
  const isOwn = await isOwners(c, capture)
  const path = `/captures/${capture.id}`
  const [summary, notes, owner, reader, traffic, assets] = await Promise.all([
    capture.summaryKey === null ? null : objects.json<NonNullable<CaptureView['summary']>>(capture.summaryKey),
    annotations.first(capture.id, NOTES_SHOWN + 1),
    isOwn ? ownerView(c, capture, refused) : null,
    readerOf(c),
    trafficOf(c, capture, { path, packets: `${path}/packets`, slices: `${path}/slice`, isOwn }),
    viewer.assets(),
  ])
  const view = {
    capture,
    summary,
    origin: originOf(c),
    now: new Date(),
    notes,
    reader,
    traffic,
    viewer: hasPackets(capture) ? assets : null,
    leadsOn,
  }
  return { page: capturePage({ ...view, ...(owner ? { owner } : {}) }), isOwn }
}

async function ownerView(c: GatewayContext, capture: Capture, refused: Refused | null): Promise<OwnerView> {
  const now = Date.now()
  const rows = (await c.var.store.shares.list(capture.id, capture.accountId)) ?? []
  const links = rows.map((row) => ({
    ...row,
    url: `${originOf(c)}/s/${row.id}`,
    status: statusOf(row, now),
    hasPassword: row.password !== null,
  }))
  const named = (id: string | undefined) => links.find((link) => link.id === id) ?? null
  return {
    links,
    forms: await formsView(c, capture, refused, named(c.req.query('share'))?.id ?? null),
    done: refused ? null : doneOf(c.req.query('done')),
    made: named(c.req.query('share')),
  }
}

async function formsView(
  c: GatewayContext,
  capture: Capture,
  refused: Refused | null,
  share: string | null,
): Promise<FormsView> {
  const asked = c.req.query('open') ?? ''
  const opened = refused ? refused.opened : OPENED.includes(asked) ? (asked as Opened) : null
  const frame = c.req.query('frame') ?? ''
  const isAsked = (opened === 'note' || opened === 'remove-note') && /^[1-9]\d{0,14}$/.test(frame)
  const note = isAsked ? await c.var.store.annotations.find(capture.id, capture.accountId, Number(frame)) : null
  return { opened, refused, about: { share, note } }
}
