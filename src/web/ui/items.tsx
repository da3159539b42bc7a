/** A list of things with what can be done with each. */
import type { Child } from 'hono/jsx'

export function Items({ label, children }: { label: string; children: Child }) {
  return (
    <ul class="items" aria-labelledby={label}>
      {children}
    </ul>
  )
}

/** @param facts beside each other, in small @param children what can be done */
export function Item({ title, facts, children }: { title: Child; facts: Child[]; children?: Child }) {
  return (
    <li>
      <div>
        <p class="name">{title}</p>
        <p class="about">
          {facts.filter(Boolean).map((fact) => (
            <span>{fact}</span>
          ))}
        </p>
      </div>
      {children && <div class="acts">{children}</div>}
    </li>
  )
}
