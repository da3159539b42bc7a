/** The page of a capture's packets: a frame for the viewer (src/web/viewer), which does the rest in the browser. */
import type { Annotation } from '../../store/annotations.ts'
import type { ViewerAssets } from '../../store/viewer.ts'
import { Foreign } from '../ui/foreign.tsx'
import { page, type Reader } from '../ui/page.tsx'
import { PACKETS } from '../words/packets.ts'
import { NOTES_SHOWN } from './notes.tsx'

/** What the file says of a section of it, or of an interface in that, both as tshark counts them. */
export interface FileComment {
  section: number
  interface: { id: number; name: string } | null
  text: string
}

/** What the viewer is told (src/web/viewer/settings.ts reads it). Paths are of this server. */
export interface PacketsView {
  filename: string
  /** The page of the capture's facts. */
  facts: string
  /** All bytes that may be seen. */
  whole: string
  /** Slices of them, by `from` and `to`; `null`: there are none, or none yet. */
  slices: string | null
  /** The key log that goes with it, for those who may have it. */
  keylog: string | null
  /** Where the viewer keeps the profiles of who is signed in; absent: in the browser. */
  profiles?: string | null
  /** Bytes of the whole. */
  size: number | null
  /** Packets in it, and bytes when it is not compressed; `null`: not known. */
  packets: number | null
  content: number | null
  /** The whole is a slice of something: each packet has its number in that as its `epb_packetid`. */
  isSlice: boolean
  /** Where a conversation of it is cut out, by who is signed in; `null`: nowhere. */
  conversations: string | null
  /** One more than are shown, where there are more. */
  notes: readonly Annotation[]
  /** They name packets by their numbers in the whole, also where that is a slice. */
  notesByOwn: boolean
  /** Where notes are written, for who may. */
  annotations: string | null
  comments: readonly FileComment[]
}

/** Goes with status 200 and `PACKETS_HEADERS`. @param reader who is signed in; none where it is by a link that is shared */
export function packetsPage(
  { notes, ...view }: PacketsView,
  assets: ViewerAssets,
  reader: Reader | null = null,
): string {
  const told = {
    profiles: null,
    ...view,
    assets: { worker: assets.worker, wasm: assets.wasm, data: assets.data },
    notes: notes.slice(0, NOTES_SHOWN).map(({ frame, text }) => ({ packet: frame, text })),
    hasMoreNotes: notes.length > NOTES_SHOWN,
  }
  return page({
    title: PACKETS.title(view.filename),
    reader,
    scripted: false,
    class: 'packets',
    children: (
      <>
        <link rel="stylesheet" href={assets.style} />
        <div class="about-packets">
          <h1>
            <Foreign text={view.filename} />
          </h1>
          <nav aria-label={PACKETS.navigation}>
            <a href={view.facts}>{PACKETS.facts}</a>
            <a href="#viewer" aria-current="page">
              {PACKETS.packets}
            </a>
          </nav>
        </div>
        <div id="viewer" data-told={JSON.stringify(told)}>
          <noscript>
            <p class="prose">
              {PACKETS.noScript} <a href={view.whole}>{PACKETS.download}</a>.
            </p>
          </noscript>
        </div>
        <script type="module" src={assets.script} />
      </>
    ),
  })
}
