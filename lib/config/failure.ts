import { z } from 'zod'
import { failurePolicies } from '../delivery/deliver.ts'
import { logLevels } from '../observability/logger.ts'
import { section } from './section.ts'
import { flag, TOPIC_NAME_EXPECTED, topicName, variable } from './variable.ts'

export const failureSection = section({
  title: 'Failures and logs',
  prefix: '',
  variables: {
    FAILURE_POLICY: variable(z.enum(failurePolicies).default('log'), {
      description: 'log: put aside what fails and go on. fail: stop the partition at the failing record.',
      expected: `one of ${failurePolicies.join(', ')}`,
    }),
    PARTIAL_BATCH_RESPONSES: variable(flag().default(false), {
      description: 'Answer with batchItemFailures. Set it only where the mapping has ReportBatchItemFailures.',
      expected: 'true or false',
    }),
    ABNORMAL_DATA_TOPIC: variable(topicName().optional(), {
      description: 'Topic for records that can’t be decoded. Not set: they are named in the log.',
      expected: TOPIC_NAME_EXPECTED,
    }),
    DEAD_LETTER_TOPIC: variable(topicName().optional(), {
      description: 'Topic for records that can’t be delivered. Not set: they are named in the log.',
      expected: TOPIC_NAME_EXPECTED,
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
      description: 'Least level that is logged.',
      expected: `one of ${logLevels.join(', ')}`,
    }),
  },
  rules: [],
  settings: values => ({
    policy: values.FAILURE_POLICY,
    partialBatchResponses: values.PARTIAL_BATCH_RESPONSES,
    abnormalDataTopic: values.ABNORMAL_DATA_TOPIC,
    deadLetterTopic: values.DEAD_LETTER_TOPIC,
    service: values.SERVICE_NAME,
    connector: values.CONNECTOR_NAME,
    logLevel: values.LOG_LEVEL,
  }),
})

const { SERVICE_NAME, CONNECTOR_NAME, LOG_LEVEL } = failureSection.variables

/** Name and log level of functions that deliver no records. */
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
