// SPDX-License-Identifier: GPL-2.0-or-later
/** The parts of a profile as forms: each shows what the draft has, and gives back another draft. */
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { coloursOf } from './colours.ts'
import { rulesIn } from './engine-files.ts'
import {
  type ColourRule,
  type DecodeAs,
  KEY_KINDS,
  MOST_ENTRIES,
  MOST_KEYS,
  MOST_RULES,
  type Profile,
  TABLES,
  TIME_FORMATS,
  type TimeFormat,
  type WirelessKey,
} from './profile.ts'
import type { Part, Refusal } from './profile-check.ts'
import type { Session } from './session.ts'

interface Props {
  draft: Profile
  change(draft: Profile): void
  refusal: Refusal | null
}

const hex = (colour: number) => `#${colour.toString(16).padStart(6, '0')}`

/** A line of a list, with what is wrong with it. */
function Line({ words, children, at }: { at: number; words: string | null; children: ComponentChildren }) {
  return (
    <li class={words === null ? 'part-line' : 'part-line invalid'}>
      {children}
      {words !== null && (
        <p class="filter-said" id={`refused-${at}`} role="alert">
          {words}
        </p>
      )}
    </li>
  )
}

interface Marks {
  'aria-invalid'?: boolean
  'aria-describedby'?: string
}

const wrong = (refusal: Refusal | null, part: Part, at: number): { words: string | null; marks: Marks } =>
  refusal?.part === part && refusal.at === at
    ? { words: refusal.words, marks: { 'aria-invalid': true, 'aria-describedby': `refused-${at}` } }
    : { words: null, marks: {} }

const button = (label: string, sign: string, isOff: boolean, act: () => void) => (
  <button type="button" class="quiet" aria-label={label} disabled={isOff} onClick={act}>
    {sign}
  </button>
)

export function ColourRules({ draft, change, refusal, session }: Props & { session: Session }) {
  const rules = draft.colours
  const [said, setSaid] = useState('')
  const put = (colours: readonly ColourRule[] | null) => change({ ...draft, colours })
  if (rules === null)
    return (
      <>
        <p class="prose">Wireshark’s own colour rules are in use.</p>
        <div class="tools">
          <button
            type="button"
            class="quiet"
            onClick={async () => {
              if (session.state.is !== 'open') return setSaid('They are read when a capture is open.')
              const own = await session.attempt('reading the colour rules', (engine) => engine.ownColours())
              if (own !== null) put(rulesIn(own))
            }}
          >
            Change them
          </button>
          <button type="button" class="quiet" onClick={() => put([])}>
            Begin with none
          </button>
        </div>
        <p role="status">{said}</p>
      </>
    )
  const set = (at: number, changes: Partial<ColourRule>) =>
    put(rules.map((rule, i) => (i === at ? { ...rule, ...changes } : rule)))
  const move = (at: number, by: number) => {
    const rule = rules[at]
    if (rule) put(rules.toSpliced(at, 1).toSpliced(at + by, 0, rule))
  }
  const add = () => put([{ name: '', filter: '', ink: 0x12272e, ground: 0xfff3b0, isOn: true }, ...rules])
  return (
    <>
      <p class="soft">The first rule that is on and lets a packet through gives its colours.</p>
      <div class="tools">
        <button type="button" class="quiet" disabled={rules.length >= MOST_RULES} onClick={add}>
          Add a rule
        </button>
        <button type="button" class="quiet" onClick={() => put(null)}>
          Wireshark’s own again
        </button>
      </div>
      <ol class="part-lines">
        {rules.map((rule, i) => {
          const { words, marks } = wrong(refusal, 'colours', i)
          const look = coloursOf(rule)
          const nth = `rule ${i + 1}`
          return (
            <Line key={i} at={i} words={words}>
              <input
                type="checkbox"
                aria-label={`Use ${nth}`}
                checked={rule.isOn}
                onChange={(event) => set(i, { isOn: event.currentTarget.checked })}
              />
              <input
                type="text"
                class="rule-name"
                aria-label={`Name of ${nth}`}
                placeholder="Name"
                style={{ background: look.ground, color: look.ink }}
                value={rule.name}
                onInput={(event) => set(i, { name: event.currentTarget.value })}
              />
              <input
                type="text"
                class="mono fill"
                aria-label={`Display filter of ${nth}`}
                placeholder="tcp.port == 443"
                spellcheck={false}
                value={rule.filter}
                onInput={(event) => set(i, { filter: event.currentTarget.value })}
                {...marks}
              />
              <span class="part-ends">
                {(['ink', 'ground'] as const).map((which) => (
                  <input
                    key={which}
                    type="color"
                    aria-label={`${which === 'ink' ? 'Letters' : 'Background'} of ${nth}`}
                    value={hex(rule[which])}
                    onInput={(event) => set(i, { [which]: Number.parseInt(event.currentTarget.value.slice(1), 16) })}
                  />
                ))}
                {button(`Move ${nth} up`, '↑', i === 0, () => move(i, -1))}
                {button(`Move ${nth} down`, '↓', i === rules.length - 1, () => move(i, 1))}
                {button(`Take ${nth} away`, '✕', false, () => put(rules.toSpliced(i, 1)))}
              </span>
            </Line>
          )
        })}
      </ol>
    </>
  )
}

