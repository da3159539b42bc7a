/** A bar that shows a share, beside the figure that says it. */

/** @param share from 0 to 1 */
export function Bar({ share }: { share: number }) {
  const width = Math.max(share > 0 ? 0.5 : 0, Math.min(100, share * 100))
  return (
    <svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
      <rect class="ground" width="100" height="10" />
      <rect class="part" width={width.toFixed(2)} height="10" />
    </svg>
  )
}

/** `41.7 %`; what is not nothing is no `0 %`. */
export function percent(part: number, whole: number): string {
  if (whole === 0 || part === 0) return '0 %'
  const share = (100 * part) / whole
  return share < 0.05 ? '< 0.1 %' : `${share.toFixed(1)} %`
}
