import { CodedError } from '../error.ts'

/** Something wrong with one environment variable. */
export interface VariableFault {
  /** The variable to change. */
  variable: string
  /** Reads after "expected". */
  expected: string
  /** What the variable holds: reads after "got". Absent where its own value is fine, but does not fit the others. */
  got?: string
}

/** What is wrong, in words: `expected a bucket name, got nothing`. */
export function describeFault({ expected, got }: VariableFault): string {
  return `expected ${expected}${got === undefined ? '' : `, got ${got}`}`
}

/** A configuration with one or more faults. */
export class ConfigError extends CodedError {
  readonly faults: VariableFault[]

  constructor(faults: VariableFault[]) {
    const lines = faults.map(fault => `\n  ${fault.variable}: ${describeFault(fault)}`)
    super('CONFIG_INVALID', `The configuration is wrong. Please set:${lines.join('')}`)
    this.faults = faults
  }
}
