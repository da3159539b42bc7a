/** How far something has come that is under way. */

export function Progress({ percent, of }: { percent: number; of: string }) {
  return (
    <p class="progress">
      <progress value={percent} max={100} aria-label={of} /> {percent} %
    </p>
  )
}
