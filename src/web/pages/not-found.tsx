/** The page for a capture that is not there, or not for this reader: one and the same, byte for byte. */
import { CodeLine } from '../ui/code-line.tsx'
import { page } from '../ui/page.tsx'

/** For a private capture too: it takes nothing that could tell the two apart. Goes with status 404. */
export function notFoundPage({ origin }: { origin: string }): string {
  return page({
    title: 'No capture here',
    class: 'alone',
    children: (
      <>
        <h1>No capture here</h1>
        <p class="prose">
          Nothing at this address can be shown to you. The link may have been cut off on its way, the capture may have
          been deleted, or it is private: a private capture answers only to its owner's key.
        </p>
        <CodeLine
          line={`curl -OJ -H "Authorization: Bearer $TOKEN" ${origin}/captures/$ID/download`}
          title="If the capture is yours, fetch it with your key"
          what="the line that downloads with a key"
        />
        <p class="prose soft">
          <code>$ID</code> is the last part of the link, 36 characters long.
        </p>
      </>
    ),
  })
}
