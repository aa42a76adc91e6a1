import { isPattern } from '../config/variable.ts'
import { clientSettings, prefixed } from './client-settings.ts'
import { already, becomes, depends, keyFate, listed, none, numbered, unneeded, worker } from './outcomes.ts'
import { type Fate, fromEnvironment, type Given, type Settings } from './setting.ts'
import { transformFate } from './transform.ts'
import { converterSettings } from './value-converter.ts'

/** AWS's limit for the records of a batch. */
const MAX_BATCH = 10_000

/**
 * The settings that every sink connector of Kafka Connect has.
 * Source: Apache Kafka 4.3, `org.apache.kafka.connect.runtime.SinkConnectorConfig`.
 */
export const connectSinkSettings: Settings = {
  name: depends([], 'the connector’s name: 1 to 64 letters, digits, hyphens or underscores', (value, { name }) => ({
    group: 'taken',
    said:
      value === name
        ? 'the connector’s name'
        : `the connector is named ${name}: letters, digits, hyphens and underscores`,
  })),
  'connector.class': depends(['type'], '', (_, { type }) => ({ group: 'taken', keys: { type } })),
  'connector.plugin.version': worker('the package’s version, in `package.json`'),
  'tasks.max': unneeded(
    'Lambda reads as many partitions at a time as needed; `concurrency` limits and provisions pollers',
    {
      default: '1',
    },
  ),
  'tasks.max.enforce': unneeded('there are no tasks', { default: 'true' }),
  topics: becomes('source.topics', { convert: listed }),
  'topics.regex': becomes('source.pattern', {
    text: 'also for the whole name. Internal topics never match',
    convert: value => (isPattern(value) ? value : undefined),
    otherwise: 'JavaScript can’t read this regular expression: write it for JavaScript',
  }),
  ...converterSettings,
  transforms: depends(
    [],
    '**none**: records are stored as they are in Kafka. Each already has its topic, partition, offset, timestamp and headers. Transform where ' +
      'the objects are read, or in a handler of your own',
    () => ({ group: 'unneeded', said: 'see the transforms themselves' }),
    { default: '' },
  ),
  'transforms.*': depends([], 'as `transforms`', transformFate),
  predicates: unneeded('without transforms', { default: '' }),
  'predicates.*': unneeded('without transforms'),
  'errors.tolerance': becomes('failurePolicy', {
    text: 'none is `fail`, all is `log`',
    default: 'none',
    range: 'none, all',
    implied: true,
    convert: value => ({ none: 'fail', all: 'log' })[value.toLowerCase()],
  }),
  'errors.deadletterqueue.topic.name': becomes('abnormalDataTopic', {
    text: 'records that can’t be decoded; `deadLetter` is for those that can’t be delivered',
    default: '',
    convert: value => value,
  }),
  'errors.deadletterqueue.topic.replication.factor': unneeded('the topic is created with the broker’s default', {
    default: '3',
  }),
  'errors.deadletterqueue.context.headers.enable': already('failed records have headers that say what went wrong', {
    default: 'false',
  }),
  'errors.log.enable': already('each failure is logged with its code, topic, partition and offset', {
    default: 'false',
  }),
  'errors.log.include.messages': none(
    'logs never have a record’s content; `serverless connectors failed` shows where it is',
    {
      default: 'false',
    },
  ),
  'errors.retry.timeout': unneeded('a batch is repeated within its invocation, and then by its mapping', {
    default: '0',
  }),
  'errors.retry.delay.max.ms': unneeded('pauses end with the invocation’s time', { default: '60000' }),
  'config.action.reload': already('a changed secret is read when the old one is refused', { default: 'restart' }),
  'config.providers': worker('variables of the deployment and references to secrets'),
  'config.providers.*': worker('variables of the deployment and references to secrets'),
  ...prefixed('consumer.override.', consumerSettings()),
  'producer.override.*': worker('the function’s own producer writes failed records'),
  'admin.override.*': worker('the function creates topics for failed records with the login of `source`'),
  'offset.flush.interval.ms': worker('`batch.windowSeconds` is it here, by default also 60 s'),
  'metrics.context.*': worker('metrics are CloudWatch’s'),
}

/** What connectors may override of their consumer. */
function consumerSettings(): Settings {
  return {
    'group.id': becomes('source.consumerGroup', {
      text: 'continues where the sink was. AWS requires a group for each topic',
    }),
    'auto.offset.reset': becomes('source.startFrom', {
      default: 'earliest',
      range: 'earliest, latest, none',
      otherwise: 'a group without positions starts at `earliest` or `latest`: choose one',
      convert: value => ({ earliest: 'earliest', latest: 'latest' })[value.toLowerCase()],
    }),
    'max.poll.records': becomes('batch.size', {
      text: `at most ${MAX_BATCH}`,
      default: '500',
      convert: value => Math.min(numbered(value) ?? Number.NaN, MAX_BATCH),
      otherwise: 'expected a whole number',
    }),
    'isolation.level': none('Lambda decides what its pollers read: try it with an aborted transaction', {
      default: 'read_uncommitted',
    }),
    ...clientSettings('source'),
    '*': unneeded('Lambda reads the topics, with settings of its own'),
  }
}

/** The keys of a cluster of which the file says nothing, since the worker knows it. */
export function workersCluster(given: Given): Record<string, unknown> {
  return {
    ...(given.has('consumer.override.bootstrap.servers')
      ? {}
      : { 'source.bootstrapServers': [fromEnvironment(given.variable('BROKER'))] }),
    ...(hasAccess(given) ? {} : { 'source.auth.scram512': fromEnvironment(given.variable('LOGIN_SECRET_ARN')) }),
  }
}

const hasAccess = (given: Given) =>
  given.has('consumer.override.security.protocol') || given.has('consumer.override.sasl.mechanism')

/**
 * The group of a sink with a single topic, with which a connector continues where the sink stopped. Source: Apache Kafka,
 * `org.apache.kafka.connect.util.SinkUtils`, `consumerGroupId`.
 */
export function sinksGroup(given: Given): Fate | undefined {
  const name = given.get('name')
  const topics = listed(given.get('topics') ?? '')
  if (topics.length !== 1 || name === undefined || given.has('consumer.override.group.id')) return undefined
  return keyFate('source.consumerGroup', `connect-${name}`, given)
}
