import { adopt } from '../../compaction/adopt.ts'
import type { AdoptionReport } from '../../compaction/adopt-original.ts'
import type { RunReport } from '../../compaction/compact.ts'
import type { Compaction } from '../../compaction/compaction.ts'
import { CommandError } from './command.ts'
import { adoptedText, leftTexts, stayingText } from './compact-text.ts'
import { type Compacting, type CompactOptions, compactionOf, passTime, runPasses } from './passes.ts'

/** What became of the objects of an earlier dump, over all passes. */
export interface Adopted {
  objects: number
  bytes: number
  removed: number
  /** Keys of objects that stay where they are, with the reason. */
  left: Map<string, string>
  /** What is told at the end. */
  texts: string[]
  /** Whether the objects are only adopted once somebody has confirmed it. */
  isAsked: boolean
}

/** What a command has compacted. */
export interface Compacted {
  passes: RunReport[]
  adopted?: Adopted
}

/**
 * Compacts the objects that a dump without rotation left: in their place, or into another folder, where the old ones stay until
 * the new ones have their records. Without `--yes` it only finds out what would be adopted, as the old objects are deleted.
 *
 * @throws CommandError when the connector has no rotation
 */
export async function adoptObjects(work: Compacting): Promise<Compacted> {
  const { options, settings } = work
  const { from = settings.keys.prefix, to = settings.keys.prefix } = prefixesOf(options)
  if (!settings.rotation)
    throw new CommandError(
      `${options.name} has no rotation: declare to.rotate first, so that it no longer writes objects of this kind.`,
    )
  const source = compactionOf(from, work)
  const target = from === to ? source : compactionOf(to, work)
  const adopted: Adopted = { objects: 0, bytes: 0, removed: 0, left: new Map(), texts: [], isAsked: false }
  if (options['dry-run'] || !options.yes) return { passes: [], adopted: await announced(source, adopted, work) }
  await adoptAll(source, target, adopted, work)
  const passes = work.signal.aborted ? [] : await runPasses(target, work)
  if (target === source || work.signal.aborted) return { passes, adopted }
  // To another folder: the old objects are deleted now that the new ones are there.
  const left = await adoptAll(source, target, adopted, work)
  if (left > 0) adopted.texts.push(stayingText(left))
  return { passes, adopted }
}

/** Folders as `OBJECT_PREFIX` has them. */
function prefixesOf({ from, to }: CompactOptions): { from?: string; to?: string } {
  const trimmed = (prefix: string | undefined) => prefix?.replace(/\/$/, '')
  return { from: trimmed(from), to: trimmed(to) }
}

/** What would be adopted. */
async function announced(source: Compaction, adopted: Adopted, { options, signal }: Compacting): Promise<Adopted> {
  const report = await adopt(source, { time: passTime(signal), dryRun: true })
  addTo(adopted, report)
  adopted.texts = [...adopted.texts, adoptedText(report, 'would be adopted'), ...leftTexts(report)]
  return { ...adopted, isAsked: !options['dry-run'] }
}

/** Adopts pass by pass, until nothing is left. @returns how many objects the last pass found that are still to be compacted */
async function adoptAll(
  source: Compaction,
  target: Compaction,
  sum: Adopted,
  { progress, signal }: Compacting,
): Promise<number> {
  let adopted = 0
  for (let report: AdoptionReport | undefined; !signal.aborted && (report === undefined || report.unfinished); ) {
    const to = target === source ? undefined : target
    const onProgress = ({ adopted }: AdoptionReport) => progress.adopted(adopted)
    report = await adopt(source, { to, time: passTime(signal), onProgress })
    progress.print(adoptedText(report, 'adopted'))
    for (const text of leftTexts(report)) progress.print(text)
    addTo(sum, report)
    adopted = report.adopted
  }
  return adopted
}

function addTo(sum: Adopted, { adopted, bytes, removed, left }: AdoptionReport): void {
  sum.objects += adopted
  sum.bytes += bytes
  sum.removed += removed
  for (const { key, reason } of left) sum.left.set(key, reason)
}
