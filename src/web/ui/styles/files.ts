/** The style of lists of captures and uploads. */
export const FILES_STYLE = /* css */ `
/* files: the list, what is done with many of them, uploads */
body:has(main.broad) .wide { max-width: 100rem; }
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
.list .tag { padding: 0 6px; font-size: 0.75rem; line-height: 22px; min-width: 24px; color: var(--soft); text-decoration: none; display: inline-flex; justify-content: center; }
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
.toast { position: fixed; z-index: 3; left: 50%; bottom: 24px; translate: -50% 0; width: max-content; max-width: calc(100vw - 32px); }
.saying { display: flex; align-items: center; gap: 12px; padding: 10px 12px 10px 16px; border-radius: 8px; background: var(--ink); color: var(--page); font-size: var(--small); line-height: 20px; box-shadow: 0 4px 20px rgb(0 0 0 / .3); }
.saying p { max-width: 60ch; }
.dialog { width: 28rem; max-width: calc(100vw - 32px); padding: 0; border: 1px solid var(--line); border-radius: 10px; background: var(--panel); color: var(--ink); box-shadow: 0 12px 48px rgb(0 0 0 / .35); }
.dialog::backdrop { background: rgb(0 0 0 / .45); }
.dialog header { display: flex; align-items: center; justify-content: space-between; padding: 10px 16px; border-bottom: 1px solid var(--line); }
.dialog .keys { padding: 8px 16px; font-size: var(--small); }
.keys > div { display: grid; grid-template-columns: 4.5rem 1fr; padding: 4px 0; }
kbd { padding: 1px 6px; border: 1px solid var(--line); border-bottom-width: 2px; border-radius: 4px; background: var(--sunken); font-size: 0.75rem; }
.dialog .choice { display: flex; gap: 8px; align-items: center; padding: 10px 16px; border-top: 1px solid var(--line); font-size: var(--small); }
.sending { display: grid; gap: 16px; grid-template-columns: repeat(2, minmax(0, 1fr)); align-items: start; }
.sending #uploads:empty { display: none; }
.sending [aria-live]:empty + #uploads { margin-top: -16px; }
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
@media (scripting: enabled) {
  .drop .target:not(:has(.scripted-only:not([hidden]))) { display: grid; align-content: start; min-height: 175px; }
  .plain-only { display: none !important; }
}
.plain-only { display: grid; gap: 12px; justify-items: start; padding: 0 16px 16px; font-size: var(--small); }
.url .hint { grid-column: 1 / -1; }
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
  .list .wide-only, .bar .wide-only { display: none; }
  .list .narrow-only { display: flex; flex-wrap: wrap; gap: 0 10px; }
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

@media print {
  .list .check { display: none; }
}
`
