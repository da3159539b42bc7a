/** The page of one capture: its facts, or how far they have come. */
import type { Child } from 'hono/jsx'
import type { Annotation } from '../../store/annotations.ts'
import type { captures } from '../../store/schema.ts'
import type { ViewerAssets } from '../../store/viewer.ts'
import type { Facts } from '../../summary/facts.ts'
import { Fact, FactTable } from '../ui/facts.tsx'
import { Foreign } from '../ui/foreign.tsx'
import { Icon } from '../ui/icon.tsx'
import { Notice } from '../ui/notice.tsx'
import { bitRate, byteRate, bytes, counted, duration, grouped, measured } from '../ui/numbers.ts'
import { page } from '../ui/page.tsx'
import { Panel } from '../ui/panel.tsx'
import { Progress } from '../ui/progress.tsx'
import { Amount, Time, Zone } from '../ui/quantity.tsx'
import { type Status, StatusMark, statusOf } from '../ui/status.tsx'
import { InterfaceTable, OnlyInterface } from './interfaces.tsx'
import { notFoundPage } from './not-found.tsx'
import { Notes } from './notes.tsx'
import { SectionTable } from './sections.tsx'
import { pathOf, type Shared, ShareTake, ShareTerms } from './shared.tsx'

export type Capture = typeof captures.$inferSelect

export interface CaptureView {
  /** Its row. One that is `doomed` is shown as not found: answer 404. */
  capture: Capture
  /** What the parse left in R2; `null` before that, or where it cannot be had: the row's own facts are shown then. */
  summary: { facts: Partial<Facts> } | null
  /** Scheme and host that the reader came by, without a slash at the end. */
  origin: string
  now: Date
  /** See {@link Notes}. */
  notes?: readonly Annotation[]
  /** Its packets have a page, which these files are for. */
  viewer?: ViewerAssets | null
  /** It is looked at by a link that was made for it: nothing stands on the page that leads to anything else of its owner's. */
  shared?: Shared
}

/** Faults that are listed one by one. */
const FAULTS_SHOWN = 20

/** Comments of the file that are shown. */
const COMMENTS_SHOWN = 50

/** Goes with status 200. */
export function capturePage({ capture, summary, origin, now, notes = [], viewer = null, shared }: CaptureView): string {
  const status = statusOf(capture.state)
  if (status === null) return notFoundPage({ origin })
  const facts = factsOf(capture, summary)
  const link = `${origin}${shared ? pathOf(shared) : `/captures/${capture.id}`}`
  const isOpen = shared ? !shared.isGated : capture.visibility === 'unlisted'
  const waits = status === 'uploading' || status === 'processing'
  return page({
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
                <ShareTerms shared={shared} what="Shared" />
              ) : (
                <span>
                  {capture.visibility === 'unlisted'
                    ? 'Unlisted: whoever has the link sees it'
                    : 'Private: only its owner sees it'}
                </span>
              )}
              <span>
                Uploaded <Time at={String(Math.floor(capture.createdAt / 1000))} /> <Zone />
              </span>
            </div>
            {capture.tags.length > 0 && (
              <ul class="tags" aria-label="Tags">
                {capture.tags.map((tag) => (
                  <li class="tag">
                    <Foreign text={tag} />
                  </li>
                ))}
              </ul>
            )}
          </div>
          {shared ? (
            <ShareTake shared={shared} what={status === 'uploading' ? null : 'Download capture'} />
          ) : (
            <div class="take">
              <div class="field" data-copy="the link">
                <label for="link">Link</label>
                <input id="link" type="text" readonly value={link} size={1} />
              </div>
              {status !== 'uploading' && !isWithoutBytes(capture) && (
                <a class="button first" href={`/captures/${capture.id}/download`} download>
                  <Icon of="download" />
                  Download capture
                </a>
              )}
              {viewer && (
                <a class="button" href={`/captures/${capture.id}/packets`} data-warm={`${viewer.wasm} ${viewer.data}`}>
                  <Icon of="packets" />
                  See the packets
                </a>
              )}
            </div>
          )}
        </div>
        <BrokenOff capture={capture} />
        <Answer capture={capture} status={status} facts={facts} />
        <Comments capture={capture} facts={facts} />
        <Notes notes={notes} />
        {status === 'ok' ? (
          <AllFacts capture={capture} facts={facts} isShared={shared !== undefined} />
        ) : (
          <KnownSoFar capture={capture} status={status} facts={facts} />
        )}
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
  if (fetch !== null) return `Fetching it from ${fetch.host}`
  if (make === null) return 'The bytes are on their way'
  return make.kind === 'merge' ? `Putting ${make.of.length} captures together` : 'Cutting it out of another capture'
}

