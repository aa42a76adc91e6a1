import { isPattern } from '../../config/variable.ts'
import { wholeName } from '../../replication/naming/name-pattern.ts'
import { clientSettings, prefixed } from '../client-settings.ts'
import { already, becomes, depends, flagged, keyFate, listed, none, numbered, unneeded, worker } from '../outcomes.ts'
import { type Fate, fromEnvironment, type Given, type Settings } from '../setting.ts'
import type { System } from '../system.ts'

const EXCLUDED = 'mm2.*\\.internal,.*\\.replica,__.*'
const EXCLUDED_SETTINGS =
  'follower.replication.throttled.replicas, leader.replication.throttled.replicas, message.timestamp.difference.max.ms, ' +
  'log.message.timestamp.before.max.ms, log.message.timestamp.after.max.ms, message.timestamp.type, ' +
  'unclean.leader.election.enable, min.insync.replicas'
const OF_CLUSTERS = 'of a cluster, if it begins with the cluster’s name; in a file with several clusters, of all'
const OWN_CLASS = 'a class of your own can’t run here'

const topics: Settings = {
  topics: depends(['source.topics', 'source.pattern'], 'a list of plain names is `source.topics`', topicsFate, {
    default: '.*',
    implied: true,
  }),
  'topics.exclude': depends(
    ['source.pattern'],
    'as `(?!…)` at its start. Internal topics, heartbeats and what came from the target are left out anyway',
    excludeFate,
    { default: EXCLUDED },
  ),
  'topic.filter.class': already('topics are selected by names', {
    default: 'DefaultTopicFilter',
    values: own('DefaultTopicFilter'),
    otherwise: OWN_CLASS,
  }),
  'refresh.topics.enabled': already('with `source.pattern`, new topics are found every five minutes', {
    default: 'true',
  }),
  'refresh.topics.interval.seconds': unneeded('new topics are found every five minutes', { default: '600' }),
  'replication.factor': becomes('to.replicas', {
    default: '2',
    implied: true,
    convert: numbered,
    otherwise: 'expected a whole number',
  }),
  'replication.policy.class': depends(
    ['to.policy', 'to.addSourceHeader'],
    '`IdentityReplicationPolicy` is `identity`, with a header against loops',
    policyFate,
    {
      default: 'DefaultReplicationPolicy',
    },
  ),
  'replication.policy.separator': becomes('to.separator', { default: '.' }),
  'replication.policy.internal.topic.separator.enabled': already('internal topics have the separator in their names', {
    default: 'true',
    values: ['true'],
    otherwise: 'internal topics have the separator in their names here',
  }),
  'sync.topic.configs.enabled': depends(
    ['syncTopics'],
    'with the function `sync-topics`, every ten minutes',
    whenTrue('syncTopics'),
    {
      default: 'true',
      implied: true,
    },
  ),
  'sync.topic.configs.interval.seconds': unneeded('every ten minutes', { default: '600' }),
  'sync.topic.acls.enabled': becomes('syncTopics.syncAcls', {
    default: 'true',
    implied: true,
    convert: flagged,
    otherwise: 'expected true or false',
  }),
  'sync.topic.acls.interval.seconds': unneeded('every ten minutes', { default: '600' }),
  'config.properties.exclude': depends(
    ['to.topicSettingsExclude'],
    'the same default, but for two settings that no topic has',
    excludedSettingsFate,
    {
      default: EXCLUDED_SETTINGS,
    },
  ),
  'config.property.filter.class': already('settings are selected by names', {
    default: 'DefaultConfigPropertyFilter',
    values: own('DefaultConfigPropertyFilter'),
    otherwise: OWN_CLASS,
  }),
}

const offsets: Settings = {
  'emit.checkpoints.enabled': depends(
    ['syncOffsets'],
    'with the function `sync-offsets`, each minute',
    whenTrue('syncOffsets'),
    {
      default: 'true',
      implied: true,
    },
  ),
  'emit.checkpoints.interval.seconds': unneeded('each minute', { default: '60' }),
  'sync.group.offsets.enabled': ofGroups('syncOffsets.syncConsumerOffsets', flagged, 'false'),
  'sync.group.offsets.interval.seconds': unneeded('each minute', { default: '60' }),
  groups: ofGroups('syncOffsets.groups', listed, '.*'),
  'groups.exclude': ofGroups('syncOffsets.groupsExclude', listed, 'console-consumer-.*, connect-.*, __.*'),
  'group.filter.class': already('groups are selected by names', {
    default: 'DefaultGroupFilter',
    values: own('DefaultGroupFilter'),
    otherwise: OWN_CLASS,
  }),
  'refresh.groups.enabled': already('new groups are found each minute', { default: 'true' }),
  'refresh.groups.interval.seconds': unneeded('new groups are found each minute', { default: '600' }),
  'emit.offset-syncs.enabled': already('each batch records where its records are on the target', { default: 'true' }),
  'offset.lag.max': unneeded('each batch records where its records are on the target', { default: '100' }),
  'offset-syncs.topic.location': becomes('to.offsetSyncsLocation', { default: 'source', range: 'source, target' }),
  'offset-syncs.topic.replication.factor': internalReplicas(),
  'checkpoints.topic.replication.factor': internalReplicas(),
  'heartbeats.topic.replication.factor': internalReplicas(),
  'emit.heartbeats.enabled': unneeded('`syncOffsets` writes heartbeats each minute', { default: 'true' }),
  'emit.heartbeats.interval.seconds': unneeded('`syncOffsets` writes heartbeats each minute', { default: '1' }),
  'heartbeats.replication.enabled': unneeded('heartbeats of other clusters are not replicated', { default: 'true' }),
}

