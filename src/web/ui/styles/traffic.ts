/** The part of the style sheet that is for the panels of traffic: tabs, graph, tree, long tables, the ring of who talks to whom. */

/** Lines of the graph: hue, and a dash of their own, for those who do not see it. The first is all packets. */
const DASHES = ['', '', '6 3', '2 3', '9 3 2 3', '12 4', '4 2 1 2', '1 2', '8 2', '3 6']
const LIGHT = [
  '#12171b',
  '#0b5680',
  '#9a4a00',
  '#1b6b3a',
  '#862e76',
  '#6a5b00',
  '#a3231f',
  '#43597a',
  '#5f42a6',
  '#4b5560',
]
const DARK = [
  '#e9edf0',
  '#6cc0f0',
  '#f2b06a',
  '#7fd79a',
  '#ea9edc',
  '#ddd06a',
  '#ff9d95',
  '#a9c3e6',
  '#c3adff',
  '#aeb8c1',
]
const lanes = LIGHT.map(
  (light, i) =>
    `.lane-${i} { color: light-dark(${light}, ${DARK[i]}); stroke: currentColor;${DASHES[i] === '' ? '' : ` stroke-dasharray: ${DASHES[i]};`} }`,
).join('\n')

export const TRAFFIC_STYLE = `
.layers { display: flex; flex-wrap: wrap; gap: 4px; }
.layers a { padding: 3px 10px; border: 1px solid var(--line); border-radius: var(--radius); color: var(--ink); text-decoration: none; font-size: var(--small); line-height: 20px; }
.layers a:hover { background: var(--sunken); }
.layers a[aria-current] { border-color: var(--accent-ground); background: var(--accent-ground); color: var(--accent-ink); font-weight: 600; }
.choose { display: flex; flex-wrap: wrap; gap: 8px 16px; align-items: center; justify-content: space-between; padding: 10px 16px; }
.choose .button { min-height: 28px; padding: 0 10px; font-size: var(--small); }
.choose .field input { height: 28px; border-color: var(--edge); min-width: 13rem; }
.choose .field.short input { min-width: 0; width: 7.5rem; flex: none; }
.span { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; }
.exports { display: flex; gap: 12px; font-size: var(--small); }
a.found { text-decoration-color: var(--edge); }
.rows .free a bdi { display: inline; max-width: none; }

/* the graph */
${lanes}
.plot { display: grid; grid-template-columns: minmax(0, 1fr); padding: 0 16px; font-size: var(--small); color: var(--soft); position: relative; }
.plot figcaption { line-height: 20px; }
.plot svg { width: 100%; height: 168px; display: block; margin-top: 4px; overflow: visible; }
.plot path { fill: none; stroke-width: 1.3px; vector-effect: non-scaling-stroke; }
.plot .grid { stroke: var(--line); stroke-width: 1px; }
.plot .area { fill: color-mix(in oklab, var(--accent), transparent 86%); stroke: none; }
.plot .top { position: absolute; right: 16px; top: 2px; }
.plot .axis { display: flex; justify-content: space-between; padding-top: 4px; }
.plot[data-live] > svg, .plot[data-live] > .top, .plot[data-live] > .axis { display: none; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: 4px 16px; padding: 6px 16px 10px; font-size: var(--small); }
.legend li, .legend button { display: inline-flex; align-items: center; gap: 6px; }
.legend button { min-height: 24px; border: 1px solid transparent; border-radius: var(--radius); background: none; color: inherit; font: inherit; padding: 1px 6px; cursor: pointer; margin: -2px -7px; }
.legend button:hover { background: var(--sunken); }
.legend button[aria-pressed="false"] { color: var(--soft); text-decoration: line-through; }
.legend button[aria-pressed="false"] .swatch { opacity: 0.35; }
.swatch { width: 22px; height: 10px; flex: none; }
.swatch path { fill: none; stroke-width: 2.5px; }
.chosen { padding: 0 16px; }
.chosen:not(:empty) { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; padding: 10px 16px; border-top: 1px solid var(--line); }
.chosen .code { flex: 1 1 100%; }
.chosen p { margin-right: 8px; }
.io details { border-top: 1px solid var(--line); }
.io summary { padding: 6px 16px; font-size: var(--small); cursor: pointer; }
.io details[open] summary { border-bottom: 1px solid var(--line); }
.uplot { position: relative; font-family: var(--sans); width: min-content; }
.u-wrap { position: relative; user-select: none; touch-action: pan-y; }
.u-over, .u-under { position: absolute; }
.u-under { overflow: hidden; }
.uplot canvas { display: block; position: relative; width: 100%; height: 100%; }
.u-axis { position: absolute; }
.u-legend { font-size: var(--small); color: var(--soft); display: flex; flex-wrap: wrap; gap: 0 14px; min-height: 22px; }
.u-legend tbody { display: contents; }
.u-legend tr { display: inline-flex; gap: 4px; }
.u-legend th { font-weight: 400; padding: 0; }
.u-legend th > * { display: inline-block; }
.u-legend td { padding: 0; color: var(--ink); }
.u-legend .u-marker { display: none; }
.u-select { background: color-mix(in oklab, var(--accent), transparent 78%); position: absolute; pointer-events: none; border: solid var(--accent); border-width: 0 1px; }
.u-cursor-x, .u-cursor-y { position: absolute; left: 0; top: 0; pointer-events: none; }
.u-hz .u-cursor-x { height: 100%; border-right: 1px dashed var(--edge); }
.u-hz .u-cursor-y { width: 100%; border-bottom: 1px dashed var(--edge); }
.u-cursor-pt { position: absolute; top: 0; left: 0; border-radius: 50%; pointer-events: none; }
.u-axis.u-off, .u-select.u-off, .u-cursor-x.u-off, .u-cursor-y.u-off, .u-cursor-pt.u-off { display: none; }

/* bars and the tree of protocols */
.bar { width: 100%; height: 8px; display: block; border-radius: 2px; }
.bar .ground { fill: var(--sunken); }
.bar .part { fill: var(--accent); }
.share { display: grid; grid-template-columns: minmax(4rem, 1fr) 4.5rem; gap: 8px; align-items: center; }
.share .number { text-align: right; width: auto; }
.tree { font-size: var(--small); line-height: 20px; padding: 0 16px 8px; }
.tree ul { list-style: none; }
.tree li li { margin-left: 18px; }
.tree .heads, .node { display: grid; grid-template-columns: minmax(9rem, 1fr) 18rem 7rem 6rem; gap: 12px; align-items: center; }
.tree .heads { position: sticky; top: 0; background: var(--panel); color: var(--soft); font-weight: 500; padding: 6px 0 4px; border-bottom: 1px solid var(--line); }
.tree .number { text-align: right; white-space: nowrap; }
.tree li { position: relative; }
.tree .node { padding: 2px 0 2px 14px; border-bottom: 1px solid color-mix(in oklab, var(--line), transparent 45%); }
.tree summary { position: absolute; top: 2px; left: -4px; width: 18px; padding-left: 4px; cursor: pointer; list-style: none; }
.tree summary::-webkit-details-marker { display: none; }
.tree summary::before { content: '▸'; color: var(--soft); }
.tree details[open] > summary::before { content: '▾'; }
.tree .name { overflow-wrap: anywhere; }

/* long tables */
.tally { padding: 0 16px 8px; font-size: var(--small); color: var(--soft); }
.rows td > .copy { margin: -4px 0; }
.scroll.tall { max-height: min(44rem, 76vh); border-top: 1px solid var(--line); }
.scroll.whole { max-height: none; }
.rows.fixed td, .rows.fixed th { height: 29px; }
.rows thead a { color: inherit; text-decoration: none; }
.rows thead a:hover { color: var(--ink); text-decoration: underline; }
.rows thead [aria-sort] { color: var(--ink); font-weight: 600; }
.rows thead [aria-sort="descending"] a::after { content: ' ▾'; }
.rows thead [aria-sort="ascending"] a::after { content: ' ▴'; }
.rows tr.room > td { padding: 0; border: 0; height: auto; }
.rows tbody tr.room:hover > * { background: none; }
.pages { display: flex; flex-wrap: wrap; gap: 4px 16px; padding: 8px 16px; border-top: 1px solid var(--line); font-size: var(--small); }
.figures.bare { border: 0; border-radius: 0; }

/* who talks to whom */
.map { display: block; width: 100%; min-width: 60rem; max-height: 40rem; }
.map .line { fill: none; stroke: var(--accent); stroke-opacity: 0.5; }
.map .line:hover { stroke-opacity: 1; }
.map .end circle { fill: var(--accent); stroke: var(--panel); stroke-width: 2px; }
.map .end text { fill: var(--ink); font-size: 13px; }
.map a:hover text, .map a:focus-visible text { text-decoration: underline; }
.map a:focus-visible { outline: none; }
.map a:focus-visible circle { stroke: var(--ink); stroke-width: 3px; }

@media (max-width: 48rem) {
  .tree .heads { display: none; }
  .tree .node { grid-template-columns: minmax(0, 1fr) max-content max-content; gap: 0 12px; padding-top: 3px; padding-bottom: 3px; }
  .tree .node .share { grid-column: 1 / -1; grid-row: 2; }
  .tree li li { margin-left: 8px; }
  .choose .field input { min-width: 6rem; }
  .choose search, .choose form { width: 100%; }
  .choose .field.short input { width: 6rem; }
}
@media print {
  .choose, .exports, .io details, .pages { display: none; }
  .plot, .tree, .chosen { padding-left: 8pt; padding-right: 8pt; }
  .plot svg { height: 90pt; }
  .plot path { stroke: #000; }
  .plot .grid { stroke: #bbb; }
  .plot .area { fill: #ddd; }
  .plot .uplot { display: none; }
  .plot[data-live] > svg { display: block; }
  .plot[data-live] > .axis { display: flex; }
  .legend { padding: 2pt 8pt 4pt; font-size: 8pt; }
  .swatch path { stroke: #000; }
  .bar .part, .map .end circle { fill: #000; }
  .map .line { stroke: #555; }
  .scroll.tall { max-height: none; }
  .rows.fixed td, .rows.fixed th { height: auto; }
}
`
