/** The style of somebody's own account, and signing in. */
export const ACCOUNT_STYLE = /* css */ `
/* somebody's own account */
.narrow { display: grid; gap: 16px; max-width: 34rem; justify-items: start; }
.narrow .prose { margin-top: 0; }
.narrow .prose code { white-space: nowrap; }
.narrow .notice, .narrow form { width: 100%; }
.words { color: var(--ink); font-weight: 500; }
.words:empty { display: none; }
.acts { display: flex; flex-wrap: wrap; gap: 8px; align-items: flex-start; }
.key { display: grid; gap: 12px; grid-template-columns: minmax(0, 1fr); }
.key .prose { margin-top: 0; }
.veiled { padding: 7px 10px; border: 1px solid var(--line); border-radius: var(--radius); background: var(--sunken); color: var(--soft); overflow: hidden; white-space: nowrap; line-height: 20px; }
.entries { display: grid; gap: 16px; grid-template-columns: minmax(0, 1fr); }
.entry legend { margin-bottom: 4px; }
.choice { display: flex; align-items: baseline; gap: 8px; padding: 2px 0; font-size: var(--small); }
.choice input { flex: none; width: 16px; height: 16px; margin: 0; accent-color: var(--accent-ground); translate: 0 3px; }
.meters { display: grid; gap: 12px; }
.meters > div { display: grid; gap: 2px; font-size: var(--small); }
.meters .meter { grid-template-columns: minmax(0, 1fr) auto; }
.meters + .facts { border-top: 1px solid var(--line); }
.items { list-style: none; border-top: 1px solid var(--line); }
.items li { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 8px 16px; padding: 10px 16px 12px; }
.items li + li { border-top: 1px solid color-mix(in oklab, var(--line), transparent 45%); }
.items li > div:first-child { flex: 1 1 16rem; min-width: 0; }
.items .name { font-weight: 600; overflow-wrap: anywhere; }
.items .name .tag { font-weight: 400; margin-left: 4px; }
.items .about { margin-top: 2px; gap: 0 16px; }
.items .about > *::after { content: none !important; }
.ask summary { list-style: none; width: fit-content; }
.ask summary::-webkit-details-marker { display: none; }
.ask[open] summary { background: var(--sunken); }
.ask .asked { display: grid; gap: 8px; margin-top: 8px; max-width: 26rem; }
.acts:has(.ask[open]) { flex: 1 1 100%; }
.apart { border-top: 1px solid var(--line); }
`
