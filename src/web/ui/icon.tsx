/** The pictures, drawn on 16 × 16 in the colour of the text around them. */

const SHAPES = {
  ok: <path d="M3.5 8.5 6.5 11.5 12.5 4.5" />,
  working: (
    <>
      <circle cx="8" cy="8" r="5.5" stroke-opacity=".3" />
      <path class="turning" d="M8 2.5A5.5 5.5 0 0 1 13.5 8" />
    </>
  ),
  failed: <path d="M4 4l8 8M12 4l-8 8" />,
  cut: (
    <>
      <path d="M2.5 5.5h11M2.5 8.5h5M2.5 11.5h3" />
      <path d="M9.5 9l3.5 3.5M13 9l-3.5 3.5" />
    </>
  ),
  key: (
    <>
      <circle cx="5" cy="11" r="2.5" />
      <path d="M6.8 9.2 13 3M10.5 5.5l2 2" />
    </>
  ),
  upload: <path d="M8 10.8v-8m-3.5 3.2L8 2.5l3.5 3.5M3 13.5h10" />,
  packets: <path d="M2.5 4h11M2.5 8h11M2.5 12h11M6 4v8" />,
  download: <path d="M8 2.5v8m-3.5-3.2L8 10.8l3.5-3.5M3 13.5h10" />,
} as const

export function Icon({ of }: { of: keyof typeof SHAPES }) {
  return (
    <svg
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      stroke-width="1.8"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      {SHAPES[of]}
    </svg>
  )
}
