/** The page of a capture in the trash, for its owner: until when it can be had back, and how. */
import { Foreign } from '../ui/foreign.tsx'
import { bytes } from '../ui/numbers.ts'
import { page, type Reader } from '../ui/page.tsx'
import { Time, Zone } from '../ui/quantity.tsx'
import { TRASHED } from '../words/capture-owner.ts'
import type { Capture } from './capture.tsx'

/** Goes with status 200. */
export function trashedPage({ capture, reader }: { capture: Capture; reader: Reader | null }): string {
  return page({
    areas: ['capture'],
    reader,
    title: TRASHED.title(capture.filename),
    class: 'alone',
    children: (
      <>
        <h1>{TRASHED.heading}</h1>
        <p class="prose">
          <strong>
            <Foreign text={capture.filename} />
          </strong>
        </p>
        <p class="prose">{TRASHED.what}</p>
        <p class="prose">
          {TRASHED.until} <Time at={String(Math.floor((capture.dueAt ?? 0) / 1000))} /> <Zone />.{' '}
          {TRASHED.quota(bytes(capture.size + (capture.keylogSize ?? 0)).text)}
        </p>
        <div class="ends">
          <form method="post" action={`/captures/${capture.id}/restore`}>
            <button class="button first" type="submit">
              {TRASHED.undo}
            </button>
          </form>
          <a class="button" href="/my">
            {TRASHED.mine}
          </a>
        </div>
      </>
    ),
  })
}
