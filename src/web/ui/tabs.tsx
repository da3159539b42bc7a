/** Parts of a page's subject, each with an address of its own. */

/** @param tabs address and words of each @param at the address of the one that is shown */
export function Tabs({ label, tabs, at }: { label: string; tabs: readonly (readonly [string, string])[]; at: string }) {
  return (
    <nav class="tabs" aria-label={label}>
      {tabs.map(([href, words]) => (
        <a href={href} aria-current={href === at ? 'page' : undefined}>
          {words}
        </a>
      ))}
    </nav>
  )
}
