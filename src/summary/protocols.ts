/** Protocols, by the names that tshark's hierarchy gives them. */

const names: string[] = []
const numbers = new Map<string, number>()

/** The number that stands for a protocol's name in this process; state that is put away holds names. */
export function protocol(name: string): number {
  const known = numbers.get(name)
  if (known !== undefined) return known
  numbers.set(name, names.length)
  return names.push(name) - 1
}

/** All names, by number. */
export const protocolNames = (): readonly string[] => names

export const protocolName = (number: number): string => names[number] ?? ''

/** A table from the numbers of a protocol field to protocols, written as `name: numbers`. */
export function leaves(table: Record<string, number[]>): Map<number, number> {
  const map = new Map<number, number>()
  for (const [name, values] of Object.entries(table)) for (const value of values) map.set(value, protocol(name))
  return map
}

/**
 * Bytes that must be there for tshark to show a protocol that is not looked into; those not named need 1. Learnt from tshark
 * 4.0.17, with payloads of 0 to 32 zero bytes under each EtherType, IP protocol and LLC number.
 */
// biome-ignore format: a table
const LEAST = new Map(
  Object.entries({
    0: ['6lowpan', 'aoe', 'bluecom', 'bofl', 'brcm-tag', 'c15hbeat', 'cdp', 'cesoeth', 'cgmp', 'ddp', 'dlr', 'dtp', 'ecatf', 'ecp21', 'edp',
      'elmi', 'exeh', 'extrememesh', 'fip', 'goose', 'hbbak', 'homeplug', 'homeplug-av', 'hsr_prp_supervision', 'hyperscsi', 'idp', 'ieee1722',
      'ieee802a', 'infiniband', 'isis', 'ismp', 'linx', 'llap', 'lldp', 'lltd', 'm2m', 'mdp', 'mih', 'mrp-mmrp', 'mrp-msrp', 'mrp-mvrp',
      'msnlb', 'nsrp', 'pn_mrp', 'realtek', 'rohc', 'rtcfg', 'siii', 'sv', 'tecmp', 'udld', 'vines_echo', 'vmlab', 'wpan', 'wsmp'],
    2: ['arp', 'bacnet', 'bpq', 'cfm', 'cl3', 'dec_stp', 'etherip', 'lapbether', 'macc', 'roofnet', 'snaeth', 'swipe', 'trill', 'vtp', 'wcp'],
    3: ['dec_dna', 'shim6'],
    4: ['bacp', 'bap', 'cbcp', 'ccp', 'cdpcp', 'dccp', 'dsr', 'ecpri', 'hcrt', 'hpna', 'ipcp', 'ipv6cp', 'lacp', 'lcp', 'llt', 'mdshdr', 'mplscp', 'nwp',
      'osinlcp', 'ospf', 'pppmuxcp', 'rpl', 'rtmac'],
    6: ['gnw', 'icmp', 'ieee8021cb', 'lwapp'],
    7: ['hpext'],
    8: ['aarp', 'flip', 'hip', 'ieee1905', 'ncsi', 'ptp', 'rsvp', 'tdmoe'],
    12: ['csm_encaps', 'dect', 'sctp'],
    16: ['ans', 'eigrp'],
    18: ['mint', 'nhrp', 'vines_ip'],
    20: ['pgm'],
    22: ['fcoe'],
    27: ['stp'],
    28: ['tte_pcf'],
    32: ['xtp'],
  }).flatMap(([least, shown]) => shown.map((name) => [protocol(name), Number(least)] as const)),
)

/** @returns whether that many bytes are enough for tshark to show a protocol */
export const shows = (number: number, length: number): boolean => length >= (LEAST.get(number) ?? 1)
