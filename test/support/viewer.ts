/** The viewer in Chromium on a small server of its own: pages and files as the gateway serves them, captures from a folder. */
import { readFile } from 'node:fs/promises'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import { build } from 'esbuild'
import type { Page } from 'playwright-core'
import { viewerAssets } from '../../ops/viewer-assets.ts'
import type { ViewerAssets } from '../../src/store/viewer.ts'
import { PACKETS_HEADERS } from '../../src/web/pages/headers.ts'
import type { PacketsView } from '../../src/web/pages/packets.tsx'
import { FONTS } from '../../src/web/ui/fonts.ts'
import { Columns } from '../../src/web/viewer/columns.ts'
import type { Column } from '../../src/web/viewer/engine.ts'
import { FIRST, type Profile } from '../../src/web/viewer/profile.ts'

const ROOT = join(import.meta.dirname, '../..')
const ASSETS = join(ROOT, 'src/web/assets')
const TYPES: Record<string, string> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.gz': 'application/gzip',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
}

/** What is served beside the viewer: a capture under `/captures/<name>/download`, and whatever a test answers itself. */
export interface Served {
  /** Bytes of a capture. */
  capture(name: string): Promise<Uint8Array>
  /** What its page is told, beside paths. */
  view?(name: string): Partial<PacketsView>
  /** @returns whether it has answered */
  answer?(path: URL, response: ServerResponse): Promise<boolean> | boolean
}

export interface ViewerServer {
  url: string
  assets: ViewerAssets
  close(): void
}

/** The headers of a path in `_headers`, as Cloudflare takes them. */
async function headersOf(path: string): Promise<Record<string, string>> {
  const headers: Record<string, string> = {}
  let isMeant = false
  for (const line of (await readFile(join(ASSETS, '_headers'), 'utf8')).split('\n')) {
    if (line !== '' && !line.startsWith(' '))
      isMeant = line.endsWith('*') ? path.startsWith(line.slice(0, -1)) : path === line
    const [, name, value] = /^ {2}([\w-]+): (.*)$/.exec(line) ?? []
    if (isMeant && name && value) headers[name] = value
  }
  return headers
}

/** Builds the viewer, and serves it. `/test/` is a page without the viewer, under its policy; `/test/engine.js` the engine's client, for
 * tests that ask it without the panes. */
export async function serveViewer(served: Served): Promise<ViewerServer> {
  await viewerAssets(true)
  const assets = JSON.parse(await readFile(join(ASSETS, 'viewer.json'), 'utf8')) as ViewerAssets
  const client = await build({
    entryPoints: [join(ROOT, 'src/web/viewer/engine-client.ts')],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2024',
  })
  const server: Server = createServer(async (request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost')
    if (await served.answer?.(path, response)) return
    const [, name, what] = /^\/captures\/(.+)\/(packets|download)$/.exec(decodeURIComponent(path.pathname)) ?? []
    if (name !== undefined && what === 'packets') {
      const { packetsPage } = await import('../../src/web/pages/packets.tsx') // not for benches, which know no JSX
      const bytes = await served.capture(name)
      const at = `/captures/${encodeURIComponent(name)}`
      const view: PacketsView = {
        filename: name.split('/').at(-1) ?? name,
        facts: at,
        whole: `${at}/download`,
        slices: null,
        keylog: null,
        size: bytes.length,
        packets: null,
        content: bytes.length,
        isSlice: false,
        conversations: null,
        notes: [],
        notesByOwn: true,
        annotations: null,
        comments: [],
        ...served.view?.(name),
      }
      return response.writeHead(200, PACKETS_HEADERS).end(packetsPage(view, assets))
    }
    if (name !== undefined) {
      const bytes = await served.capture(name)
      return response
        .writeHead(200, { 'Content-Type': 'application/vnd.tcpdump.pcap', 'Content-Length': bytes.length })
        .end(bytes)
    }
    if (path.pathname === '/test/')
      return response.writeHead(200, PACKETS_HEADERS).end('<!doctype html><title>engine</title>')
    if (path.pathname === '/test/engine.js')
      return response.writeHead(200, { 'Content-Type': TYPES['.js'] }).end(client.outputFiles[0]?.contents)
    const font = FONTS.find((one) => one.path === path.pathname)
    const file = font ? join(ROOT, 'node_modules', font.from) : join(ASSETS, path.pathname)
    const body = await readFile(file).catch(() => null)
    if (body === null) return response.writeHead(404).end()
    response
      .writeHead(200, {
        'Content-Type': TYPES[extname(path.pathname)] ?? 'text/plain',
        'Content-Length': body.length,
        ...(await headersOf(path.pathname)),
      })
      .end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    assets,
    close: () => server.close(),
  }
}

interface Asked {
  rows?: number
  trees?: number
  filters?: string[]
  keylog?: string
  /** What it is started with; else what every profile begins with. */
  profile?: Profile
  /** Else those of the profile; without one, the seven. */
  columns?: Column[]
}

/** What the engine says of a capture, opened in a worker of its own on `/test/`. */
export async function askEngine(page: Page, { assets }: ViewerServer, name: string, asked: Asked) {
  const { profile, columns: given, ...rest } = asked
  const first = ['%m', '%t', '%s', '%d', '%p', '%L', '%i'].map((format) => ({ title: format.slice(1), format }))
  const columns = given ?? (profile ? new Columns(profile.columns, profile.time).filled : first)
  return (await page.evaluate(
    `(async (assets, columns, profile, url, { rows = 0, trees = 0, filters = [], keylog = '' }) => {
      const { startEngine } = await import('/test/engine.js')
      const engine = startEngine(assets, columns, () => {}, profile)
      const flat = (details) => details.flatMap(({ label, children }) => [label, ...flat(children)])
      try {
        await engine.open({ url, keylog })
        const found = await engine.frames('', 0, rows)
        const lines = []
        for (const { number } of found.rows.slice(0, trees)) lines.push(flat((await engine.frame(number)).details))
        const numbers = []
        for (const filter of filters) {
          const { matched } = await engine.frames(filter, 0, 1)
          numbers.push((await engine.frames(filter, 0, matched)).rows.map(({ number }) => number))
        }
        return { rows: found.rows.map(({ cells }) => cells), colours: found.rows.map(({ colours }) => colours), trees: lines, numbers }
      } finally {
        engine.end()
      }
    })(${[assets, columns, profile ?? FIRST, `/captures/${encodeURIComponent(name)}/download`, rest].map((one) => JSON.stringify(one)).join()})`,
  )) as {
    rows: string[][]
    colours: ({ ground: number; ink: number } | null)[]
    trees: string[][]
    numbers: number[][]
  }
}