/** The topics that record offsets. All have one number of replicas here. */
function internalReplicas() {
  return becomes('to.internalTopicReplicas', {
    default: '3',
    text: 'one number for all three topics',
    convert: numbered,
    otherwise: 'expected a whole number',
  })
}

const clients: Settings = {
  'source.cluster.alias': becomes('source.alias'),
  'target.cluster.alias': becomes('to.alias', { default: 'target' }),
  ...prefixed('source.cluster.', clientSettings('source')),
  ...prefixed('target.cluster.', clientSettings('to')),
  'security.protocol': unneeded(OF_CLUSTERS, { default: 'PLAINTEXT' }),
  'sasl.*': unneeded(OF_CLUSTERS),
  'ssl.*': unneeded(OF_CLUSTERS),
  'consumer.auto.offset.reset': becomes('source.startFrom', {
    default: 'earliest',
    convert: value => ({ earliest: 'earliest', latest: 'latest' })[value.toLowerCase()],
    otherwise: 'expected earliest or latest',
  }),
  'consumer.*': unneeded('Lambda reads the topics, with settings of its own'),
  'producer.compression.type': becomes('to.compression', { default: 'none' }),
  'producer.override.compression.type': becomes('to.compression', { default: 'none' }),
  'producer.*': unneeded('the function produces with acks=all, in requests as large as the broker takes'),
  'admin.*': unneeded('the functions have settings of their own'),
  'consumer.poll.timeout.ms': unneeded('Lambda reads the topics', { default: '1000' }),
  'admin.timeout.ms': unneeded('requests end with the invocation’s time', { default: '60000' }),
  'forwarding.admin.class': already('functions ask the clusters themselves', {
    default: 'ForwardingAdmin',
    values: own('ForwardingAdmin'),
    otherwise: OWN_CLASS,
  }),
}

/** What the process and its workers need. */
const workers: Settings = {
  name: unneeded('a connector is named after its clusters'),
  clusters: unneeded('a connector has its two clusters'),
  enabled: depends(
    ['enabled'],
    'a flow `a->b.enabled` is a connector `a-to-b`',
    () => ({ group: 'taken', said: 'this flow is this connector' }),
    { default: 'true' },
  ),
  'connector.class': depends(['type'], '', (_, { type }) => ({ group: 'taken', keys: { type } })),
  'connector.plugin.version': worker('the package’s version, in `package.json`'),
  'exactly.once.source.support': depends(['to.exactlyOnce', 'to.offsetSyncsLocation'], '', exactlyOnceFate, {
    default: 'disabled',
  }),
  'tasks.max': unneeded(
    'Lambda reads as many partitions at a time as needed; `concurrency` limits and provisions pollers',
    { default: '1' },
  ),
  'tasks.max.enforce': unneeded('there are no tasks', { default: 'true' }),
  'errors.tolerance': becomes('failurePolicy', {
    text: 'none is `fail`, all is `log`',
    default: 'none',
    convert: value => ({ none: 'fail', all: 'log' })[value.toLowerCase()],
  }),
  'errors.*': unneeded('each failure is logged, and repeated within its invocation and then by its mapping'),
  transforms: none(
    'records are replicated as they are; `to.topicMapping` renames topics, `source.filters` leaves records out',
    { default: '' },
  ),
  'transforms.*': unneeded('see `transforms`'),
  predicates: unneeded('without transforms', { default: '' }),
  'predicates.*': unneeded('without transforms'),
  'key.converter': unneeded('bytes stay as they are'),
  'value.converter': unneeded('bytes stay as they are'),
  'header.converter': unneeded('bytes stay as they are'),
  '*.converter.plugin.version': unneeded('bytes stay as they are'),
  'config.action.reload': already('a changed secret is read when the old one is refused', { default: 'restart' }),
  'config.providers': worker('variables of the deployment and references to secrets', { default: '' }),
  'config.providers.*': worker('variables of the deployment and references to secrets'),
  'metric.reporters': worker('metrics are CloudWatch’s', { default: 'org.apache.kafka.common.metrics.JmxReporter' }),
  'metric.names.formats': worker('metrics are CloudWatch’s', { default: 'legacy' }),
  'metrics.*': worker('metrics are CloudWatch’s'),
  'offset.storage.*': worker('positions are those of consumer groups'),
  'config.storage.*': worker('settings are in the declaration'),
  'status.storage.*': worker('the state is that of mappings'),
  'dedicated.mode.enable.internal.rest': worker('there are no workers that talk to each other', { default: 'false' }),
  listeners: worker('there are no workers that talk to each other'),
  'rest.*': worker('there are no workers that talk to each other'),
  'admin.listeners*': worker('there are no workers that talk to each other'),
  'group.id': worker('there are no workers that talk to each other'),
}

