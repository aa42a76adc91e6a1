import type { PlannedOutput } from '../commits/entry.ts'
import { MAX_OUTPUT_BYTES } from './rotation.ts'

/** Outputs that are written in one pass over their inputs. */
export interface OutputGroup {
  outputs: PlannedOutput[]
  /** Bytes that they hold together at most. */
  held: number
}

/** A group, and the bytes of the objects that are open at the same time at most. */
interface Group extends OutputGroup {
  open: number
}

/**
 * Divides outputs into groups that hold at most so many bytes. Outputs of a path follow each other, so at any time one of them
 * is open. Those of a group have at most {@link MAX_OUTPUT_BYTES} together, so that a run completes one of them at least: what is
 * complete stays when the time is over. Paths that are neighbours are so in staged objects, too, so that a pass reads what it needs in one piece.
 *
 * @param heldBy bytes that an output holds while it is written
 */
export function groupOutputs(
  outputs: PlannedOutput[],
  most: number,
  heldBy: (output: PlannedOutput) => number,
): OutputGroup[] {
  const groups: Group[] = []
  const paths = Map.groupBy(outputs, ({ path }) => path)
  const ascending = [...paths].toSorted(([a = ''], [b = '']) => (a < b ? -1 : a > b ? 1 : 0))
  for (const [, ofPath] of ascending) {
    const held = ofPath.reduce((largest, output) => Math.max(largest, heldBy(output)), 0)
    const open = ofPath.reduce((largest, { bytes }) => Math.max(largest, bytes), 0)
    const last = groups.at(-1)
    if (last && last.held + held <= most && last.open + open <= MAX_OUTPUT_BYTES) {
      last.outputs = last.outputs.concat(ofPath)
      last.held += held
      last.open += open
    } else groups.push({ outputs: [...ofPath], held, open })
  }
  return groups
}
