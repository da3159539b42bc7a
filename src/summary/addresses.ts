/** Addresses as text. */

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
