/** The page of one capture: its facts, or how far they have come. */
import type { Child } from 'hono/jsx'
import type { Annotation } from '../../store/annotations.ts'
import type { captures } from '../../store/schema.ts'
import type { ViewerAssets } from '../../store/viewer.ts'
import type { Facts } from '../../summary/facts.ts'
import { Fact, FactTable } from '../ui/facts.tsx'
import { Foreign } from '../ui/foreign.tsx'
import { Icon } from '../ui/icon.tsx'
import { Markdown } from '../ui/markdown.tsx'
import { Notice } from '../ui/notice.tsx'
import { bitRate, byteRate, bytes, counted, duration, grouped, measured } from '../ui/numbers.ts'
import { page, type Reader } from '../ui/page.tsx'
import { Panel } from '../ui/panel.tsx'
import { Progress } from '../ui/progress.tsx'
import { Amount, Time, Zone } from '../ui/quantity.tsx'
import { type Status, StatusMark, statusOf } from '../ui/status.tsx'
import { CAPTURE } from '../words/capture.ts'
import { OWNER } from '../words/capture-owner.ts'
import { PACKETS } from '../words/packets.ts'
import { Forms } from './capture-forms.tsx'
import { Actions, Conversation, DoneNotice, OwnerPanels, type OwnerView, Retry, Views } from './capture-owner.tsx'
import { InterfaceTable, OnlyInterface } from './interfaces.tsx'
import { notFoundPage } from './not-found.tsx'
import { Notes } from './notes.tsx'
import { SectionTable } from './sections.tsx'
import { pathOf, type Shared, ShareTake, ShareTerms } from './shared.tsx'
import { islandsOf, TrafficPanels } from './traffic/panels.tsx'
import type { Traffic } from './traffic/traffic.ts'

export type Capture = typeof captures.$inferSelect

export interface CaptureView {
  /** Its row. One that is `doomed` is shown as not found: answer 404. */
  capture: Capture
  /** What the parse left in R2; `null` before that, or where it cannot be had: the row's own facts are shown then. */
  summary: { facts: Partial<Facts> } | null
  /** Scheme and host that the reader came by, without a slash at the end. */
  origin: string
  now: Date
  /** Who is signed in. */
  reader?: Reader | null
  /** See {@link Notes}. */
  notes?: readonly Annotation[]
  /** What is in it; `null`: that is not there. Goes with `ISLAND_HEADERS`. */
  traffic?: Traffic | null
  /** Its packets have a page, which these files are for. */
  viewer?: ViewerAssets | null
  /** It is looked at by a link that was made for it: nothing stands on the page that leads to anything else of its owner's. */
  shared?: Shared
  /** It is looked at by its owner, signed in. Goes with `ISLAND_HEADERS`. */
  owner?: OwnerView
  /** It stands where its packets will be shown, once they can be. */
  leadsOn?: boolean
}

/** Faults that are listed one by one. */
const FAULTS_SHOWN = 20

/** Comments of the file that are shown. */
const COMMENTS_SHOWN = 50