function topicsFate(value: string, given: Given): Fate {
  const [topics, excluded] = [listed(value), listed(given.get('topics.exclude') ?? EXCLUDED)]
  const isOut = (topic: string) => excluded.some(pattern => isPattern(pattern) && wholeName(pattern).test(topic))
  if (topics.every(topic => /^[\w.-]+$/.test(topic))) {
    return keyFate(
      'source.topics',
      topics.filter(topic => !isOut(topic)),
      given,
    )
  }
  const all = topics.length === 1 ? topics.join() : `(?:${topics.join('|')})`
  const pattern = excluded.join() === EXCLUDED ? all : `(?!(?:${excluded.join('|')})$)${all}`
  return keyFate('source.pattern', pattern, given)
}

function excludeFate(value: string): Fate {
  return listed(value).join() === EXCLUDED
    ? { group: 'already', said: 'internal topics are left out' }
    : { group: 'taken', said: 'in `source.topics` or `source.pattern`' }
}

function policyFate(value: string, given: Given): Fate {
  const name = value.split('.').at(-1)
  if (name === 'DefaultReplicationPolicy')
    return { group: 'already', said: 'topics are renamed to alias, separator, topic' }
  if (name !== 'IdentityReplicationPolicy')
    return { group: 'person', said: `${OWN_CLASS}: \`to.policy\` and \`to.topicMapping\` name topics` }
  const fate = keyFate('to.policy', 'identity', given)
  return {
    ...fate,
    keys: { ...fate.keys, 'to.addSourceHeader': true },
    said: 'a header keeps records from coming back',
  }
}

function excludedSettingsFate(value: string, given: Given): Fate {
  // Settings of brokers, which no topic has.
  return keyFate(
    'to.topicSettingsExclude',
    listed(value).filter(name => !name.startsWith('log.')),
    given,
  )
}

function exactlyOnceFate(value: string): Fate {
  if (value.toLowerCase() !== 'enabled') return { group: 'already', said: 'at least once' }
  return {
    group: 'taken',
    keys: { 'to.exactlyOnce': true, 'to.offsetSyncsLocation': 'target' },
    said: 'consumers of the target need isolation.level=read_committed',
  }
}

function whenTrue(path: string) {
  return (value: string): Fate =>
    value.toLowerCase() === 'true'
      ? { group: 'taken', keys: { [path]: {} } }
      : { group: 'already', said: `without \`${path}\`` }
}

/** A key of `syncOffsets`, which needs checkpoints. */
function ofGroups(path: string, convert: (value: string) => unknown, fallback: string) {
  const fate = (value: string, given: Given): Fate => {
    if (given.get('emit.checkpoints.enabled')?.toLowerCase() === 'false')
      return { group: 'unneeded', said: 'without checkpoints' }
    const converted = convert(value)
    return converted === undefined
      ? { group: 'person', said: 'expected true or false' }
      : keyFate(path, converted, given)
  }
  return depends([path], '', fate, { default: fallback })
}

function own(name: string): string[] {
  return [name, `org.apache.kafka.connect.mirror.${name}`, `org.apache.kafka.clients.admin.${name}`]
}

/** MirrorMaker 2. Source: Apache Kafka 4.3, `org.apache.kafka.connect.mirror`, `Mirror…Config`. */
export const mirrorMaker: System = {
  title: 'MirrorMaker 2',
  source: 'https://kafka.apache.org/documentation/#georeplication',
  type: 'replicate',
  settings: { ...topics, ...offsets, ...clients, ...workers },
  matches: given => given('source.cluster.alias') !== undefined,
  more: given => ({
    ...(given.has('source.cluster.bootstrap.servers')
      ? {}
      : { 'source.bootstrapServers': [fromEnvironment(given.variable('SOURCE_BROKER'))] }),
    ...(given.has('target.cluster.bootstrap.servers')
      ? {}
      : { 'to.bootstrapServers': [fromEnvironment(given.variable('TARGET_BROKER'))] }),
  }),
  switching: () => [
    'MirrorMaker 2 keeps its positions where no consumer group has them. The connector begins with the earliest record, so it would copy everything ' +
      'once more: stop MirrorMaker 2 first, and declare `source.startFrom` with a time shortly before that.',
    'Consumer groups continue: the offset topics have the same names and formats.',
  ],
}