export function Time({ draft, change }: Props) {
  const { format, digits } = draft.time
  return (
    <div class="part-form">
      <label>
        The Time column shows{' '}
        <select
          value={format}
          onChange={(event) => change({ ...draft, time: { digits, format: event.currentTarget.value as TimeFormat } })}
        >
          {Object.entries(TIME_FORMATS).map(([id, { words }]) => (
            <option key={id} value={id}>
              {words}
            </option>
          ))}
        </select>
      </label>
      <label>
        Digits of a second{' '}
        <select
          value={digits ?? ''}
          onChange={(event) => {
            const { value } = event.currentTarget
            change({ ...draft, time: { format, digits: value === '' ? null : Number(value) } })
          }}
        >
          <option value="">As in the capture</option>
          {Array.from({ length: 10 }, (_, i) => (
            <option key={i} value={i}>
              {i}
            </option>
          ))}
        </select>
      </label>
    </div>
  )
}

interface EntriesProps<T> {
  part: Part
  all: readonly T[]
  most: number
  put(all: readonly T[]): void
  /** One that is added. */
  empty: T
  /** What one is called. */
  name: string
  refusal: Refusal | null
  /** Its fields; `nth` names it, and `marks` belong to the one that is wrong where it is. */
  fields(one: T, nth: string, set: (changes: Partial<T>) => void, marks: Marks): ComponentChildren
}

/** Entries in no order, each of which can be taken away. */
function Entries<T extends object>({ part, all, most, put, empty, name, refusal, fields }: EntriesProps<T>) {
  return (
    <>
      <ul class="part-lines">
        {all.map((one, i) => {
          const { words, marks } = wrong(refusal, part, i)
          const nth = `${name} ${i + 1}`
          const set = (changes: Partial<T>) => put(all.with(i, { ...one, ...changes }))
          return (
            <Line key={i} at={i} words={words}>
              {fields(one, nth, set, marks)}
              {button(`Take ${nth} away`, '✕', false, () => put(all.toSpliced(i, 1)))}
            </Line>
          )
        })}
      </ul>
      <div class="tools">
        <button type="button" class="quiet" disabled={all.length >= most} onClick={() => put([...all, empty])}>
          Add {/^[aeiou]/.test(name) ? 'an' : 'a'} {name}
        </button>
      </div>
    </>
  )
}

