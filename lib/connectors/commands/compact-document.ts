import type * as z from 'zod'
import type { UnitReport } from '../../compaction/compaction.ts'
import type { Compacted } from './adopt.ts'
import type { compactDocument } from './documents/compact.ts'

type CompactDocument = z.input<typeof compactDocument>

/** What a command has made, or would make, as `--json` prints it. */
export function compactDocumentOf(
  { passes, adopted }: Compacted,
  connector: string,
  { isPlanned, isInterrupted }: { isPlanned: boolean; isInterrupted: boolean },
): CompactDocument {
  const reports = passes.flatMap(pass => pass.reports)
  const last = passes.at(-1)
  const [oldest] = (last?.reports ?? []).flatMap(({ oldestStaged }) => oldestStaged ?? []).sort((a, b) => a - b)
  return {
    schema: 1,
    connector,
    outcome: isInterrupted ? 'interrupted' : isPlanned ? 'planned' : 'compacted',
    objects: reports.flatMap(objectsOf),
    quarantined: reports.reduce((sum, { quarantined }) => sum + quarantined, 0),
    waiting: {
      staged: (last?.reports ?? []).reduce((sum, { remaining }) => sum + remaining, 0),
      ...(oldest !== undefined && { oldest: new Date(oldest).toISOString() }),
      units: last?.left.length ?? 0,
    },
    failed: passes.flatMap(({ failed }) =>
      failed.map(({ unit, error: { code, message } }) => ({ ...unit, ...(code && { code }), message })),
    ),
    ...(adopted && { adopted: adoptedOf(adopted) }),
  }
}

function objectsOf({ unit, outputs, planned }: UnitReport): CompactDocument['objects'] {
  const made = outputs.map(({ key, records, bytes, reason }) => ({ ...unit, key, records, bytes, reason }))
  return planned ? planned.outputs.map(({ key, records, reason }) => ({ ...unit, key, records, reason })) : made
}

function adoptedOf({ objects, bytes, removed, left }: NonNullable<Compacted['adopted']>): CompactDocument['adopted'] {
  return { objects, bytes, removed, left: Array.from(left, ([key, reason]) => ({ key, reason })) }
}
