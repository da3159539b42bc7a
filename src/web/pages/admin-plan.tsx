/** The fields of a plan, on the forms that have one. */
import { type Plan, sizeText } from '../../store/plans.ts'
import { CheckField, ChoiceField, TextField } from '../ui/field.tsx'
import { ACCOUNT, WRONG } from '../words/admin.ts'

/** Names of its fields, and what was typed into them. */
export interface TypedPlan {
  filesLimit: string
  maxFileSize: string
  bytesLimit: string
  retentionDays: string
  /** A box that is not ticked is not sent. */
  apiAllowed: string
  defaultVisibility: string
}

/** What is wrong with which field. */
export type Wrong<Name extends string> = Partial<Record<Name, keyof typeof WRONG>>

/** A plan as its fields show it. */
export const typedOf = (plan: Plan): TypedPlan => ({
  filesLimit: String(plan.filesLimit),
  maxFileSize: sizeText(plan.maxFileSize),
  bytesLimit: sizeText(plan.bytesLimit),
  retentionDays: String(plan.retentionDays ?? ''),
  apiAllowed: plan.apiAllowed ? '1' : '',
  defaultVisibility: plan.defaultVisibility ?? '',
})

interface Props {
  typed: TypedPlan
  wrong: Wrong<keyof TypedPlan>
  /** The form says what new captures are. */
  hasVisibility?: boolean
}

export function PlanFields({ typed, wrong, hasVisibility = true }: Props) {
  const about = (name: keyof TypedPlan) => {
    const what = wrong[name]
    return { name, value: typed[name], ...(what ? { wrong: WRONG[what] } : {}) }
  }
  return (
    <>
      <TextField label={ACCOUNT.filesLimit} {...about('filesLimit')} mode="numeric" required most={15} />
      <TextField label={ACCOUNT.maxFileSize} {...about('maxFileSize')} hint={ACCOUNT.sizeHint} required most={30} />
      <TextField label={ACCOUNT.bytesLimit} {...about('bytesLimit')} hint={ACCOUNT.sizeHint} required most={30} />
      <TextField
        label={ACCOUNT.retention}
        {...about('retentionDays')}
        hint={ACCOUNT.retentionHint}
        mode="numeric"
        most={6}
      />
      {hasVisibility && (
        <ChoiceField
          label={ACCOUNT.visibility}
          {...about('defaultVisibility')}
          choices={Object.entries(ACCOUNT.visibilities)}
        />
      )}
      <CheckField name="apiAllowed" label={ACCOUNT.api} checked={typed.apiAllowed !== ''} />
    </>
  )
}
