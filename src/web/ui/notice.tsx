/** Something to know before reading on: what happened, to which thing, what to do next. */
import type { Child } from 'hono/jsx'
import { Icon } from './icon.tsx'

interface Props {
  icon: Parameters<typeof Icon>[0]['of']
  tone?: 'working' | 'failed'
  title: Child
  children?: Child
}

export function Notice({ icon, tone, title, children }: Props) {
  return (
    <section class={tone ? `notice ${tone}` : 'notice'}>
      <Icon of={icon} />
      <div>
        <h2>{title}</h2>
        {children}
      </div>
    </section>
  )
}
