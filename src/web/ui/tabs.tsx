/** Pages that belong together, as links in a row: the address tells which one it is. */

/** @param at address of the one that is shown */
export function Tabs({
  label,
  tabs,
  at,
}: {
  label: string
  tabs: readonly { href: string; text: string }[]
  at: string
}) {
  return (
    <nav class="tabs" aria-label={label}>
      {tabs.map(({ href, text }) => (
        <a href={href} aria-current={href === at ? 'page' : undefined}>
          {text}
        </a>
      ))}
    </nav>
  )
}
