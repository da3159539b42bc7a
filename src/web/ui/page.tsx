/** The frame of every page: head, top line, foot. */
import { raw } from 'hono/html'
import type { Child } from 'hono/jsx'
import { FRAME } from '../words/frame.ts'
import { FONTS } from './fonts.ts'
import { visible } from './foreign.tsx'
import { SCRIPT } from './script.ts'
import { AREAS, type Area, LAST_STYLE, STYLE } from './style.ts'

/** Who reads a page, as its top line has them. */
export interface Reader {
  /** Of the account. */
  name: string
  isAdmin: boolean
}

interface Frame {
  /** Who is signed in; none on pages that say the same to everybody. */
  reader?: Reader | null
  /** Address of the page in the top line that is this one. */
  at?: string
  /** Whose style it has beside the one of all pages. */
  areas?: readonly Area[]
  /** Names of its islands, src/web/islands/<name>.tsx. Goes with `ISLAND_HEADERS`. */
  islands?: readonly string[]
  /** Comes with the script, as all do that have something for it. */
  scripted?: boolean
  /** Before ` · pcaport`. Text from outside is fine. */
  title: string
  /** Shown by previews of the link; none where a stranger may learn nothing. */
  preview?: { title: string; description: string; url: string }
  /** Only what says what pcaport is may be found by search engines. */
  indexed?: boolean
  /** Seconds until the page looks whether something changed, and the state it shows now. */
  refresh?: { seconds: number; state: string }
  class?: string
  /** A form of it needs its browser to say where it comes from, to this server alone. */
  ownOrigin?: boolean
  children: Child
}

/** A whole document, as text. */
export function page({
  reader = null,
  at,
  areas = [],
  islands = [],
  scripted = true,
  title,
  preview,
  indexed = false,
  refresh,
  class: name,
  ownOrigin = false,
  children,
}: Frame): string {
  const document = (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>{FRAME.titled(visible(title))}</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        {(ownOrigin || reader) && <meta name="referrer" content="same-origin" />}
        {indexed ? null : <meta name="robots" content="noindex, nofollow" />}
        {refresh && raw(`<noscript><meta http-equiv="refresh" content="${Math.ceil(refresh.seconds)}"></noscript>`)}
        {preview && (
          <>
            <meta name="description" content={visible(preview.description)} />
            <meta property="og:site_name" content={FRAME.name} />
            <meta property="og:type" content="website" />
            <meta property="og:title" content={visible(preview.title)} />
            <meta property="og:description" content={visible(preview.description)} />
            <meta property="og:url" content={preview.url} />
          </>
        )}
        <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
        {FONTS.map((font) => (
          <link rel="preload" href={font.path} as="font" type="font/woff2" crossorigin="anonymous" />
        ))}
        <style>{raw(STYLE)}</style>
        {areas.map((area) => (
          <style>{raw(AREAS[area])}</style>
        ))}
        <style>{raw(LAST_STYLE)}</style>
      </head>
      <body>
        <a class="skip" href="#main">
          {FRAME.skip}
        </a>
        <header class="top">
          <div class="wide">
            <a class="mark" href="/">
              <Mark />
              {FRAME.name}
            </a>
            <TopLine reader={reader} at={at} />
          </div>
        </header>
        <main
          id="main"
          tabindex={-1}
          class={name ? `wide ${name}` : 'wide'}
          data-refresh={refresh?.seconds}
          data-state={refresh?.state}
        >
          {children}
        </main>
        <footer class="bottom">
          <div class="wide">{FRAME.foot}</div>
        </footer>
        {scripted && <script>{raw(SCRIPT)}</script>}
        {islands.map((name) => (
          <script type="module" src={`/islands/${name}.js`} />
        ))}
      </body>
    </html>
  )
  return `<!DOCTYPE html>${document}`
}

function TopLine({ reader, at }: Pick<Frame, 'reader' | 'at'>) {
  const link = (href: string, words: string) => (
    <a href={href} aria-current={href === at ? 'page' : undefined}>
      {words}
    </a>
  )
  if (!reader)
    return (
      <nav aria-label={FRAME.navigation}>
        <a href="/#upload">{FRAME.howToUpload}</a>
        {link('/sign-in', FRAME.signIn)}
      </nav>
    )
  return (
    <nav aria-label={FRAME.navigation}>
      {link('/my', FRAME.mine)}
      {link('/upload', FRAME.upload)}
      {reader.isAdmin && link('/admin', FRAME.admin)}
      {link('/account', FRAME.account(visible(reader.name)))}
      <form method="post" action="/sign-out">
        <button class="quiet" type="submit">
          {FRAME.signOut}
        </button>
      </form>
    </nav>
  )
}

function Mark() {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="7" />
      <path d="M7 25h18M7 20h18" stroke-opacity=".6" stroke-width="2.5" stroke-linecap="round" />
      <path
        d="M16 15.5V6.5m-4.5 4.2L16 6.2l4.5 4.5"
        fill="none"
        stroke-width="2.8"
        stroke-linecap="round"
        stroke-linejoin="round"
      />
    </svg>
  )
}
