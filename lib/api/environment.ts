import type { Environment } from '../config/section.ts'

/** The variables of the process, with those that the code gives. An empty one counts as not set, wherever it comes from. */
export function environmentWith(variables: object): Environment {
  return { ...process.env, ...variables }
}
