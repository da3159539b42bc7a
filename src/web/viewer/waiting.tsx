// SPDX-License-Identifier: GPL-2.0-or-later
/** What is waited for, how far it is, and the way to cancel it. */

interface Props {
  words: string
  /** How much of how much; `null`: that is not known. */
  measure: { done: number; total: number } | null
  /** The same in figures. */
  figures: string
  cancel(): void
}

export function Waiting({ words, measure, figures, cancel }: Props) {
  return (
    <div class="waiting">
      <p role="status">{words}</p>
      <progress aria-label={words} value={measure?.done} max={measure?.total} />
      <p class="soft">{figures}</p>
      <button type="button" class="quiet" onClick={cancel}>
        Cancel
      </button>
    </div>
  )
}
