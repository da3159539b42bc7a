/** The page for a capture that is not there, or not for this reader: one and the same, byte for byte. */
import { CodeLine } from '../ui/code-line.tsx'
import { Coded } from '../ui/coded.tsx'
import { page, type Reader } from '../ui/page.tsx'
import { NOT_FOUND } from '../words/errors.ts'

/** For a private capture too: it takes nothing that could tell the two apart. Goes with status 404. */
export function notFoundPage({ origin, reader = null }: { origin: string; reader?: Reader | null }): string {
  return page({
    reader,
    areas: ['admin'],
    title: NOT_FOUND.title,
    class: 'alone',
    children: (
      <>
        <h1>{NOT_FOUND.title}</h1>
        <p class="prose">{NOT_FOUND.text}</p>
        <CodeLine
          line={`curl -OJ -H "Authorization: Bearer $TOKEN" ${origin}/captures/$ID/download`}
          title={NOT_FOUND.line}
          what={NOT_FOUND.what}
        />
        <p class="prose soft">
          <Coded text={NOT_FOUND.id} />
        </p>
        <p>
          {reader === null ? (
            <a class="button" href="/sign-in">
              {NOT_FOUND.signIn}
            </a>
          ) : (
            <a class="button" href="/my">
              {NOT_FOUND.mine}
            </a>
          )}
        </p>
      </>
    ),
  })
}
