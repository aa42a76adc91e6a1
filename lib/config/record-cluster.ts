import * as z from 'zod'
import type { KafkaSettings } from '../kafka/client/settings.ts'
import { wholeName } from '../replication/naming/name-pattern.ts'
import { logSection } from './failure.ts'
import { kafkaSection } from './kafka.ts'
import { objectsSection } from './objects.ts'
import { type Environment, readSections, section } from './section.ts'
import { storeSection } from './store.ts'
import { flag, patterns, patternsDescription, topicName, variable } from './variable.ts'

/** What is recorded of the source cluster, beside the dump. */
const recordingSection = section({
  title: 'Recording',
  prefix: 'RECORD_',
  variables: {
    TOPICS: variable(flag().default(true), {
      description: 'Whether partitions, replicas and settings of all topics are recorded.',
      expected: 'true or false',
    }),
    INTERNAL_TOPICS: variable(internalTopics().optional(), {
      description: 'Internal topics that are recorded as well, separated by commas: those that are dumped.',
      expected: 'topic names separated by commas',
    }),
    CONSUMER_OFFSETS: variable(flag().default(true), {
      description: 'Whether positions of consumer groups are recorded.',
      expected: 'true or false',
    }),
    GROUPS: variable(patterns().default(['.*']), {
      description: 'Groups that are recorded: regular expressions for the whole name, separated by commas.',
      ...patternsDescription,
    }),
  },
  rules: [
    {
      variable: 'TOPICS',
      expected: 'true, as RECORD_CONSUMER_OFFSETS is false and nothing else is recorded',
      holds: ({ TOPICS, CONSUMER_OFFSETS }) => TOPICS !== false || CONSUMER_OFFSETS !== false,
    },
  ],
  settings: ({ TOPICS, INTERNAL_TOPICS, CONSUMER_OFFSETS, GROUPS }) => ({
    topics: TOPICS ? { internal: new Set(INTERNAL_TOPICS) } : undefined,
    groups: CONSUMER_OFFSETS ? { patterns: GROUPS.map(wholeName) } : undefined,
  }),
})

function internalTopics() {
  return z
    .string()
    .transform(text => text.split(','))
    .pipe(z.array(topicName()))
}

/** All environment variables of the function `record-cluster`. */
export const recordClusterSections = {
  store: storeSection,
  keys: objectsSection,
  recording: recordingSection,
  log: logSection,
  source: kafkaSection('Source cluster', 'SOURCE_KAFKA_'),
}

/**
 * The settings of the function `record-cluster`.
 *
 * @throws CodedError `CONFIG_INVALID`
 */
export function readRecordClusterSettings(environment: Environment) {
  const missing = { variable: 'SOURCE_KAFKA_BROKERS', expected: 'the brokers of the source cluster', got: 'nothing' }
  const faults = environment.SOURCE_KAFKA_BROKERS ? [] : [missing]
  const { source, ...settings } = readSections(recordClusterSections, environment, faults)
  return { ...settings, source: source as KafkaSettings }
}