/** Goes with status 200. */
export function capturePage({
  capture,
  summary,
  origin,
  now,
  reader = null,
  notes = [],
  traffic = null,
  viewer = null,
  shared,
  owner,
  leadsOn = false,
}: CaptureView): string {
  const status = statusOf(capture.state)
  if (status === null) return notFoundPage({ origin })
  const facts = factsOf(capture, summary)
  const link = `${origin}${shared ? pathOf(shared) : `/captures/${capture.id}`}`
  const isOpen = shared ? !shared.isGated : capture.visibility === 'unlisted'
  const isTyped = owner?.forms.opened != null // what is typed there is not to be swept away
  const waits = !isTyped && (status === 'uploading' || status === 'processing')
  const noted = <Notes notes={notes} own={owner && status !== 'uploading' ? capture : undefined} />
  return page({
    areas: ['capture', 'traffic'],
    reader,
    islands: [...(owner ? ['capture'] : []), ...(status === 'ok' ? islandsOf(traffic) : [])],
    title: capture.filename,
    preview: isOpen
      ? { title: capture.filename, description: previewOf(capture, status, facts), url: link }
      : undefined,
    refresh: waits ? { seconds: patience(now.getTime() - capture.createdAt), state: standingOf(capture) } : undefined,
    class: 'stack',
    children: (
      <>
        <div class="hero">
          <div>
            <h1>
              <Foreign text={capture.filename} />
            </h1>
            <div class="about">
              <StatusMark status={status} percent={capture.progress} />
              {shared ? (
                <ShareTerms shared={shared} what={CAPTURE.shared} />
              ) : (
                <span>
                  {capture.visibility === 'unlisted' ? CAPTURE.unlisted : owner ? OWNER.private : CAPTURE.private}
                </span>
              )}
              {owner && <Views capture={capture} />}
              <span>
                {CAPTURE.uploaded} <Time at={String(Math.floor(capture.createdAt / 1000))} /> <Zone />
              </span>
            </div>
            {capture.tags.length > 0 && (
              <ul class="tags" aria-label={CAPTURE.tags}>
                {capture.tags.map((tag) => (
                  <li class="tag">
                    <Foreign text={tag} />
                  </li>
                ))}
              </ul>
            )}
          </div>
          {shared ? (
            <ShareTake shared={shared} what={status === 'uploading' ? null : CAPTURE.download} />
          ) : (
            <div class="take">
              <div class="field" data-copy={CAPTURE.theLink}>
                <label for="link">{CAPTURE.link}</label>
                <input id="link" type="text" readonly value={link} size={1} />
              </div>
              {status !== 'uploading' && !isWithoutBytes(capture) && (
                <a class="button first" href={`/captures/${capture.id}/download`} download>
                  <Icon of="download" />
                  {CAPTURE.download}
                </a>
              )}
              {viewer && (
                <a class="button" href={`/captures/${capture.id}/packets`} data-warm={`${viewer.wasm} ${viewer.data}`}>
                  <Icon of="packets" />
                  {PACKETS.see}
                </a>
              )}
              {owner && <Actions capture={capture} />}
            </div>
          )}
        </div>
        {owner && <DoneNotice owner={owner} />}
        {owner && status !== 'uploading' && <Forms capture={capture} forms={owner.forms} />}
        <BrokenOff capture={capture} />
        {owner && <Conversation capture={capture} />}
        <Answer capture={capture} status={status} facts={facts} isOwn={owner !== undefined} leadsOn={leadsOn} />
        <Comments capture={capture} facts={facts} />
        {status !== 'ok' && noted}
        {status === 'ok' ? (
          <TrafficPanels traffic={traffic}>
            {noted}
            <AllFacts capture={capture} facts={facts} isShared={shared !== undefined} />
          </TrafficPanels>
        ) : (
          <KnownSoFar capture={capture} status={status} facts={facts} />
        )}
        {owner && <OwnerPanels capture={capture} owner={owner} isCompressed={facts.compression != null} />}
      </>
    ),
  })
}

/** Changes when there is something new to show while a capture is under way. */
const standingOf = ({ state, progress }: Capture) => (progress === null ? state : `${progress} %`)

/** It was to be fetched from a URL, or made of others, and could not be. */
const isWithoutBytes = ({ state, fetch, make, size }: Capture) =>
  state === 'error' && (fetch !== null || make !== null) && size === 0

/** What goes on while there are no bytes. */
function arrivalOf({ fetch, make }: Capture): string {
  if (fetch !== null) return CAPTURE.arrival.fetched(fetch.host)
  if (make === null) return CAPTURE.arrival.sent
  return make.kind === 'merge' ? CAPTURE.arrival.merged(make.of.length) : CAPTURE.arrival.sliced
}