export function DecodeAsEntries({ draft, change, refusal, names }: Props & { names: readonly string[] }) {
  return (
    <>
      <p class="soft">What goes over a port is taken for the protocol that is named here.</p>
      <datalist id="dissectors">
        {names.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <Entries<DecodeAs>
        part="decodeAs"
        all={draft.decodeAs}
        most={MOST_ENTRIES}
        put={(decodeAs) => change({ ...draft, decodeAs })}
        empty={{ table: 'tcp.port', port: Number.NaN, dissector: '' }}
        name="entry"
        refusal={refusal}
        fields={({ table, port, dissector }, nth, set, marks) => (
          <>
            <select
              aria-label={`Field of ${nth}`}
              value={table}
              onChange={(event) => set({ table: event.currentTarget.value as DecodeAs['table'] })}
            >
              {TABLES.map((one) => (
                <option key={one} value={one}>
                  {one}
                </option>
              ))}
            </select>
            <input
              type="number"
              class="port"
              min={0}
              max={65_535}
              aria-label={`Port of ${nth}`}
              value={Number.isNaN(port) ? '' : port}
              onInput={(event) => set({ port: event.currentTarget.valueAsNumber })}
            />
            <input
              type="text"
              class="fill"
              list="dissectors"
              aria-label={`Protocol of ${nth}`}
              placeholder="HTTP"
              spellcheck={false}
              value={dissector}
              onInput={(event) => set({ dissector: event.currentTarget.value })}
              {...marks}
            />
          </>
        )}
      />
    </>
  )
}

const NAMES = [
  ['mac', 'Vendors of MAC addresses'],
  ['transport', 'Services of ports'],
  ['network', 'Hosts of addresses'],
  ['dns', '… also out of the DNS answers in the capture'],
] as const

export function Names({ draft, change, refusal }: Props) {
  const { names } = draft
  const { words, marks } = wrong(refusal, 'names', 0)
  return (
    <div class="part-form">
      {NAMES.map(([which, label]) => (
        <label key={which}>
          <input
            type="checkbox"
            checked={names[which]}
            disabled={which === 'dns' && !names.network}
            onChange={(event) => change({ ...draft, names: { ...names, [which]: event.currentTarget.checked } })}
          />{' '}
          {label}
        </label>
      ))}
      <label class="tall">
        Hosts of your own: an address and its name in each line
        <textarea
          class="mono"
          rows={5}
          spellcheck={false}
          placeholder="192.0.2.1 gateway.example"
          disabled={!names.network}
          value={names.hosts}
          onInput={(event) => change({ ...draft, names: { ...names, hosts: event.currentTarget.value } })}
          {...marks}
        />
      </label>
      {words !== null && (
        <p class="filter-said" id="refused-0" role="alert">
          {words}
        </p>
      )}
      <p class="soft">No name server is asked: a capture says nothing to anybody by being looked at.</p>
    </div>
  )
}

const KEY_WORDS = { 'wpa-pwd': 'WPA passphrase', 'wpa-psk': 'WPA PSK', wep: 'WEP key' }
const KEY_SHAPES = { 'wpa-pwd': 'passphrase:network', 'wpa-psk': '64 hex digits', wep: '10 or 26 hex digits' }

export function WirelessKeys({ draft, change, refusal, where }: Props & { where: string }) {
  return (
    <>
      <p class="soft">
        By these 802.11 is decrypted, where the capture has the handshake. After a passphrase may stand a colon and the
        network’s name. {where}
      </p>
      <Entries<WirelessKey>
        part="keys"
        all={draft.keys}
        most={MOST_KEYS}
        put={(keys) => change({ ...draft, keys })}
        empty={{ kind: 'wpa-pwd', key: '' }}
        name="key"
        refusal={refusal}
        fields={({ kind, key }, nth, set, marks) => (
          <>
            <select
              aria-label={`Kind of ${nth}`}
              value={kind}
              onChange={(event) => set({ kind: event.currentTarget.value as WirelessKey['kind'] })}
            >
              {KEY_KINDS.map((one) => (
                <option key={one} value={one}>
                  {KEY_WORDS[one]}
                </option>
              ))}
            </select>
            <input
              type="text"
              class="mono fill"
              autocomplete="off"
              spellcheck={false}
              aria-label={`Text of ${nth}`}
              placeholder={KEY_SHAPES[kind]}
              value={key}
              onInput={(event) => set({ key: event.currentTarget.value })}
              {...marks}
            />
          </>
        )}
      />
    </>
  )
}
