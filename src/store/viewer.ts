/** Whether there is a viewer among the static assets, and what its files are called. */
import { within } from './deadline.ts'
import type { Settings } from './env.ts'

/** Paths, each good for as long as this deployment is. ops/viewer-assets.ts writes them. */
export interface ViewerAssets {
  script: string
  style: string
  worker: string
  wasm: string
  data: string
}

/** What an isolate has read: assets change with a deployment, and isolates with them. */
let known: ViewerAssets | null | undefined

export function viewerIn(assets: Fetcher | undefined, settings: Pick<Settings, 'bindingDeadline'>) {
  return {
    /** One look at the assets an isolate. @returns `null` where the viewer was left out, or cannot be looked for: pages do without */
    async assets(): Promise<ViewerAssets | null> {
      if (known !== undefined) return known
      if (assets === undefined) return null
      const answer = await within(
        settings.bindingDeadline,
        'look-up of assets',
        assets.fetch('http://assets/viewer.json'),
      ).catch(() => null)
      if (answer === null) return null
      known = answer.ok ? await answer.json<ViewerAssets>() : null
      return known
    },
  }
}
