// SPDX-License-Identifier: GPL-2.0-or-later
/** The profiles: choosing one, changing its parts, keeping it, giving it out and taking others in. */
import { useEffect, useState } from 'preact/hooks'
import { ColumnChoices } from './column-choices.tsx'
import { Dialog } from './dialog.tsx'
import type { DecodeAs, Profile } from './profile.ts'
import { dissectorNamed, type Part, type Refusal, refusalOfDraft, withoutUnknown } from './profile-check.ts'
import { inFile, MOST_FILE, profileFile } from './profile-file.ts'
import { ColourRules, DecodeAsEntries, Names, Time, WirelessKeys } from './profile-parts.tsx'
import { type KeptProfile, MOST_NAME } from './profile-stores.ts'
import { wordsOf } from './profiles.ts'
import { save } from './saving.ts'
import type { Session } from './session.ts'

const PARTS: readonly [Part, string][] = [
  ['columns', 'Columns'],
  ['colours', 'Colours'],
  ['time', 'Time'],
  ['decodeAs', 'Decode As'],
  ['names', 'Names'],
  ['keys', '802.11 keys'],
]

interface Props {
  session: Session
  close(): void
  /** Where it begins. */
  first: Part
  /** An entry that is added to the draft. */
  decode?: DecodeAs | undefined
}

type Asking = null | 'name' | 'rename' | 'delete' | 'export'

