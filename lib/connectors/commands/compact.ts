import type { Unit } from '../../commits/entry.ts'
import {
  type CompactionRun,
  compact as compactUnits,
  type RunProgress,
  type RunReport,
} from '../../compaction/compact.ts'
import type { Compaction, UnitReport } from '../../compaction/compaction.ts'
import type { CodedError } from '../../error.ts'
import type { Log } from '../../observability/logger.ts'
import { noTelemetry } from '../../observability/telemetry.ts'
import { DEFAULT_PART_SIZE } from '../../s3/settings.ts'
import { type CommandContext, CommandError } from './command.ts'
import { compactedText, plannedText, sizeText, summaryText, unitText } from './compact-text.ts'
import { shortLogLine } from './log-line.ts'
import { dumpNamed, type OpenedConnector, openConnector } from './opened-connector.ts'
import { countedStore, ProgressLine } from './progress-line.ts'

export interface CompactOptions {
  name: string
  /** Ends when everything was looked at once, even if there is more to do by then. */
  once?: boolean
  /** Plans only. */
  'dry-run'?: boolean
}

/**
 * How long a pass over everything that is staged may take, and how long requests may still be sent, in milliseconds. A machine
 * that slept meanwhile sends none after it woke: what a run replaces is deleted days later, so there is no danger in an hour.
 */
const PASS_MS = 3_000_000
const END_MS = 3_600_000

/**
 * Compacts what a dump has staged, in this process, and prints what was made. Ctrl-C ends it between two requests; whatever was
 * begun is finished by the next run.
 *
 * @throws CommandError when topic-partitions failed, or when it was interrupted
 */
export async function compact(context: CommandContext, options: CompactOptions): Promise<void> {
  const { write, deployment } = context
  const opened = await openConnector(dumpNamed(options.name, context), deployment)
  const line = new ProgressLine()
  const print = (text: string) => {
    line.clear()
    write(text)
  }
  const interruption = new AbortController()
  const interrupt = () => {
    print('Stopping. Nothing is lost: the next run finishes what was begun.')
    interruption.abort()
  }
  process.once('SIGINT', interrupt)
  try {
    const progress = new Progress(line, print)
    const compaction = compactionOf(opened, progress, print)
    await runPasses(compaction, options, interruption.signal, { progress, print })
  } finally {
    line.clear()
    process.removeListener('SIGINT', interrupt)
  }
}

interface Printer {
  progress: Progress
  print(text: string): void
}

async function runPasses(
  compaction: Compaction,
  { once, 'dry-run': dryRun }: CompactOptions,
  signal: AbortSignal,
  { progress, print }: Printer,
): Promise<void> {
  const totals: RunReport[] = []
  do {
    const now = Date.now()
    const time = { deadline: now + PASS_MS, end: now + END_MS, signal }
    const run: CompactionRun = { time, all: true, dryRun, onProgress: state => progress.show(state) }
    const report = await compactUnits(compaction, run).catch(error => {
      if (signal.aborted) throw interrupted()
      throw error
    })
    totals.push(report)
    for (const { unit, error } of report.failed) print(failureText(unit, error))
    if (report.failed.length > 0 || signal.aborted || once || dryRun || !hasMore(report)) break
  } while (!signal.aborted)
  print(dryRun ? plannedText(totals) : summaryText(totals))
  const failed = totals.flatMap(report => report.failed).length
  if (failed > 0) throw new CommandError(`${failed} of the topic-partitions could not be compacted; see above.`)
  if (signal.aborted) throw interrupted()
}

const interrupted = () => new CommandError('Interrupted.')

/** Whether another pass may find something: what was left, or what was staged while this one made objects. */
function hasMore({ reports, left }: RunReport): boolean {
  return left.length > 0 || reports.some(({ outputs, unfinished }) => unfinished || outputs.length > 0)
}

function failureText(unit: Unit, error: Error): string {
  const { code, message } = error as CodedError
  return `✗ ${unitText(unit)}: ${message}${code ? ` (${code})` : ''}`
}

/** What the run has done so far, on the terminal. */
class Progress {
  readonly #line: ProgressLine
  readonly #print: (text: string) => void
  #units = ''
  #objects = 0

  constructor(line: ProgressLine, print: (text: string) => void) {
    this.#line = line
    this.#print = print
  }

  show({ units, done, report }: RunProgress) {
    this.#units = `${done} of ${units} topic-partitions`
    if (report) this.#tell(report)
  }

  traffic({ read, written }: { read: number; written: number }) {
    this.#line.show(`${this.#units}, ${this.#objects} objects, ${sizeText(read)} read, ${sizeText(written)} written`)
  }

  #tell(report: UnitReport) {
    this.#objects += report.outputs.length
    const text = compactedText(report)
    if (text) this.#print(text)
  }
}

function compactionOf(
  { settings, keys, commits }: OpenedConnector,
  progress: Progress,
  print: (text: string) => void,
): Compaction {
  const { store, format, rotation, retention, failure } = settings
  const { prefix } = settings.keys
  return {
    ...{ format, rotation, ...retention, prefix, keys, policy: failure.policy },
    store: countedStore(commits, traffic => progress.traffic(traffic)),
    partSize: store.partSize ?? DEFAULT_PART_SIZE,
    now: Date.now,
    logger: terminalLog(print),
    telemetry: noTelemetry,
  }
}

/** Warnings and errors for people; what is done is told in other words. */
function terminalLog(print: (text: string) => void): Log {
  const line =
    (level: string): Log['warn'] =>
    (message, ...fields) => {
      const told = Object.assign({}, ...fields.filter(field => typeof field === 'object'))
      print(shortLogLine({ level, message: String(message), ...told }))
    }
  return { info() {}, warn: line('WARN'), error: line('ERROR') }
}
