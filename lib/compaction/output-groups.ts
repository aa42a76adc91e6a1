import type { PlannedOutput } from '../commits/entry.ts'

/** Outputs that are written in one pass over their inputs. */
export interface OutputGroup {
  outputs: PlannedOutput[]
  /** Bytes that they hold together at most. */
  held: number
}

/**
 * Divides outputs into groups that hold at most so many bytes. Outputs of a path follow each other, so at any time one of them
 * is open. Paths that are neighbours are so in staged objects, too, so that a pass reads what it needs in one piece.
 *
 * @param heldBy bytes that an output holds while it is written
 */
export function groupOutputs(
  outputs: PlannedOutput[],
  most: number,
  heldBy: (output: PlannedOutput) => number,
): OutputGroup[] {
  const groups: OutputGroup[] = []
  const paths = Map.groupBy(outputs, ({ path }) => path)
  const ascending = [...paths].toSorted(([a = ''], [b = '']) => (a < b ? -1 : a > b ? 1 : 0))
  for (const [, ofPath] of ascending) {
    const held = ofPath.reduce((largest, output) => Math.max(largest, heldBy(output)), 0)
    const last = groups.at(-1)
    if (last && last.held + held <= most) {
      last.outputs = last.outputs.concat(ofPath)
      last.held += held
    } else groups.push({ outputs: [...ofPath], held })
  }
  return groups
}
