import * as z from 'zod'
import { type FailurePolicy, failurePolicyNames } from '../delivery/policy.ts'
import { logLevels } from '../observability/logger.ts'
import type { ConnectorType } from './connector-type.ts'
import type { VariableFault } from './fault.ts'
import { type Environment, section } from './section.ts'
import { flag, TOPIC_NAME_EXPECTED, topicName, variable, wholeNumber } from './variable.ts'

/** What each value of FAILURE_POLICY means. */
const policyMeanings: Record<FailurePolicy, string> = {
  log: 'put failing records aside and continue',
  fail: 'stop the partition at the failing record',
}

/**
 * The policy when FAILURE_POLICY is not set. A record that a dump skips can still be read from Kafka; one that a replication
 * skips is missing on the target, and nothing there tells so.
 */
export const defaultFailurePolicies: Record<ConnectorType, FailurePolicy> = { dump: 'log', replicate: 'fail' }

/** Values of Kafka's `cleanup.policy`. Source: Apache Kafka, documentation, "Topic Configs". */
const cleanupPolicies = ['delete', 'compact', 'compact,delete'] as const

/**
 * A controller refuses requests that make more than 10,000 records of metadata: one for each partition, the topic and its
 * settings. Source: Apache Kafka, `QuorumController.MAX_RECORDS_PER_USER_OP`.
 */
const MOST_PARTITIONS = 9_000

/** The variables about failures that are the same for all functions, made once: a cold start makes all of them. */
const sharedVariables = {
  PARTIAL_BATCH_RESPONSES: variable(flag().default(false), {
    description:
      'Whether responses list failed records (batchItemFailures). Set it only if the mapping has ReportBatchItemFailures.',
    expected: 'true or false',
  }),
  ABNORMAL_DATA_TOPIC: variable(topicName().optional(), {
    description:
      'Topic for records that can’t be decoded. Not set: the log names them or, with the policy fail, their partition stops.',
    expected: TOPIC_NAME_EXPECTED,
  }),
  DEAD_LETTER_TOPIC: variable(topicName().optional(), {
    description: 'Topic for records that can’t be delivered, with the policy log. Not set: the log names them.',
    expected: TOPIC_NAME_EXPECTED,
  }),
  // Only one partition keeps all failed records in order, also those without a key; and they are few.
  FAILURE_TOPIC_PARTITIONS: variable(wholeNumber(1, MOST_PARTITIONS).default(1), {
    description: 'Partitions of a topic for failed records that is created. More keep only the order of each key.',
    expected: `a whole number from 1 to ${MOST_PARTITIONS}`,
  }),
  FAILURE_TOPIC_CLEANUP_POLICY: variable(z.enum(cleanupPolicies).default('delete'), {
    description:
      'cleanup.policy of a topic for failed records that is created. With compact it refuses records without a key, and ' +
      'keeps only the last of each key.',
    expected: 'delete, compact or compact,delete',
  }),
  SERVICE_NAME: variable(z.string().default('kafka-functions'), {
    description: 'Name of the deployed service and stage in logs and metrics.',
    expected: 'a name',
  }),
  CONNECTOR_NAME: variable(z.string().default('kafka-functions'), {
    description: 'Name in logs, in metrics, and in the headers of failed records.',
    expected: 'a name',
    fallback: 'AWS_LAMBDA_FUNCTION_NAME',
  }),
  LOG_LEVEL: variable(z.enum(logLevels).default('INFO'), {
    description: 'Lowest level that is logged.',
    expected: `one of ${logLevels.join(', ')}`,
  }),
}

/** The variables about failures of the function that gets the records. */
export const failureSections = { dump: failureSection('dump'), replicate: failureSection('replicate') }

function failureSection(type: ConnectorType) {
  return section({
    title: 'Failures and logs',
    prefix: '',
    variables: failureVariables(type),
    rules: [],
    settings: values => ({
      policy: values.FAILURE_POLICY,
      partialBatchResponses: values.PARTIAL_BATCH_RESPONSES,
      abnormalDataTopic: values.ABNORMAL_DATA_TOPIC,
      deadLetterTopic: values.DEAD_LETTER_TOPIC,
      topics: { partitions: values.FAILURE_TOPIC_PARTITIONS, cleanupPolicy: values.FAILURE_TOPIC_CLEANUP_POLICY },
      service: values.SERVICE_NAME,
      connector: values.CONNECTOR_NAME,
      logLevel: values.LOG_LEVEL,
    }),
  })
}

function failureVariables(type: ConnectorType) {
  return {
    FAILURE_POLICY: variable(z.enum(failurePolicyNames).default(defaultFailurePolicies[type]), {
      description: failurePolicyNames.map(name => `${name}: ${policyMeanings[name]}.`).join(' '),
      expected: `one of ${failurePolicyNames.join(', ')}`,
    }),
    ...sharedVariables,
  }
}

/** Faults where a topic for failed records has no cluster. */
export function brokersFaults(environment: Environment): VariableFault[] {
  const topic = ['DEAD_LETTER_TOPIC', 'ABNORMAL_DATA_TOPIC'].find(name => environment[name])
  if (!topic || environment.SOURCE_KAFKA_BROKERS) return []
  return [{ variable: 'SOURCE_KAFKA_BROKERS', expected: `the brokers of ${topic}`, got: 'nothing' }]
}

/**
 * Faults for topics of failed records that are also read: each such record would come back as one that can fail again.
 *
 * @param read topics of the source cluster that the function is known to read
 */
export function readSinkFaults(environment: Environment, read: Iterable<string>): VariableFault[] {
  const names = new Set(read)
  return (['ABNORMAL_DATA_TOPIC', 'DEAD_LETTER_TOPIC'] as const)
    .filter(variable => names.has(environment[variable] ?? ''))
    .map(variable => ({
      variable,
      expected: 'a topic that the function does not read',
      got: `${environment[variable]}`,
    }))
}

const { SERVICE_NAME, CONNECTOR_NAME, LOG_LEVEL } = sharedVariables

/** The name and log level of functions that deliver no records. */
export const logSection = section({
  title: 'Logs',
  prefix: '',
  variables: { SERVICE_NAME, CONNECTOR_NAME, LOG_LEVEL },
  rules: [],
  settings: values => ({
    service: values.SERVICE_NAME,
    connector: values.CONNECTOR_NAME,
    logLevel: values.LOG_LEVEL,
  }),
})
