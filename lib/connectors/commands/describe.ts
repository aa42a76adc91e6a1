import { describe as describeHealth } from '../../health/health.ts'
import { connectorNamed, type StreamingContext } from './command.ts'
import { describeText } from './describe-text.ts'
import type { CommandResult } from './documents/index.ts'
import { healthSources, healthSubject } from './health-subject.ts'

/** The health of one connector, with its partitions and companions. */
export async function describe(
  { connectors, deployment, output }: StreamingContext,
  { name, all = false }: { name: string; all?: boolean },
): Promise<CommandResult<'describe'>> {
  const connector = connectorNamed(name, connectors)
  const described = await describeHealth(healthSubject(connector, deployment), healthSources(connector, deployment))
  return {
    document: { schema: 1, ...described },
    text: () => describeText(described, { columns: output.columns, now: Date.now(), all }),
  }
}
