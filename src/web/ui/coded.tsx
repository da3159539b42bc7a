/** A sentence of ours in which what stands between backticks is to be typed. */
export function Coded({ text }: { text: string }) {
  return <>{text.split('`').map((part, at) => (at % 2 === 1 ? <code>{part}</code> : part))}</>
}
