import pMap from 'p-map'
import { healthOf } from '../../health/health.ts'
import { byState } from '../../health/state.ts'
import type { StreamingContext } from './command.ts'
import type { CommandResult } from './documents/index.ts'
import { healthSources, healthSubject } from './health-subject.ts'
import { listText } from './list-text.ts'

/** Connectors that are asked about at the same time. CloudWatch accepts few searches of logs a second. */
export const AT_ONCE = 5

/** The health of each connector, worst first. */
export async function list({ connectors, deployment, output }: StreamingContext): Promise<CommandResult<'list'>> {
  const health = await pMap(
    connectors,
    connector => healthOf(healthSubject(connector, deployment), healthSources(connector, deployment)),
    { concurrency: AT_ONCE },
  )
  const sorted = health.toSorted((one, other) => byState(one.state, other.state))
  return {
    document: { schema: 1, connectors: sorted },
    text: () => listText(sorted, output.columns, Date.now()),
  }
}
