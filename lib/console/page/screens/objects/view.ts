import type { Route } from '../../route.ts'

/** What each part of the screen is told. */
export interface ViewProps {
  /** The connector's. */
  name: string
  /** What the address says. */
  chosen: Route['chosen']
}

/** A number in the address; undefined if there is none. */
export function chosenNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined
}
