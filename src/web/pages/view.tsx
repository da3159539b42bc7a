/** The page that asks whether a URL is to be fetched. */
import { Foreign } from '../ui/foreign.tsx'
import { page, type Reader } from '../ui/page.tsx'
import { VIEW } from '../words/view.ts'

interface Props {
  reader?: Reader | null
  /** As it was asked for; goes back with the form. */
  url: string
  /** Without credentials. */
  shown: string
}

export function viewPage({ reader = null, url, shown }: Props): string {
  return page({
    reader,
    title: VIEW.title,
    class: 'alone',
    scripted: false,
    children: (
      <>
        <h1>{VIEW.heading}</h1>
        <p class="prose">
          {VIEW.from}{' '}
          <code>
            <Foreign text={shown} />
          </code>
          {VIEW.each}
        </p>
        <form method="post" action="/view">
          <input type="hidden" name="url" value={url} />
          <button type="submit" class="button first">
            {VIEW.button}
          </button>
        </form>
      </>
    ),
  })
}
