/**
 * The one style sheet: tokens, then parts. It stands in the page itself, allowed by its hash: a first visit paints after
 * one request, and no attribute can carry a style.
 */

import { FONTS } from './fonts.ts'
import { policyHash } from './policy-hash.ts'
import { ACCOUNT_STYLE } from './styles/account.ts'
import { ADMIN_STYLE } from './styles/admin.ts'
import { CAPTURE_STYLE } from './styles/capture.ts'
import { FILES_STYLE } from './styles/files.ts'
import { TRAFFIC_STYLE } from './styles/traffic.ts'

const faces = FONTS.map(
  (font) =>
    `@font-face { font-family: '${font.family}'; src: url('${font.path}') format('woff2'); font-weight: 100 900; font-display: swap; }`,
).join('\n')

const css = /* css */ `
${faces}
:root {
  color-scheme: light dark;
  --page: light-dark(#f5f6f7, #101315);
  --panel: light-dark(#ffffff, #171b1e);
  --sunken: light-dark(#eef0f2, #0b0d0f);
  --line: light-dark(#dfe3e6, #293036);
  --edge: light-dark(#7d868f, #727c85);
  --ink: light-dark(#12171b, #e9edf0);
  --soft: light-dark(#434c55, #b2bbc3);
  --accent: light-dark(#0b4a70, #86caf0);
  --accent-ground: light-dark(#0b5680, #86caf0);
  --accent-ink: light-dark(#ffffff, #06202f);
  --ok: light-dark(#14532b, #8ad8a2);
  --ok-ground: light-dark(#e2f3e7, #14301f);
  --working: light-dark(#5e3f00, #efc976);
  --working-ground: light-dark(#fbf0d5, #33280f);
  --failed: light-dark(#7e1717, #ffa9a2);
  --failed-ground: light-dark(#fce8e6, #3a1917);
  --sans: 'Geist', system-ui, -apple-system, 'Segoe UI', sans-serif;
  --mono: 'Geist Mono', ui-monospace, 'SF Mono', Menlo, Consolas, monospace;
  --small: 0.8125rem;
  --radius: 6px;
}
*, ::before, ::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 400 0.875rem/1.43 var(--sans); font-variant-numeric: tabular-nums; font-variant-ligatures: none;
  min-height: 100vh; display: flex; flex-direction: column;
}
h1, h2, h3, p, dl, dd, ul, ol, table, figure { margin: 0; padding: 0; }
a { color: var(--accent); text-underline-offset: 2px; text-decoration-thickness: 1px; }
a:hover { text-decoration-thickness: 2px; }
code, kbd, .mono { font-family: var(--mono); font-size: 0.8125rem; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip { position: absolute; z-index: 5; left: 8px; top: 8px; padding: 8px 14px; border-radius: var(--radius); background: var(--accent-ground); color: var(--accent-ink); font-weight: 500; }
.skip:not(:focus) { width: 1px; height: 1px; padding: 0; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
main:focus { outline: 0; }
.soft { color: var(--soft); }
[hidden] { display: none !important; }
.nowrap { white-space: nowrap; }
.prose { max-width: 68ch; overflow-wrap: anywhere; }
.prose + .prose { margin-top: 8px; }

/* the frame of a page */
.wide { width: 100%; max-width: 72rem; margin: 0 auto; padding: 0 24px; }
.top { background: var(--panel); border-bottom: 1px solid var(--line); }
.top .wide { display: flex; align-items: center; justify-content: space-between; gap: 4px 16px; min-height: 44px; padding-top: 6px; padding-bottom: 6px; }
.mark { display: inline-flex; align-items: center; gap: 8px; min-height: 24px; color: var(--ink); font-weight: 600; letter-spacing: -0.01em; text-decoration: none; }
.mark svg { width: 20px; height: 20px; }
.mark rect { fill: var(--accent-ground); }
.mark path { stroke: var(--accent-ink); }
.top nav a, .top nav button { display: inline-flex; align-items: center; min-height: 24px; font-size: var(--small); }
.top nav { display: flex; flex-wrap: wrap; align-items: center; justify-content: flex-end; gap: 4px 16px; }
.top nav [aria-current] { color: var(--ink); font-weight: 600; text-decoration: none; }
.quiet { padding: 0; border: 0; background: none; color: var(--accent); font: inherit; text-decoration: underline; text-decoration-thickness: 1px; text-underline-offset: 2px; cursor: pointer; }
.top nav form { display: flex; }
.quiet:hover { text-decoration-thickness: 2px; }
main.wide { flex: 1; padding-top: 24px; padding-bottom: 48px; }
.bottom { border-top: 1px solid var(--line); color: var(--soft); font-size: var(--small); }
.bottom .wide { padding-top: 12px; padding-bottom: 12px; }
h1 { font-size: 1.75rem; line-height: 36px; font-weight: 600; letter-spacing: -0.02em; overflow-wrap: anywhere; text-wrap: balance; }
h2, h3 { font-size: 0.875rem; line-height: 20px; font-weight: 600; }
h2 .count { color: var(--soft); font-weight: 400; margin-left: 6px; }

/* button, link-button */
.button, .copy {
  display: inline-flex; align-items: center; justify-content: center; gap: 8px; min-height: 36px; padding: 0 14px; border: 1px solid var(--edge); border-radius: var(--radius);
  background: var(--panel); color: var(--ink); font: 500 0.875rem/20px var(--sans); text-decoration: none; white-space: nowrap; cursor: pointer;
}
.button:hover, .copy:hover { background: var(--sunken); }
.button.first { background: var(--accent-ground); border-color: var(--accent-ground); color: var(--accent-ink); }
.button.first:hover { background: color-mix(in oklab, var(--accent-ground), var(--ink) 16%); }
.button svg { width: 16px; height: 16px; }
.button.small { min-height: 28px; padding: 0 10px; font-size: var(--small); border-color: var(--line); }
.button.small.first { border-color: var(--accent-ground); }
.button.small svg { width: 14px; height: 14px; }
.button.danger { color: var(--failed); border-color: var(--failed); }
.copy { min-height: 28px; padding: 0 10px; font-size: var(--small); min-width: 64px; border-color: var(--line); flex: none; }

/* field */
.field { display: flex; gap: 8px; align-items: center; }
.field label { color: var(--soft); font-size: var(--small); flex: none; }
.field input {
  flex: 1; min-width: 0; height: 36px; padding: 0 10px; border: 1px solid var(--line); border-radius: var(--radius); background: var(--panel); color: var(--ink);
  font: 400 var(--small)/20px var(--mono); text-overflow: ellipsis;
}
.field .copy { min-height: 36px; }

/* entry: one thing to fill in, its label over it, a hint or what is wrong under it */
.entry { display: grid; gap: 4px; min-width: 0; margin: 0; padding: 0; border: 0; }
.entry > label, legend { padding: 0; font-size: var(--small); font-weight: 500; line-height: 20px; }
.entry > :where(input:not([type="checkbox"]), select, textarea) {
  width: 100%; min-width: 0; min-height: 36px; padding: 7px 10px; border: 1px solid var(--edge); border-radius: var(--radius); background: var(--panel); color: var(--ink); font: 400 0.875rem/20px var(--sans);
}
.entry > textarea { resize: vertical; }
.entry > [aria-invalid] { border-color: var(--failed); box-shadow: 0 0 0 1px var(--failed); }
.entry ::placeholder { color: var(--soft); opacity: 1; }
.hint, .why { font-size: var(--small); line-height: 20px; }
.hint { color: var(--soft); }
.entry .why { color: var(--failed); font-weight: 500; }

/* the form before something that is shared */
.gate { display: grid; gap: 8px; margin: 16px 0; max-width: 26rem; }
.gate label { font-size: var(--small); color: var(--soft); }
.gate input { height: 40px; padding: 0 10px; border: 1px solid var(--edge); border-radius: var(--radius); background: var(--panel); color: var(--ink); font: 400 1rem/20px var(--sans); min-width: 0; }
.gate div { margin-top: 4px; }
.above { margin-top: 16px; max-width: 44rem; }

/* status: shape, word and colour */
.status { display: inline-flex; align-items: center; gap: 6px; padding: 0 10px 0 7px; height: 24px; border-radius: 12px; font-size: var(--small); font-weight: 600; white-space: nowrap; }
.status svg { width: 14px; height: 14px; flex: none; }
.status.ok { color: var(--ok); background: var(--ok-ground); }
.status.working { color: var(--working); background: var(--working-ground); }
.status.failed { color: var(--failed); background: var(--failed-ground); }
@media (prefers-reduced-motion: no-preference) {
  .status.working .turning { animation: turn 1.6s linear infinite; transform-origin: 8px 8px; }
}
@keyframes turn { to { transform: rotate(1turn); } }

/* tag */
.tags { display: flex; flex-wrap: wrap; gap: 4px; list-style: none; }
.tag { padding: 1px 8px; border: 1px solid var(--line); border-radius: 4px; background: var(--panel); font-size: var(--small); line-height: 20px; overflow-wrap: anywhere; }

/* a character that would not be seen, or would turn the line around */
.unseen { font: 500 0.75em/1 var(--mono); padding: 1px 3px; border: 1px solid var(--edge); border-radius: 3px; color: var(--soft); white-space: nowrap; letter-spacing: 0; unicode-bidi: isolate; }

/* notice */
.notice { display: grid; grid-template-columns: 20px 1fr; gap: 0 10px; padding: 12px 16px; border-radius: var(--radius); border: 1px solid var(--line); background: var(--panel); }
.notice > svg { width: 18px; height: 18px; margin-top: 1px; color: var(--soft); }
.notice h2 { font-weight: 600; }
.notice .prose { margin-top: 2px; color: var(--ink); overflow-wrap: anywhere; }
.notice ul { margin-top: 8px; list-style: none; display: grid; gap: 4px; font-size: var(--small); }
.notice li { display: grid; grid-template-columns: max-content 1fr; gap: 12px; overflow-wrap: anywhere; }
.notice li .at { color: var(--soft); text-align: right; min-width: 8ch; }
.progress { display: flex; align-items: center; gap: 8px; margin-top: 8px; max-width: 30rem; }
.progress progress { flex: 1; height: 8px; appearance: none; border: 0; border-radius: 4px; overflow: hidden; background: var(--panel); }
.progress progress::-webkit-progress-bar { background: var(--panel); }
.progress progress::-webkit-progress-value { background: var(--working); }
.progress progress::-moz-progress-bar { background: var(--working); }
.notice.working { background: var(--working-ground); border-color: transparent; }
.notice.working > svg { color: var(--working); }
.notice.failed { background: var(--failed-ground); border-color: transparent; }
.notice.failed > svg { color: var(--failed); }
.notice.working li .at, .notice.failed li .at { color: var(--ink); }

/* panel */
.stack { display: grid; align-content: start; gap: 16px; grid-template-columns: minmax(0, 1fr); }
.pair { display: grid; gap: 16px; grid-template-columns: repeat(2, minmax(0, 1fr)); align-items: start; }
.panel { background: var(--panel); border: 1px solid var(--line); border-radius: 8px; min-width: 0; overflow: clip; }
.panel > header { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: 12px; min-height: 40px; padding: 6px 16px; border-bottom: 1px solid var(--line); }
.panel > header .copy { margin: -2px 0; }
.panel > .inner { padding: 12px 16px; }
.plain { white-space: pre-wrap; overflow-wrap: anywhere; max-width: 75ch; tab-size: 4; }
.plain + .plain { margin-top: 12px; padding-top: 12px; border-top: 1px solid var(--line); }

/* nothing there yet: why, and the step that changes it */
.empty { display: grid; grid-template-columns: minmax(0, 1fr); gap: 8px; justify-items: start; padding: 24px 16px; }
.empty .prose { margin: 0 0 4px; }
.empty .code { width: 100%; max-width: 48rem; }

/* tabs: links */
.tabs { display: flex; flex-wrap: wrap; gap: 0 4px; border-bottom: 1px solid var(--line); }
.tabs a { padding: 8px 12px 6px; color: var(--soft); font-weight: 500; text-decoration: none; border-bottom: 3px solid transparent; margin-bottom: -1px; white-space: nowrap; }
.tabs a:hover { color: var(--ink); border-color: var(--line); }
.tabs a[aria-current] { color: var(--ink); border-color: var(--accent); font-weight: 600; }

/* meter: how much of a limit is used */
.meter { display: inline-grid; grid-template-columns: 6rem auto; gap: 8px; align-items: center; white-space: nowrap; }
.meter progress { width: 100%; height: 8px; appearance: none; border: 0; border-radius: 4px; overflow: hidden; background: var(--line); }
.meter progress::-webkit-progress-bar { background: var(--line); }
.meter progress::-webkit-progress-value { background: var(--accent-ground); }
.meter progress::-moz-progress-bar { background: var(--accent-ground); }
.meter .full::-webkit-progress-value { background: var(--failed); }
.meter .full::-moz-progress-bar { background: var(--failed); }

/* notes: a packet and what was noted */
.notes { display: grid; }
.notes > div { display: grid; grid-template-columns: 11.5rem minmax(0, 1fr); padding: 6px 16px; font-size: var(--small); line-height: 20px; }
.notes > div + div { border-top: 1px solid color-mix(in oklab, var(--line), transparent 45%); }
.notes dt { color: var(--soft); }

/* facts: one a row */
.facts { width: 100%; border-collapse: collapse; font-size: var(--small); line-height: 20px; }
.facts th, .facts td { padding: 4px 16px; vertical-align: top; text-align: left; }
.facts th { width: 11.5rem; padding-right: 0; font-weight: 400; color: var(--soft); }
.facts td { overflow-wrap: anywhere; }
.facts tr + tr > * { border-top: 1px solid color-mix(in oklab, var(--line), transparent 45%); }
.facts .soft { margin-left: 8px; }
.facts .line { display: block; }
.facts .hash { font-family: var(--mono); letter-spacing: -0.01em; }

/* the hero: the capture's name and what one asks first */
.hero { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 25rem); gap: 12px 32px; align-items: start; }
.about { display: flex; flex-wrap: wrap; align-items: center; gap: 4px 12px; margin-top: 8px; font-size: var(--small); color: var(--soft); }
.about > * + *:not(:last-child)::after { content: '·'; margin-left: 12px; }
.hero .tags { margin-top: 10px; }
.take { display: grid; gap: 8px; padding-top: 2px; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, auto)); background: var(--panel); border: 1px solid var(--line); border-radius: 8px; overflow: clip; }
.figures > div { padding: 10px 16px 12px; box-shadow: -1px 0 0 var(--line), 0 -1px 0 var(--line); display: flex; flex-direction: column; }
.figures dt { color: var(--soft); font-size: var(--small); line-height: 20px; }
.figures dd { font-size: 1.0625rem; line-height: 24px; font-weight: 500; letter-spacing: -0.01em; }
.figures .fraction { color: var(--soft); font-weight: 400; font-size: var(--small); letter-spacing: 0; }
.figures .beside { color: var(--soft); font-size: var(--small); line-height: 20px; font-weight: 400; letter-spacing: 0; }
time .day, time .clock { white-space: nowrap; }

/* table: many rows, scrolls inside itself */
.scroll { overflow-x: auto; max-height: 32rem; overflow-y: auto; }
.scroll:focus-visible { outline-offset: -2px; }
.rows { border-collapse: separate; border-spacing: 0; width: 100%; font-size: var(--small); line-height: 20px; }
.rows th, .rows td { padding: 4px 12px; text-align: left; vertical-align: top; white-space: nowrap; }
.rows th:first-child, .rows td:first-child { padding-left: 16px; }
.rows th:last-child, .rows td:last-child { padding-right: 16px; }
.rows thead th { position: sticky; top: 0; background: var(--panel); color: var(--soft); font-weight: 500; border-bottom: 1px solid var(--line); }
.rows tbody tr + tr > * { border-top: 1px solid color-mix(in oklab, var(--line), transparent 45%); }
.rows tbody tr:hover > * { background: var(--sunken); }
.rows th[scope="row"] { font-weight: 400; }
.rows .number { text-align: right; width: 1px; }
.rows .free bdi { display: inline-block; width: max-content; max-width: 30rem; white-space: normal; overflow-wrap: anywhere; }
.shared { border-bottom: 1px solid var(--line); }
.shared > p { padding: 8px 16px 4px; font-size: var(--small); font-weight: 500; }
.shared .facts tr:last-child > * { padding-bottom: 8px; }
.shared .facts tr + tr > * { border-top: 0; padding-top: 0; }
.more { padding: 8px 16px; border-top: 1px solid var(--line); font-size: var(--small); color: var(--soft); }

/* code line with copy */
.code { background: var(--sunken); border: 1px solid var(--line); border-radius: var(--radius); display: grid; grid-template-columns: minmax(0, 1fr) auto; }
.code .title { padding: 6px 12px; font-size: var(--small); line-height: 20px; color: var(--soft); align-self: center; }
.code .title strong { color: var(--ink); font-weight: 600; }
.code code { grid-column: 1 / -1; grid-row: 2; padding: 2px 12px 10px; line-height: 20px; overflow-wrap: anywhere; }
.code .copy { margin: 4px 4px 2px; align-self: start; }
.code .word { display: inline-block; max-width: 100%; }
.code .variable { color: var(--accent); font-weight: 600; }

/* the first page, pages that have nothing to show */
.lead { padding: 16px 0 8px; }
.lead h1 { font-size: 2.25rem; line-height: 44px; letter-spacing: -0.03em; }
.lead p { margin-top: 8px; font-size: 1rem; line-height: 24px; color: var(--soft); max-width: 62ch; }
.steps { display: grid; gap: 16px; grid-template-columns: minmax(0, 1.7fr) minmax(0, 1fr); align-items: start; }
.ways { display: grid; grid-template-columns: minmax(0, 1fr); gap: 12px; padding: 16px; }
.ways .prose { padding: 0 0 2px; }
.points { list-style: none; display: grid; gap: 8px; font-size: var(--small); line-height: 20px; }
.points strong { font-weight: 600; }
main.alone { padding-top: 48px; }
.alone .prose { margin-top: 8px; }
.alone .prose + form { margin-top: 16px; }
.alone .prose + p > .button { margin-top: 16px; }
.alone .code { margin: 16px 0; max-width: 44rem; }
`

