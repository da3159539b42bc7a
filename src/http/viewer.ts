/** What the page of packets is told of a capture, and whether there is such a page. */
import { GatewayError } from '../errors.ts'
import type { Annotation } from '../store/annotations.ts'
import type { Capture } from '../store/captures.ts'
import type { ViewerAssets } from '../store/viewer.ts'
import type { Facts } from '../summary/facts.ts'
import type { FileComment, PacketsView } from '../web/pages/packets.tsx'
import type { GatewayContext } from './gateway.ts'

/** @throws GatewayError `no-such-route` where the viewer was left out of this deployment */
export async function viewerAssets(c: GatewayContext): Promise<ViewerAssets> {
  const assets = await c.var.store.viewer.assets()
  if (assets === null) throw new GatewayError('no-such-route')
  return assets
}

/** Where the viewer keeps the profiles of who looks at it; `null`: in the browser. */
export const profilesFor = (c: GatewayContext, reader: object | null): string | null =>
  reader !== null && c.var.store.settings.profileSecret !== null ? '/account/profiles' : null

/** It was to be fetched from a URL or made of others, and could not be: there is nothing to look at. */
export const isNothing = ({ state, fetch, make, size }: Capture): boolean =>
  state === 'error' && (fetch !== null || make !== null) && size === 0

/** The view of packets shows larger ones in windows, in which streams are numbered anew (src/web/viewer/window.ts). Bytes when not compressed. */
const SHOWN_WHOLE = 250_000_000

/** Bytes when it is not compressed, as far as that is known. */
const contentOf = ({ facts, copySize, size }: Capture): number =>
  copySize > 0 && facts !== null ? Math.max(size, facts.dataSize + 16 * facts.packets) : size

export const isShownWhole = (capture: Capture): boolean => contentOf(capture) <= SHOWN_WHOLE

/** Conversations of larger ones are worth cutting out. Bytes when not compressed. */
const WORTH_CUTTING = 20_000_000

/** Where its owner cuts conversations out; `null`: not of this one: it is small, not read, or a conversation itself, whose packets have other numbers already. */
export const conversationsOf = (capture: Capture): string | null =>
  capture.state === 'ok' && contentOf(capture) > WORTH_CUTTING && !isConversation(capture)
    ? `/captures/${capture.id}/conversations`
    : null

/** It is one conversation of another capture, whose numbers its packets have as their packet ids. */
export const isConversation = ({ make }: Capture): boolean => make?.kind === 'slice' && 'conversation' in make.selection

/** There are no packets to look at yet, but soon. */
export const isComing = (capture: Capture): boolean =>
  capture.state === 'uploading' ||
  ((capture.state === 'stored' || capture.state === 'parsing') && !isShownWhole(capture))

/** There are bytes to look at. */
export const hasPackets = (capture: Capture): boolean => capture.state !== 'uploading' && !isNothing(capture)

/**
 * A capture that may be seen whole.
 * @param path of its page
 * @param keylog path of its key log, for those who may have it
 */
export function wholeView(capture: Capture, path: string, keylog: string | null, notes: Annotation[]): PacketsView {
  const { facts, size } = capture
  return {
    filename: capture.filename,
    facts: path,
    whole: `${path}/download`,
    slices: capture.state === 'ok' ? `${path}/slice` : null,
    keylog,
    size,
    packets: facts?.packets ?? null,
    content: contentOf(capture),
    isSlice: isConversation(capture),
    conversations: null,
    notes,
    notesByOwn: true,
    annotations: null,
    comments: [],
  }
}

/** Comments of the file that a page is told, and characters of one. */
const MOST_COMMENTS = 50
const LONGEST_COMMENT = 4096

/** What the file says of its sections and interfaces, as far as it has been read. Reads one object. */
export async function commentsIn(c: GatewayContext, { summaryKey }: Capture): Promise<FileComment[]> {
  const summary = summaryKey === null ? null : await c.var.store.objects.json<{ facts: Partial<Facts> }>(summaryKey)
  const { sections = [], interfaces = [] } = summary?.facts ?? {}
  const ofSections = sections.flatMap(({ comments }, i) =>
    comments.map((text) => ({ section: i + 1, interface: null, text })),
  )
  const ids = new Map<number, number>()
  const ofInterfaces = interfaces.flatMap(({ section, if_name, comments }) => {
    const id = ids.get(section) ?? 0
    ids.set(section, id + 1)
    return comments.map((text) => ({ section: section + 1, interface: { id, name: if_name ?? '' }, text }))
  })
  const all = [...ofSections, ...ofInterfaces].slice(0, MOST_COMMENTS)
  return all.map((one) => ({ ...one, text: one.text.slice(0, LONGEST_COMMENT) }))
}
