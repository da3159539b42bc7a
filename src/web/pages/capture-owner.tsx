/** What stands on the page of a capture for its owner alone: what can be done with it, its links, its key log. */
import type { Share } from '../../store/shares.ts'
import { Icon } from '../ui/icon.tsx'
import { Notice } from '../ui/notice.tsx'
import { bytes, counted, grouped } from '../ui/numbers.ts'
import { Panel } from '../ui/panel.tsx'
import { Time, Zone } from '../ui/quantity.tsx'
import { OWNER } from '../words/capture-owner.ts'
import type { Capture } from './capture.tsx'
import type { FormsView, Opened } from './capture-forms.tsx'

/** What was done just now: `?done=`. */
export type Done = keyof typeof OWNER.done

export const doneOf = (text = ''): Done | null => (Object.hasOwn(OWNER.done, text) ? (text as Done) : null)

/** A link as its owner sees it. */
export interface OwnLink
  extends Pick<
    Share,
    'id' | 'expiresAt' | 'viewLimit' | 'views' | 'lastViewedAt' | 'withKeylog' | 'selection' | 'createdAt'
  > {
  url: string
  status: keyof typeof OWNER.links.is
  hasPassword: boolean
}

export interface OwnerView {
  links: readonly OwnLink[]
  forms: FormsView
  done: Done | null
  /** The link that was made just now. */
  made: OwnLink | null
}

/** Milliseconds since 1970. */
const When = ({ at }: { at: number }) => (
  <>
    <Time at={String(Math.floor(at / 1000))} /> <Zone />
  </>
)

/** A link that opens a form. */
export function Opens({
  capture,
  of,
  about = '',
  words,
  label,
  class: name = 'button',
}: {
  capture: Capture
  of: Opened
  about?: string
  words: string
  label?: string
  class?: string
}) {
  return (
    <a
      class={name}
      href={`/captures/${capture.id}?open=${of}${about}`}
      data-opens={about === '' ? of : undefined}
      aria-label={label}
    >
      {words}
    </a>
  )
}

/** Beside the download. */
export function Actions({ capture }: { capture: Capture }) {
  return (
    <div class="acts">
      {capture.state !== 'uploading' && (
        <>
          <Opens capture={capture} of="edit" words={OWNER.edit} />
          <Opens capture={capture} of="share" words={OWNER.share} />
        </>
      )}
      {(capture.state !== 'uploading' || capture.fetch !== null || capture.make !== null) && (
        <form method="post" action={`/captures/${capture.id}/delete`}>
          <button class="button" type="submit">
            {OWNER.delete}
          </button>
        </form>
      )}
    </div>
  )
}

/** What was done, and the link that came of it. */
export function DoneNotice({ owner }: { owner: OwnerView }) {
  if (owner.done === null) return null
  const { made } = owner
  return (
    <div class="only-now" role="status">
      <Notice icon="ok" title={OWNER.done[owner.done]}>
        {owner.done === 'shared' && made && (
          <>
            <p class="prose">{OWNER.sharedText}</p>
            <div class="field made" data-copy={OWNER.links.made}>
              <label for="made">{OWNER.links.link}</label>
              <input id="made" type="text" readonly value={made.url} size={1} />
            </div>
          </>
        )}
      </Notice>
    </div>
  )
}

/** That it was cut out of another capture, to look at one conversation; nothing where it was not. */
export function Conversation({ capture: { make, deleteAt } }: { capture: Capture }) {
  if (make?.kind !== 'slice' || !('conversation' in make.selection)) return null
  const words = OWNER.conversation
  return (
    <Notice icon="packets" title={words.title}>
      <p class="prose">
        {words.text}{' '}
        {deleteAt !== null && (
          <>
            {words.until} <When at={deleteAt} />. {words.keep}{' '}
          </>
        )}
        <a href={`/captures/${make.of[0]}`}>{words.of}</a>.
      </p>
    </Notice>
  )
}

/** How often it was looked at, and how long it is kept: in the line about it. */
export function Views({ capture }: { capture: Capture }) {
  return (
    <>
      <span>
        {OWNER.views(counted(capture.viewCount, OWNER.time))}
        {capture.lastAccessedAt !== null && (
          <>
            {OWNER.lastViewed} <When at={capture.lastAccessedAt} />
          </>
        )}
      </span>
      {capture.deleteAt !== null ? (
        <span>
          {OWNER.kept.until} <When at={capture.deleteAt} />
        </span>
      ) : (
        capture.keep && <span>{OWNER.kept.keep}</span>
      )}
    </>
  )
}

