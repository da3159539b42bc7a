/** The first page: what this is, the lines that upload, what it takes. */
import { CodeLine } from '../ui/code-line.tsx'
import { page, type Reader } from '../ui/page.tsx'
import { Panel } from '../ui/panel.tsx'

/** @param origin scheme and host that the reader came by, without a slash at the end */
export function landingPage({ origin, reader = null }: { origin: string; reader?: Reader | null }): string {
  return page({
    reader,
    title: 'Packet captures in, links out',
    indexed: true,
    preview: {
      title: 'pcaport: packet captures in, links out',
      description: 'Upload a packet capture with curl and share what is in it by a link.',
      url: `${origin}/`,
    },
    children: (
      <div class="stack">
        <div class="lead">
          <h1>Packet captures in, links out</h1>
          <p>
            Send a capture with curl, or with any client that speaks the CloudShark or A-Packets API. It is kept byte
            for byte, read packet by packet, and gets a page with its facts that can be sent to others.
          </p>
        </div>
        <div class="steps">
          <Panel id="upload" title="Upload a capture">
            <div class="ways">
              <CodeLine
                title={
                  <>
                    <strong>CloudShark API</strong>, the file as it is
                  </>
                }
                line={`curl -T traffic.pcapng ${origin}/api/v1/$TOKEN/upload`}
                what="the PUT line"
              />
              <CodeLine
                title={
                  <>
                    <strong>CloudShark API</strong>, a form with tags and comments
                  </>
                }
                line={`curl -F file=@traffic.pcapng -F additional_tags=dns,lab -F comments="captured from NOC" ${origin}/api/v1/$TOKEN/upload`}
                what="the form line"
              />
              <CodeLine
                title={
                  <>
                    <strong>A-Packets API</strong>, private to its owner
                  </>
                }
                line={`curl -H "Authorization: Bearer $TOKEN" -F file=@traffic.pcapng ${origin}/api/v1/upload/private/`}
                what="the A-Packets line"
              />
              <CodeLine
                title={
                  <>
                    <strong>Live</strong>, a minute of it
                  </>
                }
                line={`sudo timeout 60 tcpdump -U -w - | curl -T - "${origin}/api/v1/$TOKEN/upload?filename=live.pcap"`}
                what="the live line"
              />
              <p class="soft prose">
                The answer holds the capture's id; its page is <code>{origin}/captures/&lt;id&gt;</code>, ready as soon
                as the packets have been read. Everything else is in the <a href="/api/docs">API</a>.
              </p>
            </div>
          </Panel>
          <div class="stack">
            <Panel id="token" title="Get a token">
              <div class="inner">
                <p class="prose">
                  <code>$TOKEN</code> is 32 characters, the same for both APIs. Whoever runs this server makes one with{' '}
                  <code class="nowrap">npm run admin -- token add</code>; on a laptop, <code>npm start</code> prints
                  one.
                </p>
              </div>
            </Panel>
            <Panel id="takes" title="What it takes">
              <div class="inner">
                <ul class="points">
                  <li>
                    <strong>pcap and pcapng</strong>, snoop, btsnoop, NetMon, ERF and more, plain or inside gzip, zstd
                    or lz4. A capture that is cut short is read up to the cut.
                  </li>
                  <li>
                    <strong>100 MB a request</strong> on Cloudflare's Free and Pro plans, 200 MB on Business, 500 MB on
                    Enterprise: Cloudflare refuses larger bodies (413) before they come here. On a laptop there is no
                    such limit.
                  </li>
                  <li>
                    <strong>The account's plan</strong> limits the size of a capture, how many there are and how much
                    they hold together.
                  </li>
                </ul>
              </div>
            </Panel>
            <Panel id="sees" title="Who sees a capture">
              <div class="inner">
                <ul class="points">
                  <li>
                    <strong>Unlisted</strong>: whoever has the link. So are uploads by the CloudShark API, unless token
                    or account say otherwise.
                  </li>
                  <li>
                    <strong>Private</strong>: its owner's key, and share links. So are uploads by the A-Packets API.
                  </li>
                </ul>
              </div>
            </Panel>
          </div>
        </div>
      </div>
    ),
  })
}
