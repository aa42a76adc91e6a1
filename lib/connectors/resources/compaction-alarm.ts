import { logicalName } from '../../cloudformation/logical-id.ts'
import type { Resources } from '../../cloudformation/template.ts'
import { maxOpenMs } from '../../config/rotation.ts'
import type { DumpConnector } from '../declaration/connector.ts'
import { alarm, ownMetric } from './alarm.ts'
import { connectorKey } from './function-name.ts'

/** Minutes for which batches may be staged longer than the declaration says, as runs of `compact` take a while. */
const GRACE_MINUTES = 15

const MINUTE_MS = 60_000

/** The alarms of a dump with rotation, besides that on errors, which every scheduled function has. */
export function compactionAlarms(connector: DumpConnector, service: string): Resources {
  if (!connector.declaration.to.rotate) return {}
  const id = logicalName(connectorKey(connector))
  const longest = longestWait(connector)
  const metric = (name: 'OldestStagedAge' | 'Quarantined') => ownMetric(name, connector, service)
  const old = alarm(connector, metric('OldestStagedAge'), {
    description: 'Batches wait longer for compaction than rotation says; the log of the function compact tells why',
    statistic: 'Maximum',
    periods: GRACE_MINUTES,
    threshold: longest + GRACE_MINUTES * MINUTE_MS,
  })
  return {
    ...(Number.isFinite(longest) ? { [`${id}StagedAlarm`]: old } : {}),
    [`${id}QuarantinedAlarm`]: alarm(connector, metric('Quarantined'), {
      description: 'Staged batches were put into _quarantine; the log of the function compact names them',
    }),
  }
}

/** How long batches may be staged, in milliseconds; 0 with an empty `rotate`, and without any. */
export function longestWait({ declaration }: DumpConnector): number {
  const { rotate } = declaration.to
  if (!rotate || Object.values(rotate).every(value => value === undefined)) return 0
  const { maxOpenMs: most, rotateIntervalMs: interval, rotateScheduleIntervalMs: schedule } = rotate
  // What only CloudFormation knows counts as not set.
  const known = (value: unknown) => (typeof value === 'string' ? Number(value) : undefined)
  return maxOpenMs({ MAX_OPEN_MS: known(most), INTERVAL_MS: known(interval), SCHEDULE_INTERVAL_MS: known(schedule) })
}