/** What one asks first: in figures once it is read, in words before that or where it failed. */
function Answer({
  capture,
  status,
  facts,
  isOwn,
  leadsOn,
}: {
  capture: Capture
  status: Status
  facts: Partial<Facts>
  isOwn: boolean
  leadsOn: boolean
}) {
  if (status === 'uploading')
    return (
      <Notice icon="working" tone="working" title={arrivalOf(capture)}>
        {capture.progress !== null && (
          <Progress
            percent={capture.progress}
            of={capture.make === null ? CAPTURE.arrival.fetchedSoFar : CAPTURE.arrival.madeSoFar}
          />
        )}
        <p class="prose">
          {leadsOn && `${CAPTURE.arrival.packetsNext} `}
          {CAPTURE.arrival.looksAgain}
        </p>
      </Notice>
    )
  if (status === 'processing')
    return (
      <Notice
        icon="working"
        tone="working"
        title={
          capture.state === 'parsing' || capture.progress !== null
            ? CAPTURE.reading.now(bytes(capture.size).text)
            : CAPTURE.reading.next
        }
      >
        {capture.progress !== null && <Progress percent={capture.progress} of={CAPTURE.reading.soFar} />}
        <p class="prose">
          {leadsOn && `${CAPTURE.arrival.packetsNext} `}
          {CAPTURE.reading.safe}
        </p>
      </Notice>
    )
  if (isWithoutBytes(capture))
    return (
      <Notice
        icon="failed"
        tone="failed"
        title={capture.make === null ? CAPTURE.withoutBytes.fetched : CAPTURE.withoutBytes.made}
      >
        <p class="prose">
          <Foreign text={sentence(capture.failure?.message ?? CAPTURE.withoutBytes.noReason)} />
        </p>
        <p class="prose">{capture.make === null ? CAPTURE.withoutBytes.fetchAgain : CAPTURE.withoutBytes.makeAgain}</p>
      </Notice>
    )
  if (status === 'error')
    return (
      <Notice icon="failed" tone="failed" title={CAPTURE.failed.title}>
        <p class="prose">
          {capture.failure === null ? CAPTURE.failed.noReason : <Foreign text={sentence(capture.failure.message)} />}
          {capture.failure?.at != null && CAPTURE.failed.at(grouped(capture.failure.at))}
        </p>
        <p class="prose">
          {CAPTURE.failed.kept} {capture.failure?.kind !== 'unread' && CAPTURE.failed.compare}
        </p>
        {isOwn && <Retry capture={capture} words={OWNER.retry.failed} />}
      </Notice>
    )
  return (
    <>
      <Figures capture={capture} facts={facts} />
      <Faults facts={facts} />
    </>
  )
}

/** Said in every state: what is there is only the beginning. */
function BrokenOff({ capture }: { capture: Capture }) {
  if (capture.brokenOff === null) return null
  return (
    <Notice icon="cut" title={CAPTURE.brokenOff.title(grouped(capture.size))}>
      <p class="prose">
        {CAPTURE.brokenOff[capture.brokenOff]} {CAPTURE.brokenOff.kept}
      </p>
    </Notice>
  )
}

function Figures({ capture, facts }: { capture: Capture; facts: Partial<Facts> }) {
  const span = facts.duration == null ? null : duration(facts.duration)
  const bits = facts.bitRate === undefined ? null : bitRate(facts.bitRate)
  return (
    <dl class="figures">
      <div>
        <dt>{CAPTURE.figures.packets}</dt>
        <dd>{facts.packets === undefined ? CAPTURE.figures.notKnown : grouped(facts.packets)}</dd>
      </div>
      <div>
        <dt>{CAPTURE.figures.size}</dt>
        <dd>
          <Amount of={bytes(capture.size)} />
        </dd>
      </div>
      <div>
        <dt>{CAPTURE.figures.duration}</dt>
        <dd>{span === null ? CAPTURE.figures.noTimes : <Amount of={span} />}</dd>
      </div>
      {bits !== null && (
        <div>
          <dt>{CAPTURE.figures.rate}</dt>
          <dd>
            <Amount of={bits} />
          </dd>
        </div>
      )}
      {facts.firstTime != null && (
        <div class="all">
          <dt>
            {CAPTURE.figures.first} <Zone />
          </dt>
          <dd>
            <Time at={facts.firstTime} />
          </dd>
        </div>
      )}
      {facts.encapsulation !== undefined && (
        <div class="all">
          <dt>{CAPTURE.figures.encapsulation}</dt>
          <dd>{linkWords(facts)}</dd>
        </div>
      )}
    </dl>
  )
}

