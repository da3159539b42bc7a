/**
 * The one style sheet: tokens, then parts. It stands in the page itself, allowed by its hash: a first visit paints after
 * one request, and no attribute can carry a style.
 */

import { FONTS } from './fonts.ts'
import { policyHash } from './policy-hash.ts'

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
h1, h2, p, dl, dd, ul, ol, table, figure { margin: 0; padding: 0; }
a { color: var(--accent); text-underline-offset: 2px; text-decoration-thickness: 1px; }
a:hover { text-decoration-thickness: 2px; }
code, kbd, .mono { font-family: var(--mono); font-size: 0.8125rem; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.soft { color: var(--soft); }
.nowrap { white-space: nowrap; }
.prose { max-width: 68ch; overflow-wrap: anywhere; }
.prose + .prose { margin-top: 8px; }

/* the frame of a page */
.wide { width: 100%; max-width: 72rem; margin: 0 auto; padding: 0 24px; }
.top { background: var(--panel); border-bottom: 1px solid var(--line); }
.top .wide { display: flex; align-items: center; justify-content: space-between; gap: 4px 16px; min-height: 44px; padding-top: 6px; padding-bottom: 6px; }
.mark { display: inline-flex; align-items: center; gap: 8px; color: var(--ink); font-weight: 600; letter-spacing: -0.01em; text-decoration: none; }
.mark svg { width: 20px; height: 20px; }
.mark rect { fill: var(--accent-ground); }
.mark path { stroke: var(--accent-ink); }
.top a + a, .top nav a, .top nav button { font-size: var(--small); }
.top nav { display: flex; flex-wrap: wrap; align-items: center; justify-content: flex-end; gap: 4px 16px; }
.top nav [aria-current] { color: var(--ink); font-weight: 600; text-decoration: none; }
.quiet { padding: 0; border: 0; background: none; color: var(--accent); font: inherit; text-decoration: underline; text-decoration-thickness: 1px; text-underline-offset: 2px; cursor: pointer; }
.quiet:hover { text-decoration-thickness: 2px; }
main.wide { flex: 1; padding-top: 24px; padding-bottom: 48px; }
.bottom { border-top: 1px solid var(--line); color: var(--soft); font-size: var(--small); }
.bottom .wide { padding-top: 12px; padding-bottom: 12px; }
h1 { font-size: 1.75rem; line-height: 36px; font-weight: 600; letter-spacing: -0.02em; overflow-wrap: anywhere; text-wrap: balance; }
h2 { font-size: 0.875rem; line-height: 20px; font-weight: 600; }
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
.copy { min-height: 28px; padding: 0 10px; font-size: var(--small); min-width: 64px; border-color: var(--line); flex: none; }

/* field */
.field { display: flex; gap: 8px; align-items: center; }
.field label { color: var(--soft); font-size: var(--small); flex: none; }
.field input {
  flex: 1; min-width: 0; height: 36px; padding: 0 10px; border: 1px solid var(--line); border-radius: var(--radius); background: var(--panel); color: var(--ink);
  font: 400 var(--small)/20px var(--mono); text-overflow: ellipsis;
}
.field .copy { min-height: 36px; }

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
.alone .code { margin: 16px 0; max-width: 44rem; }

/* files: the list, what is done with many of them, uploads */
body:has(main.broad) .wide { max-width: 100rem; }
.button.small { min-height: 28px; padding: 0 10px; font-size: var(--small); border-color: var(--line); }
.button.small.first { border-color: var(--accent-ground); }
.button.small svg { width: 14px; height: 14px; }
.button.danger { color: var(--failed); }
.bar { display: flex; flex-wrap: wrap; align-items: baseline; gap: 4px 16px; }
.bar .acts { display: flex; flex-wrap: wrap; gap: 8px; margin-left: auto; align-self: center; }
.bar [hidden] { display: none; }
.finder .line { display: flex; gap: 8px; }
.finder input[type=search] {
  flex: 1; min-width: 0; height: 36px; padding: 0 12px; border: 1px solid var(--edge); border-radius: var(--radius); background: var(--panel); color: var(--ink);
  font: 400 var(--small)/20px var(--mono);
}
.finder input::placeholder, .tagging input::placeholder, .url input::placeholder { color: var(--soft); opacity: 1; }
.finder input[aria-invalid] { border-color: var(--failed); }
.refusal { color: var(--failed); font-size: var(--small); }
.refusal:not(:empty) { margin-top: 6px; }
.language { margin-top: 6px; font-size: var(--small); }
.language summary { color: var(--accent); cursor: pointer; width: max-content; }
.language dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(20rem, 1fr)); gap: 4px 24px; margin-top: 8px; padding: 12px 16px; background: var(--panel); border: 1px solid var(--line); border-radius: var(--radius); }
.language dd { color: var(--soft); }
.tools { display: flex; align-items: center; min-height: 44px; padding: 7px 16px; border-bottom: 1px solid var(--line); font-size: var(--small); }
.tools .count { font-weight: 600; margin-right: 8px; }
.bulk { margin: 0; padding: 0; border: 0; min-width: 0; display: none; flex-wrap: wrap; align-items: center; gap: 6px 8px; }
.pick:has(input[name=ids]:checked) .bulk { display: flex; }
.pick:has(input[name=ids]:checked) .idle { display: none; }
.bulk .chosen { font-weight: 600; min-width: 5.5rem; }
.tagging { display: inline-flex; }
.tagging input { width: 12.5rem; min-width: 0; height: 28px; padding: 0 8px; border: 1px solid var(--edge); border-radius: var(--radius) 0 0 var(--radius); background: var(--panel); color: var(--ink); font: 400 var(--small)/20px var(--sans); }
.tagging .button { border-radius: 0; border-left: 0; border-color: var(--edge); }
.tagging .button:last-child { border-radius: 0 var(--radius) var(--radius) 0; }
.scroll.tall { max-height: none; }
.list .check { width: 1px; padding-right: 0; }
.list .check input { width: 16px; height: 16px; margin: 2px 0 0; accent-color: var(--accent-ground); }
.list td, .list tbody th { padding-top: 7px; padding-bottom: 7px; }
.list .name { white-space: normal; min-width: 14rem; }
.list .name bdi { overflow-wrap: anywhere; }
.list .open { font-weight: 500; color: var(--ink); text-decoration: none; }
.list .open:hover { text-decoration: underline; }
.list .tags { margin-top: 3px; }
.list .tag { padding: 0 6px; font-size: 0.75rem; line-height: 18px; color: var(--soft); text-decoration: none; display: inline-block; }
.list a.tag:hover { border-color: var(--edge); color: var(--ink); }
.list tbody tr:has(:focus-visible) > *, .list tbody tr:has(input:checked) > * { background: color-mix(in oklab, var(--panel), var(--accent-ground) 9%); }
.list tbody tr:has(:focus-visible) > :first-child { box-shadow: inset 3px 0 0 var(--accent); }
.list .status { height: 20px; padding: 0 8px 0 5px; font-weight: 500; }
.list .why { max-width: 18rem; white-space: normal; }
.list .number { width: auto; }
.list .fraction { display: none; }
.meta { display: block; color: var(--soft); font-size: 0.75rem; line-height: 18px; }
.meta.failed { color: var(--failed); }
.meta.ok { color: var(--ok); }
.badge { margin-left: 8px; padding: 0 6px; border-radius: 4px; background: var(--sunken); color: var(--soft); font-size: 0.75rem; line-height: 18px; display: inline-block; }
.sort { color: inherit; text-decoration: none; }
.sort:hover { color: var(--ink); text-decoration: underline; }
[aria-sort] .sort { color: var(--ink); font-weight: 600; }
[aria-sort] .sort::after { content: ' ↑' / ''; }
[aria-sort=descending] .sort::after { content: ' ↓' / ''; }
.protocols { display: inline-block; max-width: 16rem; white-space: normal; }
.pager { display: flex; gap: 8px; padding: 10px 16px; border-top: 1px solid var(--line); }
.more.said { border-top: 0; border-bottom: 1px solid var(--line); }
.empty { display: grid; grid-template-columns: minmax(0, 1fr); gap: 12px; justify-items: start; padding: 32px 24px; max-width: 48rem; margin: 0 auto; }
.empty h2 { font-size: 1.125rem; line-height: 24px; }
.empty .code { width: 100%; }
.empty .prose + .prose { margin-top: 0; }
.toast { position: fixed; z-index: 3; left: 50%; bottom: 24px; translate: -50% 0; width: max-content; max-width: calc(100vw - 32px); }
.saying { display: flex; align-items: center; gap: 12px; padding: 10px 12px 10px 16px; border-radius: 8px; background: var(--ink); color: var(--page); font-size: var(--small); line-height: 20px; box-shadow: 0 4px 20px rgb(0 0 0 / .3); }
.saying p { max-width: 60ch; }
.dialog { width: 28rem; max-width: calc(100vw - 32px); padding: 0; border: 1px solid var(--line); border-radius: 10px; background: var(--panel); color: var(--ink); box-shadow: 0 12px 48px rgb(0 0 0 / .35); }
.dialog::backdrop { background: rgb(0 0 0 / .45); }
.dialog header { display: flex; align-items: center; justify-content: space-between; padding: 10px 16px; border-bottom: 1px solid var(--line); }
.dialog .keys { padding: 8px 16px; font-size: var(--small); }
.keys > div { display: grid; grid-template-columns: 4.5rem 1fr; padding: 4px 0; }
kbd { padding: 1px 6px; border: 1px solid var(--line); border-bottom-width: 2px; border-radius: 4px; background: var(--sunken); font-size: 0.75rem; }
.dialog .choice { display: block; padding: 10px 16px; border-top: 1px solid var(--line); font-size: var(--small); }
.sending { display: grid; gap: 16px; grid-template-columns: repeat(2, minmax(0, 1fr)); align-items: start; }
.sending #uploads:empty { display: none; }
.drop .target { display: grid; justify-items: center; gap: 12px; padding: 32px 16px; margin: 12px; border: 1.5px dashed var(--edge); border-radius: 8px; color: var(--soft); }
.drop .target > svg { width: 28px; height: 28px; }
.drop .target:not(:has(.scripted-only:not([hidden]))) { display: none; }
.drop [hidden] { display: none; }
.choices { display: flex; flex-wrap: wrap; gap: 8px; justify-content: center; }
.options { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 12px 16px; margin: 0; padding: 4px 16px 16px; border: 0; font-size: var(--small); }
.options legend { padding: 8px 0 4px; font-weight: 600; }
.options label, .plain-only label { display: grid; gap: 4px; }
.options .whole { grid-column: 1 / -1; }
.options input, .options select, .options textarea, .url input {
  width: 100%; min-width: 0; min-height: 36px; padding: 7px 10px; border: 1px solid var(--edge); border-radius: var(--radius); background: var(--panel); color: var(--ink); font: 400 var(--small)/20px var(--sans);
}
.options textarea { resize: vertical; }
.plain-only { display: grid; gap: 12px; justify-items: start; padding: 0 16px 16px; font-size: var(--small); }
.url { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 8px; }
.uploads ul { list-style: none; }
.uploads > .inner { padding-bottom: 4px; font-size: var(--small); }
.upload { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 6px 16px; align-items: center; padding: 10px 16px; font-size: var(--small); }
.upload + .upload { border-top: 1px solid color-mix(in oklab, var(--line), transparent 45%); }
.upload .title { font-weight: 500; overflow-wrap: anywhere; }
.upload .acts { display: flex; gap: 8px; }
.upload .far { grid-column: 1 / -1; display: grid; gap: 2px; }
.upload progress { width: 100%; height: 6px; appearance: none; border: 0; border-radius: 3px; overflow: hidden; background: var(--sunken); }
.upload progress::-webkit-progress-bar { background: var(--sunken); }
.upload progress::-webkit-progress-value { background: var(--accent-ground); }
.upload progress::-moz-progress-bar { background: var(--accent-ground); }
.upload[data-state=lost] progress::-webkit-progress-value, .upload[data-state=busy] progress::-webkit-progress-value, .upload[data-state=paused] progress::-webkit-progress-value { background: var(--working); }
.note { margin-top: 8px; font-size: var(--small); color: var(--working); }
.tray:not([hidden]) { position: fixed; z-index: 2; right: 24px; bottom: 24px; width: 30rem; max-width: calc(100vw - 32px); max-height: 60vh; overflow: auto; }
.tray .panel { box-shadow: 0 8px 32px rgb(0 0 0 / .25); }
.veil { position: fixed; z-index: 4; inset: 0; display: grid; place-items: center; padding: 24px; background: color-mix(in oklab, var(--page), transparent 12%); border: 3px dashed var(--accent); pointer-events: none; }
.veil[hidden] { display: none; }
.veil p { font-size: 1.5rem; font-weight: 600; }
.narrow-only { display: none; }
@media (max-width: 60rem) {
  .sending { grid-template-columns: minmax(0, 1fr); }
  .list .wide-only { display: none; }
  .list .narrow-only { display: block; }
}
@media (max-width: 40rem) {
  .bar .acts { margin-left: 0; }
  .bar .acts #keys, .finder .line button { display: none; }
  .list .name { min-width: 0; }
  .tools .wide-only { display: none; }
  .tools { padding: 7px 12px; }
  .tagging { width: 100%; }
  .tagging input { flex: 1; }
  .language dl { grid-template-columns: minmax(0, 1fr); }
  .options { grid-template-columns: minmax(0, 1fr); }
  .upload { grid-template-columns: minmax(0, 1fr); }
  .tray:not([hidden]) { right: 16px; bottom: 16px; }
}

@media (max-width: 60rem) {
  .hero { grid-template-columns: minmax(0, 1fr); }
  .pair, .steps { grid-template-columns: minmax(0, 1fr); }
}
@media (max-width: 40rem) {
  .wide { padding: 0 16px; }
  main.wide { padding-top: 16px; }
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
  .notes > div { grid-template-columns: minmax(0, 1fr); }
}
@media print {
  :root {
    color-scheme: light; --page: #fff; --panel: #fff; --sunken: #fff; --line: #bbb; --ink: #000; --soft: #222; --accent: #000;
    --ok: #000; --working: #000; --failed: #000; --ok-ground: #fff; --working-ground: #fff; --failed-ground: #fff;
  }
  @page { margin: 14mm; }
  body { font-size: 9pt; }
  .top, .bottom, .copy, .take .button, .code, .finder, .tools, .bar .acts, .list .check, .pager, .toast, .tray { display: none; }
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

/** The style sheet without comments and indentation. */
export const STYLE = css
  .replace(/\/\*[^*]*\*\//g, '')
  .replace(/\n\s*/g, '\n')
  .trim()

/** The source expression that allows it in a Content-Security-Policy. */
export const STYLE_SOURCE = policyHash(STYLE)
