import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { FAULTS, type Fault } from '../../../src/errors.ts'
import { errorPage } from '../../../src/web/pages/error.tsx'
import { PAGE_HEADERS, PAGE_POLICY } from '../../../src/web/pages/headers.ts'
import { landingPage } from '../../../src/web/pages/landing.tsx'
import { notFoundPage } from '../../../src/web/pages/not-found.tsx'
import { viewPage } from '../../../src/web/pages/view.tsx'
import { FONTS } from '../../../src/web/ui/fonts.ts'
import { ORIGIN, SAMPLES } from '../samples.ts'

const hashOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

describe('every page', () => {
  it.each(Object.keys(SAMPLES))('%s: its style and script are those that the policy allows, and no other', (name) => {
    const html = SAMPLES[name]?.(ORIGIN) ?? ''
    const inside = (tag: string) =>
      [...html.matchAll(new RegExp(`<${tag}>(.*?)</${tag}>`, 'gs'))].map(([, text]) => text ?? '')
    const allowed = (directive: string) => new RegExp(`${directive} ([^;]*)`).exec(PAGE_POLICY)?.[1]?.split(' ')
    const styles = inside('style').map(hashOf)
    expect(new Set(styles).size).toBe(styles.length)
    expect(allowed('style-src')).toEqual(expect.arrayContaining(styles))
    expect(inside('script').map(hashOf)).toEqual(allowed('script-src'))
    const markup = html.replace(/<(style|script)>.*?<\/\1>/gs, '').match(/<[^>]*>/g) ?? []
    for (const tag of markup) expect(tag.replace(/="[^"]*"/g, '')).not.toMatch(/^<(script|style)| (style|on\w+)\b/)
    expect(html).toMatch(/^<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"/)
  })

  it('has headers that let nothing in and nothing out', () => {
    expect(PAGE_POLICY).toContain("default-src 'none'")
    expect(PAGE_POLICY).toContain("base-uri 'none'")
    expect(PAGE_POLICY).toContain("frame-ancestors 'none'")
    expect(PAGE_POLICY).not.toMatch(/unsafe|https?:|\*/)
    expect(PAGE_HEADERS).toMatchObject({ 'Referrer-Policy': 'no-referrer', 'X-Content-Type-Options': 'nosniff' })
  })

  it('finds its fonts in the packages that are installed, under the version in their name', async () => {
    for (const font of FONTS) {
      expect(existsSync(join('node_modules', font.from)), font.from).toBe(true)
      const [scope, name] = font.from.split('/')
      const {
        default: { version },
      } = await import(`../../../node_modules/${scope}/${name}/package.json`, { with: { type: 'json' } })
      expect(font.path).toContain(`-${version}.woff2`)
    }
  })
})

describe('pages', () => {
  it('shows the lines of both dialects with this host and $TOKEN', () => {
    const text = landingPage({ origin: 'http://localhost:8787' })
      .replace(/<[^>]*>/g, '')
      .replaceAll('&quot;', '"')
    expect(text).toContain('curl -T traffic.pcapng http://localhost:8787/api/v1/$TOKEN/upload')
    expect(text).toContain(
      'curl -F file=@traffic.pcapng -F additional_tags=dns,lab -F comments="captured from NOC" http://localhost:8787/api/v1/$TOKEN/upload',
    )
    expect(text).toContain(
      'curl -H "Authorization: Bearer $TOKEN" -F file=@traffic.pcapng http://localhost:8787/api/v1/upload/private/',
    )
    expect(text).toContain('100 MB a request')
    expect(landingPage({ origin: '' })).toContain('href="/api/docs"')
  })

  it('may be found by search engines only where it says what pcaport is', () => {
    expect(landingPage({ origin: ORIGIN })).not.toContain('noindex')
    expect(notFoundPage({ origin: ORIGIN })).toContain('noindex')
  })

  it('has one and the same page for what is private and what is not there', () => {
    // It is told nothing of the capture; only the host is in it.
    expect(notFoundPage({ origin: ORIGIN })).toBe(notFoundPage({ origin: ORIGIN }))
    expect(notFoundPage.length).toBe(1)
    expect(notFoundPage({ origin: ORIGIN })).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}/)
  })

  it('has a page for every fault', () => {
    for (const kind of Object.keys(FAULTS) as Fault[]) {
      expect(errorPage(kind)).toContain(`Status ${FAULTS[kind].status}`)
      expect(errorPage(kind)).not.toContain('property="og:')
    }
  })

  it('says what is known of a fault, and asks before it fetches, whatever is in a URL', () => {
    expect(errorPage('bad-url', 'It is <b>longer</b>.')).toContain('It is &lt;b&gt;longer&lt;/b&gt;.')
    const page = viewPage({ url: 'http://a.example/"><script>', shown: 'http://a.example/\u202e"><script>' })
    expect(page).not.toContain('<script')
    expect(page).toContain('value="http://a.example/&quot;&gt;&lt;script&gt;"')
    expect(page).toContain('U+202E')
  })

  it('escapes a host that a client made up', () => {
    expect(landingPage({ origin: 'http://"><script>' }).match(/<script/g)?.length).toBe(1)
    expect(notFoundPage({ origin: 'http://"><script>' }).match(/<script/g)?.length).toBe(1)
  })
})