function Faults({ facts }: { facts: Partial<Facts> }) {
  const faults = facts.faults ?? []
  const ends = facts.verdict === undefined ? facts.truncated === true : facts.verdict !== 'whole'
  if (!ends && faults.length === 0) return null
  const last = faults.at(-1)
  const how = facts.verdict === 'damaged' ? CAPTURE.faults.damagedAt : CAPTURE.faults.cutAt
  const title = !ends
    ? last === undefined
      ? CAPTURE.faults.passedOver
      : CAPTURE.faults.passedOverAt(grouped(last.at))
    : last === undefined
      ? CAPTURE.faults.ends
      : how(grouped(last.at))
  const shown = faults.slice(-FAULTS_SHOWN)
  const hidden = faults.length - shown.length + (facts.leftOut?.faults ?? 0)
  return (
    <Notice icon="cut" title={title}>
      {last !== undefined && faults.length === 1 && (
        <p class="prose">
          <Foreign text={sentence(last.message)} />
        </p>
      )}
      {ends && <p class="prose">{CAPTURE.faults.before}</p>}
      {hidden > 0 && <p class="prose soft">{CAPTURE.faults.hidden(counted(hidden, CAPTURE.faults.finding))}</p>}
      {faults.length > 1 && (
        <ul>
          {shown.map((fault) => (
            <li>
              <span class="at">{CAPTURE.faults.at(grouped(fault.at))}</span>
              <Foreign text={sentence(fault.message)} />
            </li>
          ))}
        </ul>
      )}
    </Notice>
  )
}

function AllFacts({ capture, facts, isShared }: { capture: Capture; facts: Partial<Facts>; isShared: boolean }) {
  const sections = facts.sections ?? []
  const interfaces = facts.interfaces ?? []
  const [only, ...others] = interfaces
  const single = only !== undefined && others.length === 0
  return (
    <>
      {(facts.decryptionSecrets ?? 0) > 0 && (
        <Notice icon="key" title={CAPTURE.secrets.title}>
          <p class="prose">
            {CAPTURE.secrets.what(
              counted(facts.decryptionSecrets ?? 0, CAPTURE.secrets.block),
              facts.decryptionSecrets === 1,
            )}
          </p>
          {!isShared && (
            <p class="prose">
              {capture.visibility === 'unlisted' ? `${CAPTURE.secrets.unlisted} ` : `${CAPTURE.secrets.private} `}
              <code>editcap --discard-all-secrets</code> {CAPTURE.secrets.made}
            </p>
          )}
        </Notice>
      )}
      <div class="pair">
        <div class="stack">
          <Panel id="file" title={CAPTURE.panels.file}>
            <FactTable label="file">
              <FileFacts capture={capture} facts={facts} />
            </FactTable>
          </Panel>
          {single && <Hashes capture={capture} />}
        </div>
        <div class="stack">
          <Panel id="times" title={CAPTURE.panels.times} aside={<span data-zones />}>
            <FactTable label="times">
              <TimeFacts facts={facts} />
            </FactTable>
          </Panel>
          {single && (
            <Panel id="interfaces" title={CAPTURE.panels.interface}>
              <OnlyInterface label="interfaces" one={only} />
            </Panel>
          )}
          {!single && <Hashes capture={capture} />}
        </div>
      </div>
      {sections.length > 1 && (
        <Panel
          id="sections"
          title={CAPTURE.panels.sections}
          count={facts.sectionCount ?? sections.length}
          long={sections.length > 12}
        >
          <SectionTable label="sections" sections={sections} total={facts.sectionCount ?? sections.length} />
        </Panel>
      )}
      {interfaces.length > 1 && (
        <Panel
          id="interfaces"
          title={CAPTURE.panels.interfaces}
          count={facts.interfaceCount ?? interfaces.length}
          long={interfaces.length > 12}
        >
          <InterfaceTable
            label="interfaces"
            interfaces={interfaces}
            total={facts.interfaceCount ?? interfaces.length}
          />
        </Panel>
      )}
      {(facts.leftOut?.texts ?? 0) > 0 && (
        <p class="soft">{CAPTURE.leftOut(counted(facts.leftOut?.texts ?? 0, ...CAPTURE.nameOrComment))}</p>
      )}
    </>
  )
}

