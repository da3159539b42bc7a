/** A command that cannot go on, in words for the person who typed it: shown without a stack. */
export class Refusal extends Error {
  /** What the process ends with: 1, it could not be done; 2, it was asked for wrongly. */
  readonly exitCode: number
  constructor(message: string, exitCode = 1) {
    super(message)
    this.exitCode = exitCode
  }
}

/** A {@link Refusal} of what was typed. */
export class UsageError extends Refusal {
  constructor(message: string) {
    super(message, 2)
  }
}

/** Run a command to its end: a {@link Refusal} is printed as its sentence, anything else with its stack. */
export async function runCommand(command: () => Promise<void>): Promise<void> {
  try {
    await command()
  } catch (error) {
    console.error(error instanceof Refusal ? `pcaport: ${error.message}` : error)
    process.exitCode = error instanceof Refusal ? error.exitCode : 1
  }
}
