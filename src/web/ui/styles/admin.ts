/** The style of the pages of admins, and what is like them. */
export const ADMIN_STYLE = /* css */ `
/* tabs, filters, tables of lists */
.tabs { display: flex; gap: 0 4px; overflow-x: auto; margin-top: -8px; border-bottom: 1px solid var(--line); }
.tabs a { padding: 8px 12px; color: var(--soft); text-decoration: none; white-space: nowrap; border-bottom: 2px solid transparent; }
.tabs a:hover { color: var(--ink); }
.tabs a:focus-visible { outline-offset: -2px; }
.tabs a[aria-current] { color: var(--ink); font-weight: 600; border-bottom-color: var(--accent); }
.filters { display: flex; flex-wrap: wrap; gap: 12px; align-items: flex-end; }
.filters .entry { flex: 0 1 13rem; }
.scroll.whole { max-height: none; }
.rows thead a { color: inherit; text-decoration: none; }
.rows thead a:hover { color: var(--ink); text-decoration: underline; }
.rows [aria-sort] a { color: var(--ink); font-weight: 600; }
.rows [aria-sort] a::after { content: ' ↓'; }
.rows [aria-sort="ascending"] a::after { content: ' ↑'; }
.rows td form { display: inline; }
.rows .total > [scope], .rows .total > td { font-weight: 600; }
.rows tr:has(.button, .status) > * { vertical-align: middle; }
.rows a > bdi { text-decoration: underline; text-decoration-thickness: 1px; text-underline-offset: 2px; }
.sums tbody + tbody tr:first-child > * { border-top: 1px solid var(--line); }
.sums td.number:nth-child(2) { padding-right: 12px; }
.sums .free { white-space: normal; min-width: 12rem; }
.choose { display: inline-flex; gap: 8px; align-items: center; cursor: pointer; }
.bar { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; padding: 12px 16px; border-bottom: 1px solid var(--line); }
.bar .prose { flex: 1 1 24rem; }
.bar .prose + .button { margin-top: 0; }
.pager, .deeds { display: flex; flex-wrap: wrap; gap: 8px; }
.lead .deeds { margin-top: 16px; }
.empty { display: flex; flex-wrap: wrap; gap: 8px; padding: 24px 16px; }
.empty > h3, .empty > .prose { flex: 1 0 100%; margin: 0; }
.empty .prose { margin-bottom: 4px; }
h3 { margin: 0; font-size: 0.875rem; line-height: 20px; font-weight: 600; }
.bad { color: var(--failed); font-weight: 600; }

/* meter */
.meter { display: inline-grid; grid-template-columns: 6rem auto; gap: 8px; align-items: center; white-space: nowrap; }
.meter progress { width: 100%; height: 8px; appearance: none; border: 0; border-radius: 4px; overflow: hidden; background: var(--line); }
.meter progress::-webkit-progress-bar { background: var(--line); }
.meter progress::-webkit-progress-value { background: var(--accent-ground); }
.meter progress::-moz-progress-bar { background: var(--accent-ground); }
.meter .full::-webkit-progress-value { background: var(--failed); }
.meter .full::-moz-progress-bar { background: var(--failed); }

/* forms */
.form { display: grid; gap: 16px; padding: 16px; justify-items: start; }
.form > * { max-width: 100%; }
.form.parted { border-top: 1px solid var(--line); }
.form .prose { margin: 0; }
.form .entry, .form .code, .form details { width: 100%; }
.entry { display: grid; gap: 4px; max-width: 26rem; min-width: 0; }
.entry label { font-size: var(--small); font-weight: 500; line-height: 20px; }
.entry input:not([type="checkbox"]), .entry select {
  width: 100%; min-width: 0; height: 36px; padding: 0 8px; border: 1px solid var(--edge); border-radius: var(--radius); background: var(--panel); color: var(--ink);
  font: 400 0.875rem/20px var(--sans); font-variant-numeric: tabular-nums;
}
.entry [aria-invalid][name] { border-color: var(--failed); box-shadow: 0 0 0 1px var(--failed); }
.entry .hint { color: var(--soft); font-size: var(--small); line-height: 20px; }
.entry .wrong { color: var(--failed); font-size: var(--small); line-height: 20px; font-weight: 500; }
.entry.check { grid-template-columns: auto 1fr; gap: 0 8px; align-items: center; }
.entry.check .hint { grid-column: 2; }
input[type="checkbox"] { width: 16px; height: 16px; margin: 4px 0; accent-color: var(--accent-ground); }
.button.small { min-height: 28px; padding: 0 10px; font-size: var(--small); }
.button.grave { border-color: var(--failed); color: var(--failed); }
.form details summary { cursor: pointer; font-weight: 500; min-height: 24px; }
.form details[open] { display: grid; gap: 16px; }
.form details .entry + .entry { margin-top: 16px; }
.aside { display: grid; gap: 16px; grid-template-columns: minmax(0, 1.9fr) minmax(0, 1fr); align-items: start; }
`