function FileFacts({ capture, facts }: { capture: Capture; facts: Partial<Facts> }) {
  const [section, ...others] = facts.sections ?? []
  const kinds = facts.encapsulations ?? []
  return (
    <>
      <Fact name={CAPTURE.file.name}>
        <Foreign text={capture.filename} />
      </Fact>
      {facts.fileType != null && (
        <Fact name={CAPTURE.file.type}>
          {facts.fileTypeName ?? facts.fileType}
          {facts.fileTypeName != null && facts.fileTypeName !== facts.fileType && (
            <span class="soft"> {facts.fileType}</span>
          )}
        </Fact>
      )}
      {facts.compression != null && <Fact name={CAPTURE.file.compression}>{facts.compression}</Fact>}
      {facts.encapsulation !== undefined && (
        <Fact name={kinds.length > 1 ? CAPTURE.file.encapsulations : CAPTURE.file.encapsulation}>
          {kinds.length > 1 ? (
            kinds.map((kind) => (
              <span class="line">
                {kind.name} <span class="soft">{counted(kind.count, CAPTURE.file.packet)}</span>
              </span>
            ))
          ) : (
            <>
              {facts.encapsulationName ?? facts.encapsulation}
              {facts.encapsulationName !== undefined && facts.encapsulationName !== facts.encapsulation && (
                <span class="soft"> {facts.encapsulation}</span>
              )}
            </>
          )}
        </Fact>
      )}
      <SnaplenFact facts={facts} />
      {facts.packets !== undefined && (
        <Fact name={CAPTURE.file.packets}>
          {grouped(facts.packets)}
          {facts.frames !== undefined && facts.frames !== facts.packets && (
            <span class="soft"> {CAPTURE.file.withoutPackets(counted(facts.frames, CAPTURE.file.frame))}</span>
          )}
        </Fact>
      )}
      <Fact name={CAPTURE.file.size}>
        <Amount of={bytes(facts.fileSize ?? capture.size)} exact />
      </Fact>
      {facts.dataSize !== undefined && (
        <Fact name={CAPTURE.file.dataSize}>
          <Amount of={bytes(facts.dataSize)} exact note={CAPTURE.file.onTheWire} />
        </Fact>
      )}
      {section !== undefined && others.length === 0 && (
        <Fact name={CAPTURE.file.version}>
          {section.version}
          <span class="soft"> {CAPTURE.file.endian(section.byteOrder)}</span>
        </Fact>
      )}
      {section !== undefined && others.length === 0 && (
        <>
          {section.hardware && <Text name={CAPTURE.file.hardware} text={section.hardware} />}
          {section.os && <Text name={CAPTURE.file.os} text={section.os} />}
          {section.application && <Text name={CAPTURE.file.application} text={section.application} />}
        </>
      )}
      {((facts.resolvedIpv4 ?? 0) > 0 || (facts.resolvedIpv6 ?? 0) > 0) && (
        <Fact name={CAPTURE.file.resolved}>
          {CAPTURE.file.resolvedOf(grouped(facts.resolvedIpv4 ?? 0), grouped(facts.resolvedIpv6 ?? 0))}
        </Fact>
      )}
      {(facts.packetComments ?? 0) > 0 && (
        <Fact name={CAPTURE.file.packetComments}>{grouped(facts.packetComments ?? 0)}</Fact>
      )}
    </>
  )
}

