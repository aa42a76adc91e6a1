import type { Connector, DumpConnector } from '../declaration/connector.ts'
import { failurePolicyOf } from '../declaration/failure-policy.ts'
import { failureDestination } from '../resources/mapping.ts'
import { type Fault, when } from './fault.ts'

/** What a connector is declared to leave out, or to give up, without a sign of it. Paths begin below the connector's name. */
export function lossWarnings(connector: Connector): Fault[] {
  return [...sourceWarnings(connector), ...retryWarnings(connector)]
}

function sourceWarnings({ source, declaration }: Connector): Fault[] {
  return [
    ...when(
      source.startFrom === 'latest',
      'source.startFrom',
      'latest leaves out what is produced while a new mapping is being made, which takes minutes; expected earliest or a time, if nothing may be missing',
    ),
    ...when(
      source.filters && !source.schemaRegistry,
      'source.filters',
      'Lambda also drops records whose value is not JSON, if a filter asks for JSON, and nothing counts them',
    ),
    ...when(
      !declaration.enabled,
      'enabled',
      'nothing is read, no alarm tells of it, and records are lost once they are older than the topic’s retention',
    ),
  ]
}

/** Without a destination, Lambda discards a batch that it gives up. Source: AWS Lambda, "Retain discarded batch records". */
function retryWarnings(connector: Connector): Fault[] {
  const { retries, concurrency, deadLetter } = connector.declaration
  const isLimited = (limit: number | undefined) => limit !== undefined && limit !== -1
  const { limitsRetries } = failurePolicyOf(connector)
  const limited = (['attempts', 'maximumRecordAgeSeconds'] as const).find(name => isLimited(retries?.[name]))
  const isLost = concurrency && limitsRetries && failureDestination(connector) === undefined
  return [
    ...when(
      isLost && limited,
      `retries.${limited}`,
      'a batch that is given up is discarded, and nothing keeps its records; expected a deadLetter, or -1',
    ),
    ...when(
      deadLetter?.kind === 'sns',
      'deadLetter',
      'an SNS topic gets a description of a batch that is given up, without its records: they are lost with the topic’s retention; expected a bucket, or a topic with concurrency',
    ),
  ]
}

/** A lifecycle rule deletes everything below its prefix, whoever wrote it. */
export function sharedRetentionWarnings(connectors: Connector[]): Fault[] {
  const dumps = connectors.filter((connector): connector is DumpConnector => connector.kind === 'dump')
  return dumps
    .filter(({ declaration: { to } }) => to.retentionDays !== undefined)
    .flatMap(deleting =>
      dumps
        .filter(other => other !== deleting && isBelow(other, deleting))
        .map(other => ({
          path: [deleting.declared, 'to', 'retentionDays'],
          message: `also deletes the objects of ${other.name} after ${deleting.declaration.to.retentionDays} days, as they are below the same prefix; expected a prefix of its own`,
        })),
    )
}

/** Whether a dump's objects are in the other's bucket and below its prefix, and are not declared to expire as early. */
function isBelow({ declaration: { to } }: DumpConnector, { declaration: { to: other } }: DumpConnector): boolean {
  const isSameBucket = JSON.stringify(to.bucket) === JSON.stringify(other.bucket)
  const [inner, outer] = [textOf(to.prefix), textOf(other.prefix)]
  const isInside = outer === '' || `${inner}/`.startsWith(`${outer}/`)
  return isSameBucket && isInside && (to.retentionDays ?? Number.POSITIVE_INFINITY) > (other.retentionDays ?? 0)
}

const textOf = (prefix: unknown) => (prefix === undefined ? '' : JSON.stringify(prefix).replaceAll('"', ''))
