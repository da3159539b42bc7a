/** What the page of something shared says of its link. */
import type { ViewerAssets } from '../../store/viewer.ts'
import { Icon } from '../ui/icon.tsx'
import { Time, Zone } from '../ui/quantity.tsx'
import { PACKETS } from '../words/packets.ts'
import { SHARE } from '../words/share.ts'

/** A link as who has it sees it. */
export interface Shared {
  id: string
  /** Scheme and host that the reader came by, without a slash at the end. */
  origin: string
  /** Milliseconds since 1970; `null`: it does not run out. */
  expiresAt: number | null
  /** A key log goes with it. */
  hasKeylog: boolean
  /** Its packets have a page, which these files are for. */
  viewer: ViewerAssets | null
  /** A page stands before it, and no preview may tell what is behind. */
  isGated: boolean
}

export const pathOf = ({ id }: Pick<Shared, 'id'>) => `/s/${id}`

/** @param what is shared, at the start of a sentence: `Shared` where that is all of it */
export function ShareTerms({ shared, what }: { shared: Shared; what: string }) {
  return (
    <span>
      {SHARE.by(what)}
      {shared.expiresAt !== null && (
        <>
          {' '}
          {SHARE.until} <Time at={String(Math.floor(shared.expiresAt / 1000))} /> <Zone />
        </>
      )}
    </span>
  )
}

/** @param what words of the button; `null`: there is nothing to download yet */
export function ShareTake({ shared, what }: { shared: Shared; what: string | null }) {
  const path = pathOf(shared)
  return (
    <div class="take">
      <div class="field" data-copy={SHARE.theLink}>
        <label for="link">{SHARE.link}</label>
        <input id="link" type="text" readonly value={`${shared.origin}${path}`} size={1} />
      </div>
      {what !== null && (
        <a class="button first" href={`${path}/download`} download>
          <Icon of="download" />
          {what}
        </a>
      )}
      {shared.viewer && (
        <a class="button" href={`${path}/packets`} data-warm={`${shared.viewer.wasm} ${shared.viewer.data}`}>
          <Icon of="packets" />
          {PACKETS.see}
        </a>
      )}
      {shared.hasKeylog && (
        <a class="button" href={`${path}/keylog`} download>
          <Icon of="key" />
          {SHARE.downloadKeylog}
        </a>
      )}
    </div>
  )
}