/** Narrow screens and paper: has the last word. */
const fitting = /* css */ `
@media (max-width: 60rem) {
  .hero { grid-template-columns: minmax(0, 1fr); }
  .pair, .steps, .aside { grid-template-columns: minmax(0, 1fr); }
}
@media (max-width: 40rem) {
  .wide { padding: 0 16px; }
  main.wide { padding-top: 16px; }
  .top .wide:has(form) { flex-wrap: wrap; row-gap: 0; }
  .top nav:has(form) { width: 100%; justify-content: flex-start; }
  .aside .rows .free bdi { max-width: 11rem; }
  h1 { font-size: 1.5rem; line-height: 32px; }
  .lead h1 { font-size: 1.75rem; line-height: 36px; }
  .figures { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .figures .all { grid-column: 1 / -1; }
  .facts th { width: 7.75rem; }
  .about > * + *:not(:last-child)::after { content: none; }
  .facts .soft { display: block; margin-left: 0; }
  .facts .hash { font-size: 0.75rem; }
  .facts.tall th, .facts.tall td { display: block; width: auto; padding-right: 16px; }
  .facts.tall th { padding-bottom: 0; }
  .facts.tall td { padding-top: 0; border-top: 0; }
  .notice li { grid-template-columns: minmax(0, 1fr); gap: 0; }
  .notice li .at { text-align: left; }
  .take .button, .gate .button { width: 100%; }
  .filters .entry { flex-basis: 100%; max-width: none; }
  .notes > div { grid-template-columns: minmax(0, 1fr); }
  .acts .button { width: auto; padding: 0 8px; }
}
@media print {
  :root {
    color-scheme: light; --page: #fff; --panel: #fff; --sunken: #fff; --line: #bbb; --ink: #000; --soft: #222; --accent: #000;
    --ok: #000; --working: #000; --failed: #000; --ok-ground: #fff; --working-ground: #fff; --failed-ground: #fff;
  }
  @page { margin: 14mm; }
  body { font-size: 9pt; }
  .top, .skip, .bottom, .copy, .tabs, .take .button, .acts, .code, dialog, .finder, .tools, .bar .acts, .pager, .toast, .tray { display: none; }
  .wide { max-width: none; padding: 0; }
  main.wide { padding: 0; }
  .hero { grid-template-columns: minmax(0, 1fr); }
  .pair { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 8px; }
  .stack { gap: 8px; }
  .facts, .rows, .about, .field label, .field input, .figures dt { font-size: 8pt; line-height: 12pt; }
  .facts th, .facts td, .rows th, .rows td { padding-top: 1pt; padding-bottom: 1pt; }
  .facts th { width: 7.5rem; }
  .figures { display: flex; flex-wrap: wrap; }
  .figures > div { flex: 1 0 auto; padding: 3pt 8pt 4pt; }
  .figures dd { font-size: 9pt; line-height: 13pt; }
  .panel > header { min-height: 0; padding: 3pt 8pt; }
  .panel > .inner, .notice { padding: 5pt 8pt; }
  .facts th, .facts td { padding-left: 8pt; padding-right: 8pt; }
  .facts.tall th { width: 4.5rem; }
  .facts .hash { font-size: 7pt; }
  .field input { border: 0; padding: 0; height: auto; }
  .scroll { overflow: visible; max-height: none; }
  .rows th, .rows td { white-space: normal; overflow-wrap: anywhere; }
  .rows thead { display: table-header-group; }
  .rows thead th { position: static; }
  .status, .notice { border: 1px solid #000; }
  .panel, .notice, .figures { break-inside: avoid; }
  .panel.long { break-inside: auto; }
}
`

/** A style sheet without comments and indentation. */
const packed = (sheet: string) =>
  sheet
    .replace(/\/\*[^*]*\*\//g, '')
    .replace(/\n\s*/g, '\n')
    .trim()

/** What every page has. */
export const STYLE = packed(css)

/** What some have beside it: each names its own. */
export const AREAS = {
  account: packed(ACCOUNT_STYLE),
  admin: packed(ADMIN_STYLE),
  capture: packed(CAPTURE_STYLE),
  files: packed(FILES_STYLE),
  traffic: packed(TRAFFIC_STYLE),
} as const

export type Area = keyof typeof AREAS

/** What follows the others on every page. */
export const LAST_STYLE = packed(fitting)

/** The source expressions that allow them in a Content-Security-Policy. */
export const STYLE_SOURCES = [STYLE, ...Object.values(AREAS), LAST_STYLE].map(policyHash).join(' ')
