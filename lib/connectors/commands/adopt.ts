import { adopt } from '../../compaction/adopt.ts'
import type { AdoptionReport } from '../../compaction/adopt-original.ts'
import type { Compaction } from '../../compaction/compaction.ts'
import { CommandError } from './command.ts'
import { adoptedText, leftTexts, stayingText } from './compact-text.ts'
import { type Compacting, type CompactOptions, compactionOf, passTime, runPasses } from './passes.ts'

/**
 * Compacts the objects that a dump without rotation left: in their place, or into another folder, where the old ones stay until
 * the new ones have their records.
 *
 * @throws CommandError without `--yes`, as the old objects are deleted
 */
export async function adoptObjects(work: Compacting): Promise<void> {
  const { options, settings } = work
  const { from = settings.keys.prefix, to = settings.keys.prefix } = prefixesOf(options)
  if (!settings.rotation)
    throw new CommandError(
      `${options.name} has no rotation: declare to.rotate first, so that it no longer writes objects of this kind.`,
    )
  const source = compactionOf(from, work)
  const target = from === to ? source : compactionOf(to, work)
  if (options['dry-run'] || !options.yes) return await announce(source, work)
  await adoptAll(source, target, work)
  if (!work.signal.aborted) await runPasses(target, work)
  if (target === source || work.signal.aborted) return
  // To another folder: the old objects are deleted now that the new ones are there.
  const left = await adoptAll(source, target, work)
  if (left > 0) work.progress.print(stayingText(left))
}

/** Folders as `OBJECT_PREFIX` has them. */
function prefixesOf({ from, to }: CompactOptions): { from?: string; to?: string } {
  const trimmed = (prefix: string | undefined) => prefix?.replace(/\/$/, '')
  return { from: trimmed(from), to: trimmed(to) }
}

/** Prints what would be adopted. */
async function announce(source: Compaction, { options, progress, signal }: Compacting): Promise<void> {
  const report = await adopt(source, { time: passTime(signal), dryRun: true })
  progress.print(adoptedText(report, 'would be adopted'))
  for (const text of leftTexts(report)) progress.print(text)
  if (options['dry-run']) return
  throw new CommandError(
    'Nothing was changed. The objects are deleted once larger ones have their records, each compared: repeat the command with --yes.',
  )
}

/** Adopts pass by pass, until nothing is left. @returns how many objects the last pass found that are still to be compacted */
async function adoptAll(source: Compaction, target: Compaction, { progress, signal }: Compacting): Promise<number> {
  let adopted = 0
  for (let report: AdoptionReport | undefined; !signal.aborted && (report === undefined || report.unfinished); ) {
    const to = target === source ? undefined : target
    const onProgress = ({ adopted }: AdoptionReport) => progress.adopted(adopted)
    report = await adopt(source, { to, time: passTime(signal), onProgress })
    progress.print(adoptedText(report, 'adopted'))
    for (const text of leftTexts(report)) progress.print(text)
    adopted = report.adopted
  }
  return adopted
}
