import { isDeepStrictEqual } from 'node:util'
import { isIntrinsic } from '../../cloudformation/intrinsic.ts'
import { compilePattern } from '../../event-patterns/pattern.ts'
import { OWN_TAGS } from '../../lambda/mapping-tag.ts'
import { commonBroker, isSameMsk } from '../declaration/cluster.ts'
import { type Connector, type DumpConnector, isReversed, type ReplicateConnector } from '../declaration/connector.ts'
import { failurePolicyName, failurePolicyOf } from '../declaration/failure-policy.ts'
import { KMS_KEY_EXPECTED, shown } from '../declaration/key.ts'
import { deadLetterTopic } from '../resources/environment.ts'
import { type ConnectorFunction, connectorFunctions } from '../resources/function.ts'
import { MAX_SERVICE } from '../resources/function-name.ts'
import { consumerGroup } from '../resources/mapping.ts'
import { MAX_ATTACHED_POLICIES } from '../resources/role.ts'
import { writesAsRole } from '../resources/store-statement.ts'
import { clusterFaults } from './cluster-rule.ts'
import { type Fault, when } from './fault.ts'
import { unreplicatedFaults } from './replication-rule.ts'
import { rotationFaults } from './rotation-rule.ts'
import { tableFaults } from './table-rule.ts'
import { environmentFaults } from './variable-fault.ts'

/** The longest consumer group of a mapping, in characters. */
const MAX_GROUP = 200

/** Rules that involve more than one key. Paths begin below the connector's name. */
export function brokenRules(connector: Connector, service: string): Fault[] {
  const place = { service, isTraced: true, hasVpc: true, logRetentionDays: 1 }
  const functions = connectorFunctions(connector, connector.source.topics, place)
  const faults = [
    ...nameFaults(service),
    ...topicFaults(connector, service),
    ...policyFaults(functions),
    ...clusterFaults(connector),
    ...filterFaults(connector.source),
    ...encryptionFaults(connector),
    ...pollingFaults(connector),
    ...tagFaults(connector),
    ...(connector.kind === 'dump'
      ? [...bucketFaults(connector), ...rotationFaults(connector), ...tableFaults(connector)]
      : targetFaults(connector)),
  ]
  // The function would report the same fault about the resulting environment.
  const ofFunction = environmentFaults(connector, functions).filter(
    ({ path }) => !faults.some(fault => isDeepStrictEqual(fault.path, path)),
  )
  return [...faults, ...ofFunction]
}

function nameFaults(service: string): Fault[] {
  const message = `function names would start with ${service}, which has ${service.length} characters; at most ${MAX_SERVICE} leave room for the rest`
  return when(service.length > MAX_SERVICE, '', message)
}

function topicFaults(connector: Connector, service: string): Fault[] {
  const { topics = [], pattern } = connector.source
  const copies = topics.filter((topic, index) => topics.indexOf(topic) < index)
  const own = [deadLetterTopic(connector), connector.declaration.abnormalDataTopic]
  const untaken = topics.filter(topic => topic.length < 2 || topic.startsWith('.'))
  const groups = topics.map(topic => consumerGroup(connector, topic, service))
  const longGroup = groups.find(group => group.length > MAX_GROUP)
  return [
    ...when(topics.length === 0 && pattern === undefined, 'source', 'expected topics or a pattern, got neither'),
    ...when(topics.length > 0 && pattern !== undefined, 'source.pattern', 'expected topics or a pattern, got both'),
    ...copies.flatMap(topic => when(true, 'source.topics', `${topic} is listed twice`)),
    ...untaken.flatMap(topic =>
      when(
        true,
        'source.topics',
        `Lambda refuses ${topic}: a topic needs at least two characters and must not start with a dot`,
      ),
    ),
    ...topics
      .filter(topic => own.includes(topic))
      .flatMap(topic => when(true, 'source.topics', `${topic} receives this connector’s own failed records`)),
    ...when(
      longGroup,
      'source.consumerGroup',
      `${longGroup} would have ${longGroup?.length} characters; AWS allows ${MAX_GROUP}`,
    ),
  ]
}

