/** Addresses as text. */

/** `10.0.0.1:443`, `[2001:db8::1]:443`: RFC 5952 §6. */
export const endText = (address: string, port: number | null): string =>
  port === null ? address : `${address.includes(':') ? `[${address}]` : address}:${port}`

/** 32 bits as an IPv4 address. */
export const ipv4Text = (word: number): string =>
  `${word >>> 24}.${(word >>> 16) & 255}.${(word >>> 8) & 255}.${word & 255}`

export type Words = [number, number, number, number]

/** 128 bits as an IPv6 address. RFC 5952: the longest run of zeros, of two groups or more, is left out. */
export function ipv6Text(words: Words): string {
  const groups = words.flatMap((word) => [word >>> 16, word & 0xffff])
  let start = -1
  let longest = 1
  for (let from = 0; from < 8; from++) {
    let to = from
    while (to < 8 && groups[to] === 0) to++
    if (to - from > longest) {
      start = from
      longest = to - from
    }
  }
  const text = (part: number[]) => part.map((group) => group.toString(16)).join(':')
  return start < 0 ? text(groups) : `${text(groups.slice(0, start))}::${text(groups.slice(start + longest))}`
}

/** 48 bits as a MAC address: the first 32, and the last 16. */
export function macText(head: number, tail: number): string {
  const octets = [head >>> 24, (head >>> 16) & 255, (head >>> 8) & 255, head & 255, (tail >>> 8) & 255, tail & 255]
  return octets.map((octet) => octet.toString(16).padStart(2, '0')).join(':')
}

/** An IPv4 address as 32 bits, as they stand in an Int32Array. `null`: it is none. */
export function ipv4Word(text: string): number | null {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number)
  if (parts === undefined || parts.some((part) => part > 255)) return null
  return parts.reduce((word, part) => (word << 8) | part, 0)
}

/** An IPv6 address as 128 bits, in any of the forms of RFC 4291 §2.2. `null`: it is none. */
export function ipv6Words(text: string): Words | null {
  const tail = /(?<=:)[\d.]+$/.exec(text)
  const last = tail?.[0].includes('.') ? ipv4Word(tail[0]) : undefined
  if (last === null) return null
  const groups = last === undefined ? text : `${text.slice(0, tail?.index)}${(last >>> 16).toString(16)}:${(last & 0xffff).toString(16)}` // biome-ignore format: one thought
  const halves = groups.split('::')
  if (halves.length > 2) return null
  const [before = [], after = []] = halves.map((half) => (half === '' ? [] : half.split(':')))
  const missing = 8 - before.length - after.length
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null
  const all = [...before, ...Array.from({ length: missing }, () => '0'), ...after]
  if (!all.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return null
  const words = all.map((group) => Number.parseInt(group, 16))
  return [0, 2, 4, 6].map((i) => ((words[i] as number) << 16) | (words[i + 1] as number)) as Words
}

/** A MAC address: its first 32 bits as they stand in an Int32Array, and its last 16. `null`: it is none. */
export function macWords(text: string): [head: number, tail: number] | null {
  if (!/^[0-9a-f]{2}([:-])[0-9a-f]{2}(?:\1[0-9a-f]{2}){4}$/i.test(text)) return null
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = text.split(/[:-]/).map((octet) => Number.parseInt(octet, 16))
  return [(a << 24) | (b << 16) | (c << 8) | d, (e << 8) | f]
}
