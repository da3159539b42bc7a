/** A table of facts: a name and a value a row. */
import type { Child } from 'hono/jsx'

/** @param label id of the heading that names the table. @param tall on a phone, values stand under their names */
export function FactTable({ label, tall = false, children }: { label: string; tall?: boolean; children: Child }) {
  return (
    <table class={tall ? 'facts tall' : 'facts'} aria-labelledby={label}>
      <tbody>{children}</tbody>
    </table>
  )
}

export function Fact({ name, mono = false, children }: { name: string; mono?: boolean; children: Child }) {
  return (
    <tr>
      <th scope="row">{name}</th>
      <td class={mono ? 'hash' : undefined}>{children}</td>
    </tr>
  )
}
