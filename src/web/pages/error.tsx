/** The page for a request that a page cannot answer, in the words of its fault. */
import { FAULTS, type Fault } from '../../errors.ts'
import { Coded } from '../ui/coded.tsx'
import { page, type Reader } from '../ui/page.tsx'
import { ERROR, FAULT_WORDS } from '../words/errors.ts'

/**
 * Goes with `FAULTS[kind].status`.
 * @param words what is known of this time, where the page has none of its own
 */
export function errorPage(kind: Fault, words: string = FAULTS[kind].message, reader: Reader | null = null): string {
  const { title, text } = FAULT_WORDS[kind] ?? { title: ERROR.other, text: words }
  return page({
    reader,
    areas: ['admin'],
    title,
    class: 'alone',
    children: (
      <>
        <h1>{title}</h1>
        <p class="prose">
          <Coded text={text} />
        </p>
        <p class="prose soft">
          <Coded text={ERROR.status(FAULTS[kind].status, kind)} /> <a href="/">{ERROR.first}</a>
        </p>
      </>
    ),
  })
}