/** What one asks first: in figures once it is read, in words before that or where it failed. */
function Answer({ capture, status, facts }: { capture: Capture; status: Status; facts: Partial<Facts> }) {
  if (status === 'uploading')
    return (
      <Notice icon="working" tone="working" title={arrivalOf(capture)}>
        {capture.progress !== null && (
          <Progress percent={capture.progress} of={capture.make === null ? 'Fetched so far' : 'Made so far'} />
        )}
        <p class="prose">This page looks again by itself. It can be closed: the link stays.</p>
      </Notice>
    )
  if (status === 'processing')
    return (
      <Notice
        icon="working"
        tone="working"
        title={
          capture.state === 'parsing' || capture.progress !== null
            ? `Reading the packets of ${bytes(capture.size).text}`
            : 'Stored; next in line to be read'
        }
      >
        {capture.progress !== null && <Progress percent={capture.progress} of="Read so far" />}
        <p class="prose">
          The capture is safe and can be downloaded. This page looks again by itself and shows the facts when they are
          there; it can be closed meanwhile.
        </p>
      </Notice>
    )
  if (isWithoutBytes(capture))
    return (
      <Notice
        icon="failed"
        tone="failed"
        title={`This capture could not be ${capture.make === null ? 'fetched' : 'made'}`}
      >
        <p class="prose">
          <Foreign text={sentence(capture.failure?.message ?? 'The reason was not recorded')} />
        </p>
        <p class="prose">
          Nothing of it was kept: it can be deleted, and {capture.make === null ? 'its URL uploaded' : 'asked for'}{' '}
          again.
        </p>
      </Notice>
    )
  if (status === 'error')
    return (
      <Notice icon="failed" tone="failed" title="Nothing could be read from this capture">
        <p class="prose">
          {capture.failure === null ? (
            'The reason was not recorded.'
          ) : (
            <Foreign text={sentence(capture.failure.message)} />
          )}
          {capture.failure?.at != null && <> That was at byte {grouped(capture.failure.at)}.</>}
        </p>
        <p class="prose">
          The file is kept as it was uploaded and can be downloaded.{' '}
          {capture.failure?.kind !== 'unread' &&
            'If it was damaged on its way here, compare the hashes below with the original and upload it again.'}
        </p>
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
    <Notice icon="cut" title={`The upload broke off after ${grouped(capture.size)} bytes`}>
      <p class="prose">
        {capture.brokenOff === 'cut-off'
          ? 'The connection of its sender was lost.'
          : 'Its sender had stood still for too long.'}{' '}
        What had come is kept as it came; its last packet may be cut.
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
        <dt>Packets</dt>
        <dd>{facts.packets === undefined ? 'not known' : grouped(facts.packets)}</dd>
      </div>
      <div>
        <dt>Size</dt>
        <dd>
          <Amount of={bytes(capture.size)} />
        </dd>
      </div>
      <div>
        <dt>Duration</dt>
        <dd>{span === null ? 'no times' : <Amount of={span} />}</dd>
      </div>
      {bits !== null && (
        <div>
          <dt>Average rate</dt>
          <dd>
            <Amount of={bits} />
          </dd>
        </div>
      )}
      {facts.firstTime != null && (
        <div class="all">
          <dt>
            First packet, <Zone />
          </dt>
          <dd>
            <Time at={facts.firstTime} />
          </dd>
        </div>
      )}
      {facts.encapsulation !== undefined && (
        <div class="all">
          <dt>Encapsulation</dt>
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
  const how = facts.verdict === 'damaged' ? 'damaged' : 'cut short'
  const title = !ends
    ? `Something in this capture was passed over${last === undefined ? '' : ` at byte ${grouped(last.at)}`}`
    : last === undefined
      ? 'This capture is cut short or damaged'
      : `This capture is ${how} at byte ${grouped(last.at)}`
  const shown = faults.slice(-FAULTS_SHOWN)
  const hidden = faults.length - shown.length + (facts.leftOut?.faults ?? 0)
  return (
    <Notice icon="cut" title={title}>
      {last !== undefined && faults.length === 1 && (
        <p class="prose">
          <Foreign text={sentence(last.message)} />
        </p>
      )}
      {ends && <p class="prose">What comes before was read, and the facts below count it.</p>}
      {hidden > 0 && <p class="prose soft">{counted(hidden, 'earlier finding')} not shown.</p>}
      {faults.length > 1 && (
        <ul>
          {shown.map((fault) => (
            <li>
              <span class="at">byte {grouped(fault.at)}</span>
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
        <Notice icon="key" title="This capture holds decryption secrets">
          <p class="prose">
            {counted(facts.decryptionSecrets ?? 0, 'block')} of them, as a rule TLS session keys,{' '}
            {facts.decryptionSecrets === 1 ? 'is' : 'are'} in the file: whoever downloads it can decrypt the sessions
            they belong to.
          </p>
          {!isShared && (
            <p class="prose">
              {capture.visibility === 'unlisted'
                ? 'It is unlisted: that is whoever has the link. To share it without them, upload a copy that '
                : 'It is private. Before it is made public or shared, upload a copy that '}
              <code>editcap --discard-all-secrets</code> has made, and delete this one.
            </p>
          )}
        </Notice>
      )}
      <div class="pair">
        <div class="stack">
          <Panel id="file" title="File">
            <FactTable label="file">
              <FileFacts capture={capture} facts={facts} />
            </FactTable>
          </Panel>
          {single && <Hashes capture={capture} />}
        </div>
        <div class="stack">
          <Panel id="times" title="Times and rates" aside={<span data-zones />}>
            <FactTable label="times">
              <TimeFacts facts={facts} />
            </FactTable>
          </Panel>
          {single && (
            <Panel id="interfaces" title="Interface">
              <OnlyInterface label="interfaces" one={only} />
            </Panel>
          )}
          {!single && <Hashes capture={capture} />}
        </div>
      </div>
      {sections.length > 1 && (
        <Panel id="sections" title="Sections" count={facts.sectionCount ?? sections.length} long={sections.length > 12}>
          <SectionTable label="sections" sections={sections} total={facts.sectionCount ?? sections.length} />
        </Panel>
      )}
      {interfaces.length > 1 && (
        <Panel
          id="interfaces"
          title="Interfaces"
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
        <p class="soft">
          The file holds more text than is kept with its facts:{' '}
          {counted(facts.leftOut?.texts ?? 0, 'name or comment', 'names and comments')} left out.
        </p>
      )}
    </>
  )
}

function FileFacts({ capture, facts }: { capture: Capture; facts: Partial<Facts> }) {
  const [section, ...others] = facts.sections ?? []
  const kinds = facts.encapsulations ?? []
  return (
    <>
      <Fact name="Name">
        <Foreign text={capture.filename} />
      </Fact>
      {facts.fileType != null && (
        <Fact name="Type">
          {facts.fileTypeName ?? facts.fileType}
          {facts.fileTypeName != null && facts.fileTypeName !== facts.fileType && (
            <span class="soft"> {facts.fileType}</span>
          )}
        </Fact>
      )}
      {facts.compression != null && <Fact name="Compression">{facts.compression}</Fact>}
      {facts.encapsulation !== undefined && (
        <Fact name={kinds.length > 1 ? 'Encapsulations' : 'Encapsulation'}>
          {kinds.length > 1 ? (
            kinds.map((kind) => (
              <span class="line">
                {kind.name} <span class="soft">{counted(kind.count, 'packet')}</span>
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
        <Fact name="Packets">
          {grouped(facts.packets)}
          {facts.frames !== undefined && facts.frames !== facts.packets && (
            <span class="soft"> {counted(facts.frames, 'frame')} with blocks that hold no packet</span>
          )}
        </Fact>
      )}
      <Fact name="File size">
        <Amount of={bytes(facts.fileSize ?? capture.size)} exact />
      </Fact>
      {facts.dataSize !== undefined && (
        <Fact name="Data size">
          <Amount of={bytes(facts.dataSize)} exact note="on the wire" />
        </Fact>
      )}
      {section !== undefined && others.length === 0 && (
        <Fact name="Format version">
          {section.version}
          <span class="soft"> {section.byteOrder}-endian</span>
        </Fact>
      )}
      {section !== undefined && others.length === 0 && (
        <>
          {section.hardware && <Text name="Capture hardware" text={section.hardware} />}
          {section.os && <Text name="Operating system" text={section.os} />}
          {section.application && <Text name="Application" text={section.application} />}
        </>
      )}
      {((facts.resolvedIpv4 ?? 0) > 0 || (facts.resolvedIpv6 ?? 0) > 0) && (
        <Fact name="Resolved names">
          {grouped(facts.resolvedIpv4 ?? 0)} for IPv4, {grouped(facts.resolvedIpv6 ?? 0)} for IPv6
        </Fact>
      )}
      {(facts.packetComments ?? 0) > 0 && <Fact name="Packet comments">{grouped(facts.packetComments ?? 0)}</Fact>}
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
    <Fact name="Snaplen">
      {ofFile === null ? null : ofFile === 0 ? 'not set in the file ' : `${counted(ofFile, 'byte')} `}
      {found != null && (
        <span class={ofFile === null ? undefined : 'soft'}>
          packets were cut at{' '}
          {found.min === found.max
            ? counted(found.min, 'byte')
            : `${grouped(found.min)} to ${counted(found.max, 'byte')}`}
        </span>
      )}
    </Fact>
  )
}

function TimeFacts({ facts }: { facts: Partial<Facts> }) {
  const span = facts.duration == null ? null : duration(facts.duration)
  const rows: [string, Child][] = []
  if (facts.firstTime != null) {
    rows.push(['First packet', <When at={facts.firstTime} />])
    if (facts.lastTime != null) rows.push(['Last packet', <When at={facts.lastTime} />])
  } else if ((facts.packets ?? 0) > 0)
    rows.push(['First and last packet', 'not in the file: some packets have no time'])
  if (span !== null) rows.push(['Duration', <Amount of={span} exact />])
  if (facts.timePrecision !== undefined && facts.timePrecision !== 'unknown')
    rows.push(['Precision', facts.timePrecision === 'per-packet' ? 'differs by interface' : facts.timePrecision])
  if (facts.strictTimeOrder !== undefined) rows.push(['Strict time order', ORDER[facts.strictTimeOrder]])
  const rates = [
    ['Average byte rate', facts.byteRate && byteRate(facts.byteRate)],
    ['Average bit rate', facts.bitRate && bitRate(facts.bitRate)],
    ['Average packet rate', facts.packetRate && measured(facts.packetRate, 'packets/s')],
    ['Average packet size', facts.averagePacketSize && measured(facts.averagePacketSize, 'bytes')],
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

const ORDER = {
  True: 'yes',
  False: 'no: some packets are older than the one before',
  Unknown: 'not known: some packets have no time',
} as const

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
    capture.comments === '' ? null : <CommentPanel id="comments" title="Comments" comments={[capture.comments]} />
  const inside = facts.comments ?? []
  if (inside.length === 0) return ours
  const theirs = <CommentPanel id="file-comments" title="Comments in the file" comments={inside} />
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
          The first {shown.length} are shown; the file has {counted(comments.length - shown.length, 'more comment')}.
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
    <Panel id="hashes" title="Hashes of the file">
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
      <Panel id="file" title="File">
        <FactTable label="file">
          <Fact name="Name">
            <Foreign text={capture.filename} />
          </Fact>
          {((capture.fetch === null && capture.make === null) || capture.size > 0) && (
            <Fact name={status === 'uploading' ? 'Size announced' : 'File size'}>
              <Amount of={bytes(capture.size)} exact />
            </Fact>
          )}
          {facts.fileTypeName != null && <Fact name="Type">{facts.fileTypeName}</Fact>}
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
    ? `${facts.encapsulations?.length} kinds`
    : (facts.encapsulationName ?? facts.encapsulation ?? 'not known')

/** What a link's preview says: packets, span and size, or how far the capture has come. */
function previewOf(capture: Capture, status: Status, facts: Partial<Facts>): string {
  const size = bytes(capture.size).text
  if (status !== 'ok') return `${status === 'error' ? 'error' : `${status}…`} · ${size}`
  const span = facts.duration == null ? null : duration(facts.duration)
  return [facts.packets === undefined ? null : counted(facts.packets, 'packet'), span?.text, size]
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