function Text({ name, text }: { name: string; text: string }) {
  return (
    <Fact name={name}>
      <Foreign text={text} />
    </Fact>
  )
}

/** Of a pcapng file the interfaces have it; what packets were cut to is known of every file. */
function SnaplenFact({ facts }: { facts: Partial<Facts> }) {
  const found = facts.snaplenInferred
  const ofFile = facts.snaplen === undefined || facts.fileType === 'pcapng' ? null : (facts.snaplen ?? 0)
  if (ofFile === null && found == null) return null
  return (
    <Fact name={CAPTURE.file.snaplen}>
      {ofFile === null ? null : ofFile === 0 ? `${CAPTURE.file.noSnaplen} ` : `${counted(ofFile, CAPTURE.file.byte)} `}
      {found != null && (
        <span class={ofFile === null ? undefined : 'soft'}>
          {CAPTURE.file.cutAt}{' '}
          {found.min === found.max
            ? counted(found.min, CAPTURE.file.byte)
            : CAPTURE.file.cutBetween(grouped(found.min), counted(found.max, CAPTURE.file.byte))}
        </span>
      )}
    </Fact>
  )
}

function TimeFacts({ facts }: { facts: Partial<Facts> }) {
  const span = facts.duration == null ? null : duration(facts.duration)
  const rows: [string, Child][] = []
  if (facts.firstTime != null) {
    rows.push([CAPTURE.times.first, <When at={facts.firstTime} />])
    if (facts.lastTime != null) rows.push([CAPTURE.times.last, <When at={facts.lastTime} />])
  } else if ((facts.packets ?? 0) > 0) rows.push([CAPTURE.times.firstAndLast, CAPTURE.times.none])
  if (span !== null) rows.push([CAPTURE.times.duration, <Amount of={span} exact />])
  if (facts.timePrecision !== undefined && facts.timePrecision !== 'unknown')
    rows.push([
      CAPTURE.times.precision,
      facts.timePrecision === 'per-packet' ? CAPTURE.times.perPacket : facts.timePrecision,
    ])
  if (facts.strictTimeOrder !== undefined)
    rows.push([CAPTURE.times.order, CAPTURE.times.orderIs[facts.strictTimeOrder]])
  const rates = [
    [CAPTURE.times.byteRate, facts.byteRate && byteRate(facts.byteRate)],
    [CAPTURE.times.bitRate, facts.bitRate && bitRate(facts.bitRate)],
    [CAPTURE.times.packetRate, facts.packetRate && measured(facts.packetRate, CAPTURE.times.packetsEachSecond)],
    [CAPTURE.times.packetSize, facts.averagePacketSize && measured(facts.averagePacketSize, CAPTURE.times.bytes)],
  ] as const
  for (const [name, rate] of rates) if (rate) rows.push([name, <Amount of={rate} exact />])
  return (
    <>
      {rows.map(([name, value]) => (
        <Fact name={name}>{value}</Fact>
      ))}
    </>
  )
}

function When({ at }: { at: string }) {
  return (
    <>
      <Time at={at} /> <Zone />
    </>
  )
}

/** What people said of the capture, and what the file itself says. */
function Comments({ capture, facts }: { capture: Capture; facts: Partial<Facts> }) {
  const ours =
    capture.comments === '' ? null : (
      <Panel id="comments" title={CAPTURE.panels.comments} long>
        <div class="inner">
          <Markdown text={capture.comments} />
        </div>
      </Panel>
    )
  const inside = facts.comments ?? []
  if (inside.length === 0) return ours
  const theirs = <CommentPanel id="file-comments" title={CAPTURE.panels.fileComments} comments={inside} />
  if (ours === null) return theirs
  return (
    <div class="pair">
      {ours}
      {theirs}
    </div>
  )
}

