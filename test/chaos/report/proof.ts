import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Outcome } from './outcome.ts'

/** What one call of the command has shown, as `--json` writes it. */
export interface Proof {
  /** What was called. */
  command: string
  outcomes: readonly Outcome[]
}

/** The files of the documentation from which its tables are made. */
const FOLDER = join(import.meta.dirname, '../../../docs/proof')

/** JSON with a line for each outcome, so that a difference between two versions can be read. */
export function proofText({ command, outcomes }: Proof): string {
  const lines = outcomes.map(outcome => JSON.stringify(outcome))
  return `{"command":${JSON.stringify(command)},"outcomes":[\n${lines.join(',\n')}\n]}\n`
}

/** @returns by the names of their files */
export function readProofs(): Map<string, Proof> {
  const files = globSync('*.json', { cwd: FOLDER }).toSorted()
  return new Map(files.map(file => [basename(file), JSON.parse(readFileSync(join(FOLDER, file), 'utf8'))]))
}
