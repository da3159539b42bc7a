/** `1 packet`, `2,000 packets`. */
export const counted = (n: number, one: string) => `${n.toLocaleString('en-US')} ${n === 1 ? one : `${one}s`}`
