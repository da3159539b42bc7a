/** The style of what the owner of a capture can do on its page. */
export const CAPTURE_STYLE = /* css */ `
/* what an owner can do: buttons in a row, forms in dialogs */
.acts, .ends { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; }
.acts form, .ends form { display: contents; }
.acts .button { flex: 1 1 auto; }
.ends { margin-top: 16px; }
form.inline { margin-top: 12px; }
a.copy { text-decoration: none; }
dialog { color: var(--ink); background: var(--panel); border: 1px solid var(--edge); border-radius: 8px; padding: 20px 24px; width: min(36rem, 100%); max-height: calc(100dvh - 32px); overflow-y: auto; }
dialog:not(:modal)[open] { position: static; margin: 0; max-height: none; }
dialog:modal { width: min(36rem, calc(100vw - 32px)); box-shadow: 0 12px 40px rgb(0 0 0 / .35); }
dialog::backdrop { background: rgb(10 14 18 / .55); }
dialog h2 { font-size: 1.125rem; line-height: 24px; }
dialog form { display: grid; gap: 16px; }
dialog .ends { margin-top: 0; }
.choice input:not([type="radio"], [type="checkbox"]) {
  width: 100%; min-width: 0; min-height: 36px; padding: 7px 10px; border: 1px solid var(--edge); border-radius: var(--radius); background: var(--panel); color: var(--ink); font: 400 0.875rem/20px var(--sans);
}
fieldset { border: 0; margin: 0; padding: 0; min-width: 0; display: grid; gap: 6px; }
.choice { display: grid; gap: 4px; }
.choice > label { display: flex; gap: 8px; align-items: baseline; }
.choice > :not(label) { margin-left: 24px; }
.choice > input { justify-self: start; max-width: calc(100% - 24px); }
.choice input[type="radio"], .choice input[type="checkbox"] { margin: 0; width: 16px; height: 16px; flex: none; accent-color: var(--accent-ground); translate: 0 2px; }
.row { display: flex; flex-wrap: wrap; gap: 8px; }
.beside { display: flex; gap: 8px; align-items: center; flex: 1 1 9rem; font-size: var(--small); color: var(--soft); }
.field.made { margin-top: 8px; }
.rows .field input { height: 28px; }
.rows .field .copy { min-height: 28px; }
.rows .more-of { margin-left: 6px; }
.rows.links tbody > tr > * { vertical-align: middle; }
.note-acts { display: flex; gap: 6px; margin-top: 4px; }

/* comments, as their author has set them */
.written { display: grid; gap: 8px; max-width: 75ch; overflow-wrap: anywhere; grid-template-columns: minmax(0, 1fr); }
.written :is(ul, ol, blockquote) { padding-left: 20px; margin: 0; }
.written li > :is(ul, ol) { margin-top: 2px; }
.written h3 { margin: 4px 0 0; font-size: 0.875rem; font-weight: 600; }
.written blockquote { border-left: 3px solid var(--line); padding-left: 12px; color: var(--soft); display: grid; gap: 8px; }
.written code { background: var(--sunken); border-radius: 3px; padding: 0 3px; }
.written pre { margin: 0; padding: 8px 12px; background: var(--sunken); border: 1px solid var(--line); border-radius: var(--radius); overflow-x: auto; white-space: pre; }
.written pre code { padding: 0; background: none; }
.written hr { width: 100%; border: 0; border-top: 1px solid var(--line); margin: 0; }
.written table { border-collapse: collapse; font-size: var(--small); }
.written :is(th, td) { border: 1px solid var(--line); padding: 3px 8px; text-align: left; }

@media print {
  .note-acts, [role="status"].only-now, .panel:has(> header > #links, > header > #tls-keys) { display: none; }
}
`
