import type { Connector } from '../declaration/connector.ts'
import { failurePolicyName, failurePolicyOf } from '../declaration/failure-policy.ts'
import { deadLetterTopic } from '../resources/environment.ts'
import { possibleDuplicates } from './duplicate.ts'
import { type Fault, when, withoutCopies } from './fault.ts'
import { lossWarnings, sharedRetentionWarnings } from './loss-warning.ts'

/** What is allowed, but loses records without anybody being told, or may not be what was meant. */
export function warnings(connectors: Connector[]): Fault[] {
  const own = connectors.flatMap(connector =>
    [...failureWarnings(connector), ...lossWarnings(connector), ...alarmWarnings(connector)].map(
      ({ path, message }) => ({
        path: [connector.declared, ...path],
        message,
      }),
    ),
  )
  return withoutCopies([...own, ...sharedRetentionWarnings(connectors), ...possibleDuplicates(connectors)])
}

function failureWarnings(connector: Connector): Fault[] {
  const { deadLetter, concurrency } = connector.declaration
  const policy = failurePolicyName(connector)
  const { putsAside } = failurePolicyOf(connector)
  const isSkipping = putsAside && deadLetterTopic(connector) === undefined
  const isTopic = deadLetter?.kind === 'topic'
  return [
    ...when(
      isSkipping,
      'failurePolicy',
      `${policy} without a topic as deadLetter: records that can’t be delivered are skipped, and only the log names them; expected a topic as deadLetter, or the policy fail`,
    ),
    ...when(
      !putsAside && deadLetter,
      'deadLetter',
      isTopic && !concurrency
        ? `nothing goes there with the policy ${policy} and without concurrency: what can’t be delivered stays in Kafka, and its partition waits`
        : `only what Lambda itself gives up goes there with the policy ${policy}: what can’t be delivered stays in Kafka, and its partition waits`,
    ),
  ]
}

function alarmWarnings({ declaration }: Connector): Fault[] {
  return when(
    declaration.alarms?.notify === undefined,
    'alarms.notify',
    'nobody is told when an alarm goes off: expected an SNS topic or the like',
  )
}
