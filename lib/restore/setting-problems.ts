import type { ErrorCode } from '../error.ts'
import { limitOf } from '../kafka/admin/topic-limit.ts'
import type { PlaceTally } from './place-tally.ts'
import type { PreparedTopic, Problem } from './restoration.ts'

/**
 * What the settings of a target topic do to restored records. Retention counts from a record's own timestamp, so what comes from
 * an old dump may be deleted as soon as it is there.
 *
 * Source: Apache Kafka, documentation, topic configuration: `cleanup.policy`, `retention.ms`, `retention.bytes` (per partition),
 * `message.timestamp.type`.
 */
export function settingProblems(
  { topic, target, settings }: PreparedTopic,
  partition: number,
  { oldest, bytes }: Pick<PlaceTally, 'oldest' | 'bytes'>,
): Problem[] {
  const problem = (code: ErrorCode, message: string): Problem => ({ code, message, topic, partition })
  const problems: Problem[] = []
  const isDeleted = (settings['cleanup.policy'] ?? 'delete').includes('delete')
  const keptMs = limitOf(settings['retention.ms'])
  if (isDeleted && oldest !== undefined && Date.now() - oldest > keptMs) {
    const what = `The oldest record is of ${new Date(oldest).toISOString()}, and ${target} keeps records for ${inDays(keptMs)} days (retention.ms).`
    problems.push(problem('RESTORE_RETENTION_SHORT', `${what} Kafka deletes what is older.`))
  }
  const keptBytes = limitOf(settings['retention.bytes'])
  if (isDeleted && bytes > keptBytes) {
    const what = `The records take ${bytes} bytes, and ${target} keeps ${keptBytes} in each partition (retention.bytes).`
    problems.push(problem('RESTORE_RETENTION_SHORT', `${what} Kafka deletes the first ones.`))
  }
  if (settings['message.timestamp.type'] === 'LogAppendTime')
    problems.push(problem('RESTORE_TIMESTAMPS_REPLACED', `${target} gives records the time of their arrival.`))
  return problems
}

const DAY_MS = 24 * 60 * 60 * 1000

function inDays(ms: number): number {
  return Math.round((ms / DAY_MS) * 100) / 100
}
