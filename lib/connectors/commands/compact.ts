import { adoptObjects } from './adopt.ts'
import type { StreamingContext } from './command.ts'
import { CompactionProgress } from './compaction-progress.ts'
import { dumpNamed, objectSettings } from './opened-connector.ts'
import { type CompactOptions, compactionOf, runPasses } from './passes.ts'

/**
 * Compacts what a dump has staged, in this process, and prints what was made. Ctrl-C ends it between two requests; whatever was
 * begun is finished by the next run.
 *
 * @throws CommandError when topic-partitions failed
 */
export async function compact(context: StreamingContext, options: CompactOptions): Promise<void> {
  const { write, deployment } = context
  const settings = await objectSettings(dumpNamed(options.name, context), deployment)
  const progress = new CompactionProgress(write)
  const signal = context.interruption()
  signal.addEventListener('abort', () =>
    progress.print('Stopping. Nothing is lost: the next run finishes what was begun.'),
  )
  const work = { options, settings, progress, signal }
  try {
    if (options.adopt) await adoptObjects(work)
    else await runPasses(compactionOf(settings.keys.prefix, work), work)
    if (signal.aborted) progress.print('Interrupted.')
  } finally {
    progress.end()
  }
}