/** A button that has the packets read anew. */
export function Retry({ capture, words, first = false }: { capture: Capture; words: string; first?: boolean }) {
  return (
    <form class="inline" method="post" action={`/captures/${capture.id}/retry`}>
      <button class={first ? 'button first' : 'button'} type="submit">
        {words}
      </button>
    </form>
  )
}

export function OwnerPanels({
  capture,
  owner,
  isCompressed,
}: {
  capture: Capture
  owner: OwnerView
  isCompressed: boolean
}) {
  const hasNoCopy = capture.state === 'ok' && isCompressed && capture.copySize === 0
  return (
    <>
      {hasNoCopy && (
        <Notice icon="cut" title={OWNER.retry.again}>
          <p class="prose">{OWNER.retry.noCopy}</p>
          <Retry capture={capture} words={OWNER.retry.again} />
        </Notice>
      )}
      <Links capture={capture} links={owner.links} />
      <KeylogPanel capture={capture} />
    </>
  )
}

function Links({ capture, links }: { capture: Capture; links: readonly OwnLink[] }) {
  const words = OWNER.links
  return (
    <Panel
      id="links"
      title={words.title}
      count={links.length > 0 ? links.length : undefined}
      aside={<Opens capture={capture} of="share" words={OWNER.share} label={OWNER.shareForm.title} class="copy" />}
    >
      {links.length === 0 ? (
        <p class="inner prose">{words.none}</p>
      ) : (
        <div class="scroll" tabindex={0}>
          <table class="rows links" aria-labelledby="links">
            <thead>
              <tr>
                <th scope="col">{words.opens}</th>
                <th scope="col">{words.link}</th>
                <th scope="col">{words.status}</th>
                <th scope="col" class="number">
                  {words.views}
                </th>
                <th scope="col">{words.ends}</th>
                <th scope="col">
                  <span class="hidden">{words.end}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {links.toReversed().map((link) => (
                <tr>
                  <th scope="row">
                    {whatOf(link)}
                    {[link.hasPassword && words.password, link.withKeylog && words.keylog].map(
                      (more) => more && <span class="tag more-of">{more}</span>,
                    )}
                  </th>
                  <td>
                    {link.status === 'open' ? (
                      <div class="field" data-copy={words.named(link.id.slice(0, 6))}>
                        <input
                          type="text"
                          readonly
                          value={link.url}
                          size={24}
                          aria-label={`${words.link} ${link.id.slice(0, 6)}`}
                        />
                      </div>
                    ) : (
                      <span class="mono soft">/s/{link.id.slice(0, 6)}…</span>
                    )}
                  </td>
                  <td>{words.is[link.status]}</td>
                  <td
                    class="number"
                    title={link.lastViewedAt === null ? undefined : new Date(link.lastViewedAt).toISOString()}
                  >
                    {link.viewLimit === null
                      ? grouped(link.views)
                      : words.of(grouped(link.views), grouped(link.viewLimit))}
                  </td>
                  <td>{link.expiresAt === null ? words.never : <When at={link.expiresAt} />}</td>
                  <td>
                    {link.status !== 'revoked' && (
                      <Opens
                        capture={capture}
                        of="revoke"
                        about={`&share=${link.id}`}
                        words={words.end}
                        label={`${words.end} ${link.id.slice(0, 6)}`}
                        class="copy"
                      />
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  )
}

function whatOf({ selection }: OwnLink): string {
  const words = OWNER.links
  if (selection === null) return words.all
  return 'packets' in selection
    ? words.packets(grouped(selection.packets.from), grouped(selection.packets.to))
    : words.times
}

function KeylogPanel({ capture }: { capture: Capture }) {
  const words = OWNER.keylog
  const has = capture.keylogKey !== null
  if (capture.state === 'uploading') return null
  return (
    <Panel
      id="tls-keys"
      title={words.title}
      aside={
        <Opens
          capture={capture}
          of="keylog"
          words={has ? words.replace : words.add}
          label={has ? words.form : undefined}
          class="copy"
        />
      }
    >
      <div class="inner">
        <p class="prose">{has ? words.there(bytes(capture.keylogSize ?? 0).text) : words.none}</p>
        {has && (
          <div class="ends">
            <a class="button" href={`/captures/${capture.id}/keylog`} download>
              <Icon of="key" />
              {words.download}
            </a>
            <Opens capture={capture} of="remove-keylog" about="&keylog=1" words={words.remove} />
          </div>
        )}
      </div>
    </Panel>
  )
}
