/** The first page for strangers: what this is, the lines that upload, what it takes. */
import { CodeLine } from '../ui/code-line.tsx'
import { Coded } from '../ui/coded.tsx'
import { page } from '../ui/page.tsx'
import { Panel } from '../ui/panel.tsx'
import { LANDING } from '../words/landing.ts'

/** What a point is about, and what is said of it. */
type Told = readonly [string, string]

function Strong({ told: [what, rest] }: { told: Told }) {
  return (
    <>
      <strong>{what}</strong>
      {rest}
    </>
  )
}

function Points({ of }: { of: readonly Told[] }) {
  return (
    <div class="inner">
      <ul class="points">
        {of.map((told) => (
          <li>
            <Strong told={told} />
          </li>
        ))}
      </ul>
    </div>
  )
}

/** Goes with status 200. @param origin scheme and host that the reader came by, without a slash at the end */
export function landingPage({ origin }: { origin: string }): string {
  return page({
    areas: ['admin'],
    title: LANDING.title,
    indexed: true,
    preview: { title: LANDING.previewTitle, description: LANDING.preview, url: `${origin}/` },
    children: (
      <div class="stack">
        <div class="lead">
          <h1>{LANDING.title}</h1>
          <p>{LANDING.lead}</p>
          <div class="deeds">
            <a class="button first" href="/sign-in">
              {LANDING.signIn}
            </a>
            <a class="button" href="/api/docs">
              {LANDING.docs}
            </a>
          </div>
        </div>
        <div class="steps">
          <Panel id="upload" title={LANDING.upload}>
            <div class="ways">
              <CodeLine
                title={<Strong told={LANDING.put} />}
                line={`curl -T traffic.pcapng ${origin}/api/v1/$TOKEN/upload`}
                what={LANDING.putWhat}
              />
              <CodeLine
                title={<Strong told={LANDING.form} />}
                line={`curl -F file=@traffic.pcapng -F additional_tags=dns,lab -F comments="${LANDING.formComments}" ${origin}/api/v1/$TOKEN/upload`}
                what={LANDING.formWhat}
              />
              <CodeLine
                title={<Strong told={LANDING.apackets} />}
                line={`curl -H "Authorization: Bearer $TOKEN" -F file=@traffic.pcapng ${origin}/api/v1/upload/private/`}
                what={LANDING.apacketsWhat}
              />
              <CodeLine
                title={<Strong told={LANDING.live} />}
                line={`sudo timeout 60 tcpdump -U -w - | curl -T - "${origin}/api/v1/$TOKEN/upload?filename=live.pcap"`}
                what={LANDING.liveWhat}
              />
              <p class="soft prose">
                <Coded text={LANDING.answer(origin)} />
              </p>
            </div>
          </Panel>
          <div class="stack">
            <Panel id="token" title={LANDING.token}>
              <div class="inner">
                <p class="prose">
                  <Coded text={LANDING.tokenText} />
                </p>
              </div>
            </Panel>
            <Panel id="takes" title={LANDING.takes}>
              <Points of={[LANDING.formats, LANDING.bodies, LANDING.plan]} />
            </Panel>
            <Panel id="sees" title={LANDING.sees}>
              <Points of={[LANDING.unlisted, LANDING.private]} />
            </Panel>
          </div>
        </div>
      </div>
    ),
  })
}
