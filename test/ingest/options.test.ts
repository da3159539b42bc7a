import { describe, expect, it } from 'vitest'
import { cleanFilename, defaultFilename, optionsFrom, tagsFrom } from '../../src/ingest/options.ts'

describe('cleanFilename', () => {
  it.each([
    ['x.cap', 'x.cap'],
    ['a/b\\c.cap', 'c.cap'],
    ['a/', ''],
    ['..', ''],
    ['../..', ''],
    ['...', '...'],
    ['a\u0000\u001f\u007f\u0085\u2028b', 'ab'],
    ['\ud800x.cap', '\ufffdx.cap'],
    ['x'.repeat(255), 'x'.repeat(255)],
    ['x'.repeat(256), 'x'.repeat(255)],
    [`${'x'.repeat(255)}.pcapng.gz`, `${'x'.repeat(245)}.pcapng.gz`],
    ['😀'.repeat(64), '😀'.repeat(63)], // four bytes each: none is cut in two
    [`${'é'.repeat(126)}.cap`, `${'é'.repeat(125)}.cap`],
  ])('%j becomes %j', (name, wanted) => {
    expect(cleanFilename(name)).toBe(wanted)
    expect(new TextEncoder().encode(cleanFilename(name)).length).toBeLessThanOrEqual(255)
  })

  it('is quick on a name of a megabyte', () => {
    const startedAt = performance.now()
    cleanFilename('é'.repeat(1_000_000))
    expect(performance.now() - startedAt).toBeLessThan(500)
  })
})

describe('tagsFrom', () => {
  it.each([
    ['', [], []],
    [',', [], []],
    [' , ,', [], []],
    ['dns,lab', [], ['dns', 'lab']],
    [' dns , dns,lab', ['noc', 'lab'], ['noc', 'lab', 'dns']],
    ['a\u0000b\nc', [], ['abc']],
    ['Ünï', [], ['Ünï']],
  ] as [string, string[], string[]][])('%j after %j gives %j', (list, defaults, wanted) => {
    expect(tagsFrom(list, defaults)).toEqual(wanted)
  })
})

describe('optionsFrom', () => {
  it('has nothing of an upload that gives nothing', () => {
    expect(optionsFrom(() => undefined)).toEqual({ filename: '', tags: [], comments: '' })
  })

  it.each([
    ['comments', 'x'.repeat(16_385)],
    ['additional_tags', 'x'.repeat(101)],
    ['additional_tags', Array.from({ length: 65 }, (_, i) => i).join()],
  ])('refuses %s that are too long', (name, value) => {
    const given = (asked: string) => (asked === name ? value : undefined)
    expect(() => optionsFrom(given)).toThrow(expect.objectContaining({ kind: 'bad-option' }))
  })
})

describe('defaultFilename', () => {
  const at = Date.UTC(2026, 10, 22, 19, 5, 38, 795)
  it.each([
    ['curl/8.5.0', 'curl-8.5.0-20261122T190538795Z-ebca6098.cap'],
    [undefined, 'capture-20261122T190538795Z-ebca6098.cap'],
    ['', 'capture-20261122T190538795Z-ebca6098.cap'],
    ['../../x', 'x-20261122T190538795Z-ebca6098.cap'],
    ['Mozilla/5.0 (X11; "é")', 'Mozilla-5.0-X11-20261122T190538795Z-ebca6098.cap'],
  ])('of %j is %s', (agent, wanted) => {
    expect(defaultFilename(agent, at, 'ebca6098-b06e-4012-9e74-64aa158d08d9')).toBe(wanted)
  })
})
