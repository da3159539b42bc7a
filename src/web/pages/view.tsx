/** The page that asks whether a URL is to be fetched. */
import { Foreign } from '../ui/foreign.tsx'
import { page } from '../ui/page.tsx'

interface Props {
  /** As it was asked for; goes back with the form. */
  url: string
  /** Without credentials. */
  shown: string
}

export function viewPage({ url, shown }: Props): string {
  return page({
    title: 'Fetch a capture',
    class: 'alone',
    scripted: false,
    children: (
      <>
        <h1>Fetch this capture?</h1>
        <p class="prose">
          A new capture is made in your account from what lies at{' '}
          <code>
            <Foreign text={shown} />
          </code>
          , each time anew.
        </p>
        <form method="post" action="/view">
          <input type="hidden" name="url" value={url} />
          <button type="submit" class="button first">
            Fetch it
          </button>
        </form>
      </>
    ),
  })
}
