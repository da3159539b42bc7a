/** The style of the pages of admins, and what is like them. */
export const ADMIN_STYLE = /* css */ `
/* filters, tables of lists */
.filters { display: flex; flex-wrap: wrap; gap: 12px; align-items: flex-end; }
.filters .entry { flex: 0 1 13rem; }
.filters .entry > input { height: 36px; }
.aside .rows .free bdi { max-width: 17rem; }
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
.sums tr:not(.total) td.number:nth-child(2) { padding-right: 12px; }
.sums .free { white-space: normal; min-width: 12rem; }
.choose { display: inline-flex; gap: 8px; align-items: center; cursor: pointer; }
.bar { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; padding: 12px 16px; border-bottom: 1px solid var(--line); }
.bar .prose { flex: 1 1 24rem; }
.bar .prose + .button { margin-top: 0; }
.pager, .deeds { display: flex; flex-wrap: wrap; gap: 8px; }
.lead .deeds { margin-top: 16px; }
.bad { color: var(--failed); font-weight: 600; }

/* forms */
.form { display: grid; gap: 16px; padding: 16px; justify-items: start; }
.form > * { max-width: 100%; }
.form.parted { border-top: 1px solid var(--line); }
.form .prose { margin: 0; }
.form .entry, .form .code, .form details { width: 100%; }
.form .entry { max-width: 26rem; }
.entry.check { grid-template-columns: auto 1fr; gap: 0 8px; align-items: center; }
.entry.check .hint { grid-column: 2; }
input[type="checkbox"] { width: 16px; height: 16px; margin: 4px 0; accent-color: var(--accent-ground); }
.form details summary { cursor: pointer; font-weight: 500; min-height: 24px; }
.form details[open] { display: grid; gap: 16px; }
.form details .entry + .entry { margin-top: 16px; }
.aside { display: grid; gap: 16px; grid-template-columns: minmax(0, 1.9fr) minmax(0, 1fr); align-items: start; }
`
