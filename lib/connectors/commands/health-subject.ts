import type { Sources, Subject } from '../../health/subject.ts'
import type { Connector } from '../declaration/connector.ts'
import { DEFAULT_LAG } from '../declaration/declaration.ts'
import { functionsOf } from '../resources/deployed-functions.ts'
import { companionKey, functionName } from '../resources/function-name.ts'
import { reasonOf } from './command.ts'
import type { Deployment } from './deployment.ts'

/** What is looked at to tell a connector's health. */
export function healthSubject(connector: Connector, { service, functionName: nameOf }: Deployment): Subject {
  const { name, kind, source, declaration } = connector
  return {
    ...{ connector: name, service, type: kind, topics: source.topics, pattern: source.pattern },
    functionName: nameOf(connector),
    mostLag: declaration.alarms?.lag ?? DEFAULT_LAG,
    rotates: functionsOf(connector).some(({ file }) => file === 'compact'),
    companions: companionsOf(connector, service),
  }
}

/** The functions beside a connector's own: `check`, and those that run on a schedule. */
function companionsOf(connector: Connector, service: string): Subject['companions'] {
  return functionsOf(connector).flatMap(({ file, parts: { calledBy } }) => {
    const companion = { file, functionName: functionName(service, companionKey(connector, file)) }
    if (file === 'check') return [companion]
    if (typeof calledBy === 'string') return []
    const runs = calledBy.runs?.(connector) ?? [calledBy]
    const everyMinutes = runs.reduce((longest, run) => Math.max(longest, run.everyMinutes), 1)
    return [{ ...companion, everyMinutes }]
  })
}

export function healthSources(connector: Connector, deployment: Deployment): Sources {
  return {
    mappings: () => deployment.mappingsOf(connector),
    functionProblem: () => deployment.problemOf(connector),
    positions: (topics, since) => deployment.ask(connector, { action: 'positions', topics, since }),
    metrics: deployment.metrics,
    logs: deployment.logs,
    reasonOf,
  }
}