/** With IAM, each topic and each group takes a line of a policy. */
function policyFaults(functions: ConnectorFunction[]): Fault[] {
  const most = functions.reduce((most, { roles }) => Math.max(most, Object.keys(roles).length - 1), 0)
  const message = `its functions would need ${most} policies for the topics; AWS attaches ${MAX_ATTACHED_POLICIES}: split the topics over several connectors`
  return when(most > MAX_ATTACHED_POLICIES, 'source.topics', message)
}

/** Source: AWS Lambda API, `Filter`. */
const MAX_FILTER = 4096

/**
 * Lambda filters Kafka records by value, and by key if a schema registry decodes it.
 * Source: AWS Lambda Developer Guide, "Filtering events from Amazon MSK and self-managed Apache Kafka event sources"; AWS
 * Lambda API, `KafkaSchemaValidationConfig`.
 */
function filterFaults({ filters = [], filtersKmsKey, schemaRegistry }: Connector['source']): Fault[] {
  const known = schemaRegistry?.validate.includes('KEY') ? ['value', 'key'] : ['value']
  const long = filters.map(filter => JSON.stringify(filter).length).find(length => length > MAX_FILTER)
  const isEmpty = filters.some(filter => fieldsOf(filter).length === 0)
  const others = filters.flatMap(fieldsOf).filter(field => !known.includes(field))
  const refused = filters.map(refusalOf).find(reason => reason !== undefined)
  return [
    ...when(
      filtersKmsKey && filters.length === 0,
      'source.filtersKmsKey',
      'expected filters as well, which it encrypts',
    ),
    ...when(long, 'source.filters', `one of them has ${long} characters as JSON; AWS allows ${MAX_FILTER}`),
    ...when(isEmpty, 'source.filters', 'expected something in each filter, got {}'),
    ...when(!isEmpty && refused, 'source.filters', `AWS refuses a pattern: ${refused}`),
    ...when(
      others.length > 0,
      'source.filters',
      `expected patterns for ${known.join(' and ')}, got one for ${others[0]}: Lambda filters Kafka records by nothing else`,
    ),
  ]
}

