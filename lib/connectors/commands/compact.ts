import type { RunReport } from '../../compaction/compact.ts'
import { adoptObjects, type Compacted } from './adopt.ts'
import type { StreamingContext } from './command.ts'
import { compactDocumentOf } from './compact-document.ts'
import { plannedText, summaryText } from './compact-text.ts'
import { CompactionProgress } from './compaction-progress.ts'
import type { CommandResult } from './documents/index.ts'
import { dumpNamed, objectSettings } from './opened-connector.ts'
import { type Compacting, type CompactOptions, compactionOf, runPasses } from './passes.ts'

/**
 * Compacts what a dump has staged, in this process, and tells what was made. Ctrl-C ends it between two requests; whatever was
 * begun is finished by the next run. It is a failure when topic-partitions failed.
 */
export async function compact(context: StreamingContext, options: CompactOptions): Promise<CommandResult<'compact'>> {
  const settings = await objectSettings(dumpNamed(options.name, context), context.deployment)
  const progress = new CompactionProgress(context.write)
  const signal = context.interruption()
  signal.addEventListener('abort', () =>
    context.tell('Stopping. Nothing is lost: the next run finishes what was begun.'),
  )
  const work = { options, settings, progress, signal }
  try {
    return answerOf(await done(work), work)
  } finally {
    progress.end()
  }
}

async function done(work: Compacting): Promise<Compacted> {
  if (work.options.adopt) return await adoptObjects(work)
  return { passes: await runPasses(compactionOf(work.settings.keys.prefix, work), work) }
}

function answerOf(compacted: Compacted, { options, signal }: Compacting): CommandResult<'compact'> {
  const { passes, adopted } = compacted
  const isPlanned = options['dry-run'] || adopted?.isAsked || false
  const failed = passes.at(-1)?.failed.length ?? 0
  return {
    document: compactDocumentOf(compacted, options.name, { isPlanned, isInterrupted: signal.aborted }),
    text: () => [...(adopted?.texts ?? []), ...summaryTexts(passes, isPlanned, signal)].join('\n'),
    failure:
      failed > 0 && !signal.aborted
        ? `${failed} of the topic-partitions could not be compacted; see above.`
        : adopted?.isAsked
          ? 'Nothing was changed. The objects are deleted once larger ones have their records, each compared: repeat the command with --yes.'
          : undefined,
  }
}

function summaryTexts(passes: RunReport[], isPlanned: boolean, { aborted }: AbortSignal): string[] {
  const summary = passes.length === 0 ? [] : [isPlanned ? plannedText(passes) : summaryText(passes)]
  return [...summary, ...(aborted ? ['Interrupted.'] : [])]
}