function CommentPanel({ id, title, comments }: { id: string; title: string; comments: string[] }) {
  const shown = comments.slice(0, COMMENTS_SHOWN)
  return (
    <Panel id={id} title={title} count={comments.length > 1 ? comments.length : undefined} long>
      <div class="inner">
        {shown.map((comment) => (
          <p class="plain">
            <Foreign text={comment} />
          </p>
        ))}
      </div>
      {comments.length > shown.length && (
        <p class="more">
          {CAPTURE.comments.more(shown.length, counted(comments.length - shown.length, CAPTURE.comments.one))}
        </p>
      )}
    </Panel>
  )
}

function Hashes({ capture }: { capture: Capture }) {
  const known = (
    [
      ['SHA-256', capture.sha256],
      ['SHA-1', capture.sha1],
      ['MD5', capture.md5],
    ] as const
  ).filter(([, hash]) => hash !== null)
  if (known.length === 0) return null
  return (
    <Panel id="hashes" title={CAPTURE.panels.hashes}>
      <FactTable label="hashes" tall>
        {known.map(([name, hash]) => (
          <Fact name={name} mono>
            <Hash hex={hash ?? ''} />
          </Fact>
        ))}
      </FactTable>
    </Panel>
  )
}

/** A long hash is broken in its middle where it has no room. */
function Hash({ hex }: { hex: string }) {
  if (hex.length < 40) return <>{hex}</>
  return (
    <>
      {hex.slice(0, hex.length / 2)}
      <wbr />
      {hex.slice(hex.length / 2)}
    </>
  )
}

function KnownSoFar({ capture, status, facts }: { capture: Capture; status: Status; facts: Partial<Facts> }) {
  return (
    <>
      <Panel id="file" title={CAPTURE.panels.file}>
        <FactTable label="file">
          <Fact name={CAPTURE.file.name}>
            <Foreign text={capture.filename} />
          </Fact>
          {((capture.fetch === null && capture.make === null) || capture.size > 0) && (
            <Fact name={status === 'uploading' ? CAPTURE.file.announced : CAPTURE.file.size}>
              <Amount of={bytes(capture.size)} exact />
            </Fact>
          )}
          {facts.fileTypeName != null && <Fact name={CAPTURE.file.type}>{facts.fileTypeName}</Fact>}
        </FactTable>
      </Panel>
      <Hashes capture={capture} />
    </>
  )
}

/** The summary's facts, over those that the row itself keeps. */
function factsOf(capture: Capture, summary: CaptureView['summary']): Partial<Facts> {
  const row = capture.facts
  const own: Partial<Facts> = row === null ? {} : { ...row, fileType: row.fileType as Facts['fileType'] }
  return { ...own, ...summary?.facts }
}

const linkWords = (facts: Partial<Facts>) =>
  (facts.encapsulations ?? []).length > 1
    ? CAPTURE.figures.kinds(facts.encapsulations?.length ?? 0)
    : (facts.encapsulationName ?? facts.encapsulation ?? CAPTURE.figures.notKnown)

/** What a link's preview says: packets, span and size, or how far the capture has come. */
function previewOf(capture: Capture, status: Status, facts: Partial<Facts>): string {
  const size = bytes(capture.size).text
  if (status !== 'ok') return `${status === 'error' ? 'error' : `${status}…`} · ${size}`
  const span = facts.duration == null ? null : duration(facts.duration)
  return [facts.packets === undefined ? null : counted(facts.packets, CAPTURE.file.packet), span?.text, size]
    .filter(Boolean)
    .join(' · ')
}

/** Seconds until a page that waits looks again: soon at first, once a minute for what takes long. */
function patience(age: number): number {
  return Math.min(60, Math.max(1, Math.round(age / 5000)))
}

/** A message as a sentence of its own. */
function sentence(message: string): string {
  // A name of the spec's keeps its spelling.
  const text = /^[a-z]+[ ,:]/.test(message) ? message.charAt(0).toUpperCase() + message.slice(1) : message
  return /[.!?]$/.test(text) ? text : `${text}.`
}