export function ProfileDialog({ session, close, first, decode }: Props) {
  const { profiles } = session
  const begun = (): Profile =>
    decode ? { ...profiles.profile, decodeAs: [...profiles.profile.decodeAs, decode] } : profiles.profile
  const [part, setPart] = useState(first)
  const [draft, setDraft] = useState(begun)
  const [all, setAll] = useState<KeptProfile[]>([])
  const [names, setNames] = useState<string[]>([])
  const [refusal, setRefusal] = useState<Refusal | null>(null)
  const [said, setSaid] = useState({ words: '', isRefusal: false })
  const [asking, setAsking] = useState<Asking>(null)
  const [name, setName] = useState('')
  const [withKeys, setWithKeys] = useState(false)
  const engine = session.state.is === 'open' ? session.engine : null

  const tell = (words: string) => setSaid({ words, isRefusal: false })
  /** Do it, or say why it was not done. */
  const attempt = async (deed: () => Promise<string | null>) => {
    try {
      const words = await deed()
      if (words !== null) tell(words)
    } catch (error) {
      setSaid({ words: wordsOf(error), isRefusal: true })
    }
  }
  const relist = () => profiles.list().then(setAll)
  useEffect(() => void attempt(() => relist().then(() => null)), [])
  useEffect(() => {
    if (engine === null) return
    engine.dissectors().then(
      (found) => setNames([...new Set(found.map((one) => one.name))].sort()),
      () => undefined,
    )
  }, [engine])

  const change = (changed: Profile) => {
    setDraft(changed)
    setRefusal(null)
    setSaid({ words: '', isRefusal: false })
  }
  /** The draft as it may be kept, with the columns as they are now; `null`: it may not, which is said at the place. */
  const sound = async (): Promise<Profile | null> => {
    const wanted = { ...draft, columns: profiles.profile.columns }
    const found = await refusalOfDraft(wanted, profiles.profile, engine)
    setRefusal(found)
    if (found !== null) {
      setPart(found.part)
      setSaid({ words: `Not saved: ${found.words}`, isRefusal: true })
      return null
    }
    const known = wanted.decodeAs.length === 0 || engine === null ? [] : await engine.dissectors()
    const decodeAs = wanted.decodeAs.map((entry) => ({
      ...entry,
      dissector: dissectorNamed(entry.dissector, known) ?? entry.dissector,
    }))
    return { ...wanted, decodeAs }
  }
  /** What is chosen now is in use. */
  const used = async (words: string) => {
    setDraft(profiles.profile)
    setAsking(null)
    setRefusal(null)
    await relist()
    void session.useProfile()
    return words
  }
  const keep = () =>
    attempt(async () => {
      const profile = await sound()
      if (profile === null) return null
      await profiles.save(profile)
      return used(`${profiles.name} is saved, and in use.`)
    })
  const choose = (id: string) =>
    attempt(async () => {
      const words = await profiles.choose(id)
      return used(words ?? `${profiles.name} is in use.`)
    })
  const answered = () =>
    attempt(async () => {
      if (asking === 'delete') {
        const gone = profiles.name
        await profiles.remove()
        return used(`${gone} is deleted. ${profiles.name} is in use.`)
      }
      if (asking === 'export') {
        save(`${profiles.name}.json`, [profileFile(profiles.name, profiles.profile, withKeys)])
        setAsking(null)
        return null
      }
      const wanted = name.trim()
      if (wanted === '' || all.some((one) => one.name === wanted)) throw new Error('Give it a name that no other has.')
      if (asking === 'rename') {
        await profiles.rename(wanted)
        setAsking(null)
        await relist()
        return `It is called ${wanted} now.`
      }
      const profile = await sound()
      if (profile === null) return null
      await profiles.add(wanted, profile)
      return used(`${wanted} is saved, and in use.`)
    })
  const take = (file: File) =>
    attempt(async () => {
      const found = file.size > MOST_FILE ? null : inFile(await file.text())
      if (found === null)
        throw new Error(`${file.name} is neither a profile that was exported here nor a file of colour rules.`)
      if ('rules' in found) {
        const { profile, left } = await withoutUnknown({ ...draft, colours: found.rules }, [], engine)
        change({ ...draft, colours: profile.colours })
        setPart('colours')
        return [`The colour rules of ${file.name} are in the draft: save it to keep them.`, ...leftOut(left)].join(' ')
      }
      const { profile, left } = await withoutUnknown(found.profile, found.left, engine)
      await profiles.add(freeName(found.name, all), profile)
      return used([`${profiles.name} is taken in, and in use.`, ...leftOut(left)].join(' '))
    })
  const ask = (what: Exclude<Asking, null>) => {
    setName(what === 'rename' ? profiles.name : '')
    setWithKeys(false)
    setAsking(asking === what ? null : what)
  }
  const step = (event: KeyboardEvent) => {
    const at = PARTS.findIndex(([id]) => id === part)
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 }[event.key]
    const next = to === undefined ? undefined : PARTS.at(to % PARTS.length)
    if (!next) return
    event.preventDefault()
    setPart(next[0])
    document.getElementById(`part-${next[0]}`)?.focus()
  }
  const props = { draft, change, refusal }
  const where = !profiles.areWithAccount
    ? 'They are kept in this browser alone, and not encrypted.'
    : profiles.isDefault
      ? 'The Default stays in this browser and takes none: save them in a new profile, which your account keeps, encrypted.'
      : 'They are kept with your account, encrypted, and shown to nobody else.'
  return (
    <Dialog title="Profile" close={close} isWide>
      <div class="tools">
        <label>
          Profile{' '}
          <select value={profiles.id} onChange={(event) => void choose(event.currentTarget.value)}>
            {(all.length === 0 ? [{ id: profiles.id, name: profiles.name }] : all).map((one) => (
              <option key={one.id} value={one.id}>
                {one.name}
              </option>
            ))}
          </select>
        </label>
        <button type="button" class="quiet" aria-expanded={asking === 'name'} onClick={() => ask('name')}>
          Save as new…
        </button>
        <button
          type="button"
          class="quiet"
          disabled={profiles.isDefault}
          aria-expanded={asking === 'rename'}
          onClick={() => ask('rename')}
        >
          Rename…
        </button>
        <button
          type="button"
          class="quiet"
          disabled={profiles.isDefault}
          aria-expanded={asking === 'delete'}
          onClick={() => ask('delete')}
        >
          Delete…
        </button>
        <button type="button" class="quiet" aria-expanded={asking === 'export'} onClick={() => ask('export')}>
          Export…
        </button>
        <label class="file-button">
          Import…
          <input
            type="file"
            class="unseen"
            onChange={(event) => {
              const file = event.currentTarget.files?.[0]
              event.currentTarget.value = ''
              if (file) void take(file)
            }}
          />
        </label>
      </div>
      {asking !== null && (
        <form
          class="tools"
          onSubmit={(event) => {
            event.preventDefault()
            void answered()
          }}
        >
          {asking === 'delete' && <span>{profiles.name} cannot be had back.</span>}
          {asking === 'export' && (
            <label>
              <input
                type="checkbox"
                checked={withKeys}
                disabled={profiles.profile.keys.length === 0}
                onChange={(event) => setWithKeys(event.currentTarget.checked)}
              />{' '}
              With its 802.11 keys, for whoever has the file
            </label>
          )}
          {(asking === 'name' || asking === 'rename') && (
            <label class="fill">
              Name{' '}
              <input
                class="fill"
                type="text"
                maxLength={MOST_NAME}
                value={name}
                onInput={(event) => setName(event.currentTarget.value)}
              />
            </label>
          )}
          <button type="submit" class="quiet">
            {{ name: 'Save', rename: 'Rename', delete: `Delete ${profiles.name}`, export: 'Export the file' }[asking]}
          </button>
        </form>
      )}
      <div class="part-tabs" role="tablist" aria-label="Parts of the profile" onKeyDown={step}>
        {PARTS.map(([id, label]) => (
          <button
            key={id}
            id={`part-${id}`}
            type="button"
            role="tab"
            class="quiet"
            aria-selected={id === part}
            aria-controls="part"
            tabIndex={id === part ? 0 : -1}
            onClick={() => setPart(id)}
          >
            {label}
          </button>
        ))}
      </div>
      <div id="part" class="part" role="tabpanel" aria-labelledby={`part-${part}`}>
        {part === 'columns' && <ColumnChoices session={session} />}
        {part === 'colours' && <ColourRules {...props} session={session} />}
        {part === 'time' && <Time {...props} />}
        {part === 'decodeAs' && <DecodeAsEntries {...props} names={names} />}
        {part === 'names' && <Names {...props} />}
        {part === 'keys' && <WirelessKeys {...props} where={where} />}
      </div>
      <div class="tools part-foot">
        <p role="status" class={said.isRefusal ? 'filter-said fill' : 'fill'}>
          {said.words || (part === 'columns' ? 'Changes of columns hold at once.' : '')}
        </p>
        {part !== 'columns' && (
          <button type="button" class="quiet" onClick={() => void keep()}>
            Save and use
          </button>
        )}
      </div>
    </Dialog>
  )
}

const leftOut = (left: string[]) => (left.length === 0 ? [] : [`Left out: ${left.join(' · ')}`])

function freeName(wanted: string, all: readonly KeptProfile[]): string {
  const taken = new Set(all.map((one) => one.name))
  const stem = wanted.slice(0, MOST_NAME - 4)
  for (let i = 2; ; i++) {
    const name = i === 2 ? stem : `${stem} ${i - 1}`
    if (!taken.has(name)) return name
  }
}
