import { otherSystems } from '../others/index.ts'
import { ownSystems } from '../systems/index.ts'
import {
  brokenTable,
  commandsTable,
  faultsShownTable,
  momentsTable,
  type Proofs,
  recordsTable,
  runsOf,
  timesTable,
} from './shown.ts'
import { faultsTable, notReachedTable, otherSystemsTable, systemsTable } from './tried.ts'

/** The page whose tables these are, from the project's folder. */
export const PAGE = 'docs/proof.md'

/** The generated tables of the page, by the names in its markers. */
export function proofTables(proofs: Proofs): Record<string, () => string> {
  const own = runsOf(proofs, ownSystems)
  const others = runsOf(proofs, otherSystems)
  return {
    faults: faultsTable,
    systems: systemsTable,
    commands: () => commandsTable(proofs),
    records: () => recordsTable(own),
    times: () => timesTable(own),
    moments: () => momentsTable(own),
    'faults shown': () => faultsShownTable(own),
    'broken laws': () => brokenTable(own),
    'other systems': otherSystemsTable,
    'faults that reach no other system': notReachedTable,
    'records of other systems': () => recordsTable(others),
    'times of other systems': () => timesTable(others),
    'broken laws of other systems': () => brokenTable(others),
  }
}
