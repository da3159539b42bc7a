/** Objects in the storage that no capture knows. */
import type { Aside } from '../../store/quarantine.ts'
import { Empty } from '../ui/empty.tsx'
import { Foreign } from '../ui/foreign.tsx'
import { bytes } from '../ui/numbers.ts'
import type { Reader } from '../ui/page.tsx'
import { Panel } from '../ui/panel.tsx'
import { Amount, When } from '../ui/quantity.tsx'
import { type Head, Pager, type Pages, Table } from '../ui/table.tsx'
import { ADMIN, QUARANTINE } from '../words/admin.ts'
import { adminPage, PAGER } from './admin-frame.tsx'

const HEADS: Head<Aside>[] = [
  { title: QUARANTINE.object, kind: 'free', cell: ({ objectKey }) => <Foreign text={objectKey} /> },
  { title: QUARANTINE.account, cell: ({ metadata }) => <Foreign text={metadata.account ?? ''} /> },
  { title: QUARANTINE.size, kind: 'number', cell: ({ size }) => <Amount of={bytes(size)} /> },
  { title: QUARANTINE.uploaded, cell: ({ uploadedAt }) => <When at={uploadedAt} /> },
  { title: QUARANTINE.found, cell: ({ foundAt }) => <When at={foundAt} /> },
]

/** Names that uploads left on them are not shown. Goes with status 200. */
export function adminQuarantinePage({
  reader,
  objects,
  pages,
}: {
  reader: Reader
  objects: readonly Aside[]
  pages: Pages
}): string {
  return adminPage({
    reader,
    at: '/admin/quarantine',
    title: ADMIN.quarantine,
    children: (
      <>
        <p class="prose soft">{QUARANTINE.about}</p>
        <Panel id="objects" title={QUARANTINE.title} long aside={<span data-zones />}>
          {objects.length === 0 ? (
            <Empty title={QUARANTINE.none} text={QUARANTINE.noneText} />
          ) : (
            <Table label="objects" rows={objects} heads={HEADS} />
          )}
        </Panel>
        <Pager words={PAGER} {...pages} />
      </>
    ),
  })
}