/** Why AWS refuses a pattern; undefined if it doesn't. */
function refusalOf(filter: object): string | undefined {
  try {
    compilePattern(JSON.stringify(filter))
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

/** The fields that a filter examines, within alternatives too. */
function fieldsOf(filter: object): string[] {
  return Object.entries(filter).flatMap(([name, pattern]) =>
    name === '$or' && Array.isArray(pattern) ? pattern.flatMap(fieldsOf) : [name],
  )
}

/** KMS keys that no permission can name. Each key's own check refuses aliases, except for objects: other stores may have them. */
function encryptionFaults(connector: Connector): Fault[] {
  const { source, declaration, kind } = connector
  const { deadLetter } = declaration
  const [read, written] = isReversed(connector) ? ['to', 'source'] : ['source', 'to']
  const sseKmsKeyId = kind === 'dump' && writesAsRole(connector) ? connector.declaration.to.sseKmsKeyId : undefined
  const keys = {
    [`${read}.auth.kmsKey`]: source.auth?.kmsKey,
    [`${written}.auth.kmsKey`]: kind === 'replicate' ? connector.to.auth?.kmsKey : undefined,
    'source.filtersKmsKey': source.filtersKmsKey,
    'deadLetter.kmsKey': deadLetter?.kind === 'topic' ? undefined : deadLetter?.kmsKey,
    'to.sseKmsKeyId': sseKmsKeyId,
  }
  const isAlias = typeof sseKmsKeyId === 'string' && /(^|:)alias\//.test(sseKmsKeyId)
  return [
    ...when(isAlias, 'to.sseKmsKeyId', `expected ${KMS_KEY_EXPECTED}, got ${shown(sseKmsKeyId)}`),
    ...Object.entries(keys).flatMap(([path, key]) =>
      when(
        isIntrinsic(key) && 'Ref' in key,
        path,
        'expected !GetAtt <key>.Arn, as !Ref returns a key’s id; for a parameter that holds an ARN, use !Sub',
      ),
    ),
  ]
}

function pollingFaults(connector: Connector): Fault[] {
  const { concurrency, retries } = connector.declaration
  const { minimumPollers = 1, maximumPollers = 1 } = concurrency ?? {}
  const provisioned = 'expected concurrency as well: this needs provisioned pollers'
  const endless = `expected -1 or nothing: the policy ${failurePolicyName(connector)} never gives up a record`
  const { limitsRetries } = failurePolicyOf(connector)
  const isLimited = (limit: number | undefined) => !limitsRetries && (limit ?? -1) !== -1
  return [
    ...when(
      minimumPollers > maximumPollers,
      'concurrency.minimumPollers',
      `expected at most maximumPollers, ${maximumPollers}`,
    ),
    ...when(retries && !concurrency, 'retries', provisioned),
    ...when(connector.source.schemaRegistry && !concurrency, 'source.schemaRegistry', provisioned),
    ...when(isLimited(retries?.attempts), 'retries.attempts', endless),
    ...when(isLimited(retries?.maximumRecordAgeSeconds), 'retries.maximumRecordAgeSeconds', endless),
  ]
}

/** The most tags of a function or a mapping. Source: AWS, "Tag naming limits and requirements". */
const MAX_TAGS = 50

/** A pattern's mappings also carry `service` and the tags of `reconcile`. */
function tagFaults({ declaration, source }: Connector): Fault[] {
  const count = Object.keys(declaration.tags ?? {}).length
  const most = MAX_TAGS - 1 - (source.pattern === undefined ? 0 : 1 + OWN_TAGS)
  return when(count > most, 'tags', `expected at most ${most}, got ${count}: AWS allows ${MAX_TAGS}, including our own`)
}

/** Bucket names that AWS reserves. Source: Amazon S3, "General purpose bucket naming rules". */
const RESERVED_BUCKET =
  /\.\.|^\d+\.\d+\.\d+\.\d+$|^(xn--|sthree-|amzn-s3-demo-)|(-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$/

function bucketFaults({ declaration: { to } }: DumpConnector): Fault[] {
  const { bucket, createBucket, retentionDays, endpoint } = to
  const isArn = typeof bucket === 'string' && bucket.startsWith('arn:')
  return [
    ...when(bucket === undefined && !createBucket, 'to.bucket', 'expected a bucket, or createBucket: true'),
    ...when(
      typeof bucket === 'string' && !isArn && RESERVED_BUCKET.test(bucket),
      'to.bucket',
      `expected a bucket name that AWS allows, got ${bucket}`,
    ),
    ...when(createBucket && isArn, 'to.bucket', 'expected a name for the new bucket, not an ARN'),
    ...when(
      createBucket && endpoint,
      'to.createBucket',
      'expected nothing, as to.endpoint is another store: create the bucket there',
    ),
    ...when(
      retentionDays && !createBucket,
      'to.retentionDays',
      'expected createBucket as well; for an existing bucket, use npm run retention',
    ),
  ]
}

function targetFaults(connector: ReplicateConnector): Fault[] {
  const { source, to, declaration, reversed } = connector
  const at = reversed ? 'source' : 'to'
  const common = commonBroker(source, to)
  const both = declaration.direction === 'both'
  return [
    ...when(common, `${at}.bootstrapServers`, `expected another cluster than the source, got ${common} in both`),
    ...when(isSameMsk(source, to), `${at}.msk`, 'expected another cluster than the source, got the same'),
    ...when(
      both && source.consumerGroup,
      'source.consumerGroup',
      'expected one direction, as AWS requires a different group for each mapping: declare one connector per direction',
    ),
    ...when(both && to.topicMapping, 'to.topicMapping', 'expected one direction: declare one connector per direction'),
    ...when(both && to.targetTopic, 'to.targetTopic', 'expected one direction: declare one connector per direction'),
    ...unreplicatedFaults(connector),
  ]
}
