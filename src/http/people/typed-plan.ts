/** A plan as it is typed into a form. */
import { type Plan, sizeIn } from '../../store/plans.ts'
import type { TypedPlan, Wrong } from '../../web/pages/admin-plan.tsx'
import { wholeIn } from './typed-number.ts'

/** What was typed into the fields of a plan, for the form to show again. */
export function typedPlan(form: URLSearchParams): TypedPlan {
  const said = (name: keyof TypedPlan) => form.get(name)?.trim().slice(0, 200) ?? ''
  return {
    filesLimit: said('filesLimit'),
    maxFileSize: said('maxFileSize'),
    bytesLimit: said('bytesLimit'),
    retentionDays: said('retentionDays'),
    apiAllowed: said('apiAllowed'),
    defaultVisibility: said('defaultVisibility'),
  }
}

/** The plan that was typed, or what is wrong with it. */
export function planFrom(typed: TypedPlan): { plan: Plan } | { wrong: Wrong<keyof TypedPlan> } {
  const filesLimit = wholeIn(typed.filesLimit, Number.MAX_SAFE_INTEGER)
  const [maxFileSize, bytesLimit] = [sizeIn(typed.maxFileSize), sizeIn(typed.bytesLimit)]
  const retentionDays = typed.retentionDays === '' ? null : wholeIn(typed.retentionDays, 100_000)
  const visibility = typed.defaultVisibility
  const isVisibility = visibility === '' || visibility === 'unlisted' || visibility === 'private'
  if (
    filesLimit === null ||
    maxFileSize === null ||
    bytesLimit === null ||
    (retentionDays === null && typed.retentionDays !== '') ||
    !isVisibility
  )
    return {
      wrong: {
        ...(filesLimit === null ? { filesLimit: 'count' } : {}),
        ...(maxFileSize === null ? { maxFileSize: 'size' } : {}),
        ...(bytesLimit === null ? { bytesLimit: 'size' } : {}),
        ...(retentionDays === null && typed.retentionDays !== '' ? { retentionDays: 'days' } : {}),
        ...(isVisibility ? {} : { defaultVisibility: 'choice' }),
      },
    }
  const apiAllowed = typed.apiAllowed !== ''
  const defaultVisibility = visibility === '' ? null : visibility
  return { plan: { filesLimit, maxFileSize, bytesLimit, retentionDays, apiAllowed, defaultVisibility } }
}
