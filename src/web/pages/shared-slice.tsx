/** The page of a part of a capture that is shared: what part it is, how to have it, and the notes on it. */
import type { Annotation } from '../../store/annotations.ts'
import type { Selected } from '../../store/schema.ts'
import { Fact, FactTable } from '../ui/facts.tsx'
import { Foreign } from '../ui/foreign.tsx'
import { grouped } from '../ui/numbers.ts'
import { page } from '../ui/page.tsx'
import { Panel } from '../ui/panel.tsx'
import { Time, Zone } from '../ui/quantity.tsx'
import { PART } from '../words/share.ts'
import { Notes } from './notes.tsx'
import { type Shared, ShareTake, ShareTerms } from './shared.tsx'

export interface SliceView {
  shared: Shared
  filename: string
  selected: Selected
  notes: readonly Annotation[]
}

/** Tells nothing of the rest of the capture. Goes with status 200. */
export function sharedSlicePage({ shared, filename, selected, notes }: SliceView): string {
  const hasTimes = 'times' in selected || shared.expiresAt !== null
  return page({
    areas: ['capture', 'traffic'],
    title: filename,
    class: 'stack',
    children: (
      <>
        <div class="hero">
          <div>
            <h1>
              <Foreign text={filename} />
            </h1>
            <div class="about">
              <ShareTerms shared={shared} what={PART.shared} />
            </div>
          </div>
          <ShareTake shared={shared} what={PART.download} />
        </div>
        <Panel id="part" title={PART.title} aside={hasTimes && <span data-zones />}>
          <FactTable label="part">
            {'packets' in selected ? (
              <Fact name={PART.packets}>
                {selected.packets.from === selected.packets.to
                  ? grouped(selected.packets.from)
                  : PART.fromTo(grouped(selected.packets.from), grouped(selected.packets.to))}
                <span class="soft"> {PART.counts}</span>
              </Fact>
            ) : (
              <>
                {selected.times.from !== undefined && (
                  <Fact name={PART.from}>
                    <Moment nanoseconds={selected.times.from} />
                  </Fact>
                )}
                {selected.times.to !== undefined && (
                  <Fact name={PART.before}>
                    <Moment nanoseconds={selected.times.to} />
                  </Fact>
                )}
              </>
            )}
            <Fact name={PART.format}>pcapng</Fact>
            <Fact name={PART.made}>{PART.madeHow}</Fact>
          </FactTable>
        </Panel>
        <Notes notes={notes} />
      </>
    ),
  })
}

function Moment({ nanoseconds }: { nanoseconds: string }) {
  const moment = BigInt(nanoseconds)
  const fraction = ((moment % BILLION) + BILLION) % BILLION
  return (
    <>
      <Time at={`${(moment - fraction) / BILLION}.${String(fraction).padStart(9, '0')}`} /> <Zone />
    </>
  )
}

const BILLION = 1_000_000_000n
