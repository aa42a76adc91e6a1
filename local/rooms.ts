/** A folder of `lib`, or a single file, that holds one idea. */
interface Room {
  /** What it holds, for ARCHITECTURE.md. */
  holds: string
  /** The other rooms that its files may import, types included. */
  imports: string[]
}

/**
 * The rooms of the code, lowest first: a room imports only rooms above it in this list, so there can be no circle. A file
 * belongs to the longest path that it begins with. `test/unit/imports.test.ts` holds the code to this table, and
 * `npm run docs` writes it into ARCHITECTURE.md.
 */
export const rooms: Record<string, Room> = {
  lib: {
    holds:
      'what everything uses: `record`, `batch`, `error`, `retry`, `refused-records`, `partition-map`, `parse-json`, `point-in-time`, `pem`, `digest`, `record-digest`, `free-buffer`, `zstd-frames`, `node-version`',
    imports: [],
  },
  'lib/aws': { holds: 'requests signed with the function’s own AWS identity', imports: ['lib'] },
  'lib/secrets': {
    holds: 'references to secrets, reading them, and clients that continue with new secrets when the old are refused',
    imports: ['lib', 'lib/aws'],
  },
  'lib/observability': { holds: 'logger, metrics, traces', imports: ['lib'] },
  'lib/platforms': {
    holds: 'one folder per platform’s event: `matches`, `toBatches`, `toResponse`; how long an invocation may run',
    imports: ['lib'],
  },
  'lib/formats': { holds: 'records ↔ bytes: one file per format, and compression', imports: ['lib'] },
  'lib/objects': { holds: 'partitioners, and object keys rendered and parsed', imports: ['lib', 'lib/formats'] },
  'lib/s3': {
    holds: 'the object store: options, objects created once, uploads in parts, lifecycles',
    imports: ['lib', 'lib/secrets'],
  },
  'lib/staging': {
    holds: 'batches that wait for compaction: objects with a frame for each path, and what their names say',
    imports: ['lib', 'lib/formats', 'lib/objects'],
  },
  'lib/commits': {
    holds: 'the log of each topic-partition that says which staged batches are in which objects',
    imports: ['lib', 'lib/objects', 'lib/s3', 'lib/staging'],
  },
  'lib/compaction': {
    holds: 'staged batches → objects of the asked-for size; what is replaced, adopted, expired',
    imports: ['lib', 'lib/observability', 'lib/formats', 'lib/objects', 'lib/s3', 'lib/staging', 'lib/commits'],
  },
  'lib/schema-registry': {
    holds: 'schemas from a Confluent-compatible registry or AWS Glue',
    imports: ['lib', 'lib/aws', 'lib/secrets'],
  },
  'lib/delivery': {
    holds: 'the failure policies, abnormal data, dead letters, and what is said about failed records',
    imports: ['lib', 'lib/observability'],
  },
  'lib/values': {
    holds: 'values decoded before they go into an object: JSON, Avro, Protobuf, JSON Schema',
    imports: ['lib', 'lib/delivery', 'lib/formats', 'lib/schema-registry'],
  },
  'lib/dumped': {
    holds:
      'dumped records, read back in the order of their offsets; also those of other connectors, a file for each layout',
    imports: ['lib', 'lib/formats', 'lib/objects', 'lib/s3', 'lib/staging', 'lib/commits', 'lib/values'],
  },
  'lib/kafka': { holds: 'errors of the Kafka clients with our codes, and numbers of the protocol', imports: ['lib'] },
  'lib/kafka/client': {
    holds: 'cluster settings, clients that are kept open, logins (IAM among them), brokers of MSK',
    imports: ['lib', 'lib/aws', 'lib/kafka', 'lib/secrets'],
  },
  'lib/kafka/produce': {
    holds: 'producer, transactions, record batches, partitioners',
    imports: ['lib', 'lib/kafka', 'lib/kafka/client'],
  },
  'lib/kafka/admin': {
    holds: 'topics, ACLs, permissions, consumer groups’ offsets, topic ids',
    imports: ['lib', 'lib/kafka', 'lib/kafka/client', 'lib/secrets'],
  },
  'lib/kafka/read': {
    holds: 'the group consumer of local mappings, readers without a group',
    imports: ['lib', 'lib/kafka', 'lib/kafka/client', 'lib/kafka/admin'],
  },
  'lib/replication/naming': {
    holds: 'how topics are named on the target, and which ones are replicated',
    imports: [],
  },
  'lib/replication/offsets': {
    holds: 'offset syncs, offset maps, checkpoints, and MirrorMaker 2’s records',
    imports: [
      ...['lib', 'lib/observability', 'lib/kafka', 'lib/kafka/admin', 'lib/kafka/read'],
      'lib/replication/naming',
    ],
  },
  'lib/replication': {
    holds: 'records to another cluster at least once or exactly once; offsets and topics kept in step',
    imports: [
      ...['lib', 'lib/observability', 'lib/delivery', 'lib/kafka', 'lib/kafka/produce', 'lib/kafka/admin'],
      ...['lib/kafka/read', 'lib/replication/naming', 'lib/replication/offsets'],
    ],
  },
  'lib/snapshots': {
    holds: 'topic settings and positions of consumer groups, recorded beside a dump',
    imports: ['lib', 'lib/observability', 'lib/commits', 'lib/kafka/admin', 'lib/replication/naming'],
  },
  'lib/restore': {
    holds: 'dumped records back into a cluster, and consumer groups to where they were',
    imports: [
      ...[
        'lib',
        'lib/observability',
        'lib/s3',
        'lib/staging',
        'lib/commits',
        'lib/dumped',
        'lib/snapshots',
        'lib/delivery',
        'lib/kafka',
      ],
      ...['lib/kafka/client', 'lib/kafka/produce', 'lib/kafka/admin', 'lib/kafka/read', 'lib/replication'],
      ...['lib/replication/naming', 'lib/replication/offsets'],
    ],
  },
  'lib/lambda': { holds: 'event source mappings and functions of AWS Lambda', imports: ['lib', 'lib/aws'] },
  'lib/cloudwatch': { holds: 'logs and metrics of deployed functions', imports: [] },
  'lib/stack': { holds: 'the deployed stack of a service: its state, its template, its resources', imports: ['lib'] },
  'lib/sqs': { holds: 'queues, read without taking anything out of them', imports: ['lib'] },
  'lib/config': {
    holds: 'environment variables → settings; one error for everything that is wrong',
    imports: [
      ...['lib', 'lib/secrets', 'lib/observability', 'lib/formats', 'lib/objects', 'lib/s3', 'lib/staging'],
      ...[
        'lib/commits',
        'lib/compaction',
        'lib/schema-registry',
        'lib/delivery',
        'lib/values',
        'lib/kafka',
        'lib/kafka/client',
      ],
      ...[
        'lib/kafka/produce',
        'lib/replication/naming',
        'lib/replication/offsets',
        'lib/dumped',
        'lib/restore',
        'lib/lambda',
      ],
    ],
  },
  'lib/dump.ts': {
    holds: 'records of one topic-partition → objects',
    imports: [
      ...['lib', 'lib/observability', 'lib/delivery', 'lib/formats', 'lib/objects', 'lib/s3', 'lib/staging'],
      'lib/values',
    ],
  },
  'lib/verify': {
    holds: 'dumps and topics compared record by record',
    imports: ['lib', 'lib/kafka/read', 'lib/dumped'],
  },
  'lib/redrive': {
    holds: 'records that failed: where they are, and how they are done again, once',
    imports: [
      ...['lib', 'lib/observability', 'lib/platforms', 'lib/formats', 'lib/objects', 'lib/s3', 'lib/staging'],
      ...['lib/commits', 'lib/dumped', 'lib/delivery', 'lib/kafka', 'lib/kafka/read', 'lib/replication/naming'],
      ...['lib/replication/offsets', 'lib/replication', 'lib/dump.ts'],
    ],
  },
  'lib/event-handler.ts': {
    holds: 'the way of an event through a function: the handler of `dump`, `replicate`, and a write of one’s own',
    imports: ['lib', 'lib/observability', 'lib/platforms', 'lib/delivery'],
  },
  'lib/server': {
    holds: 'functions behind HTTP, for platforms that run containers; single-record requests become batches',
    imports: ['lib', 'lib/observability', 'lib/platforms'],
  },
  'lib/operate': {
    holds: 'looking after a connector: check, lag, test records, and mappings for the topics of a pattern',
    imports: [
      ...['lib', 'lib/observability', 'lib/objects', 'lib/s3', 'lib/staging', 'lib/kafka/client'],
      ...['lib/kafka/produce', 'lib/kafka/admin', 'lib/kafka/read', 'lib/replication/naming', 'lib/lambda'],
      'lib/config',
    ],
  },
  'lib/api': {
    holds: 'the typed API: handlers made of settings, formats and keys for people who write their own',
    imports: [
      ...['lib', 'lib/observability', 'lib/formats', 'lib/objects', 'lib/s3', 'lib/delivery', 'lib/values'],
      ...['lib/dumped', 'lib/kafka/produce', 'lib/kafka/admin', 'lib/kafka/read', 'lib/replication/naming'],
      ...['lib/replication/offsets', 'lib/replication', 'lib/config', 'lib/dump.ts', 'lib/event-handler.ts'],
    ],
  },
  'lib/index.ts': {
    holds: 'what the package exports to code',
    imports: ['lib', 'lib/formats', 'lib/objects', 'lib/delivery', 'lib/event-handler.ts', 'lib/api'],
  },
  'lib/health': {
    holds:
      'how a connector is: its state with the reason, lag, rates, ages, companions; a pure model, and what it is gathered from',
    imports: ['lib', 'lib/observability', 'lib/lambda', 'lib/cloudwatch', 'lib/operate'],
  },
  'lib/cost': {
    holds:
      'what a connector costs: prices of regions, what a rate uses in a month, and the requests that compaction makes',
    imports: ['lib/formats'],
  },
  'lib/bundles': { holds: 'the files of a bundle, made fewer and smaller for a cold start', imports: [] },
  'lib/bundling.ts': {
    holds: 'how functions are bundled, for Lambda and for `npm run bundle`',
    imports: ['lib/bundles'],
  },
  'lib/cloudformation': { holds: 'resources, logical ids and intrinsic functions of a template', imports: ['lib'] },
  'lib/event-patterns': { holds: 'the event patterns of AWS: compiled, and matched with JSON', imports: ['lib'] },
  'lib/offline/log.ts': { holds: 'the framework’s log', imports: [] },
  'lib/offline/mapping': {
    holds: 'event source mappings as they are declared, and as they run here',
    imports: ['lib/kafka/read', 'lib/lambda', 'lib/cloudformation', 'lib/event-patterns'],
  },
  'lib/offline/intake': {
    holds: 'which records of a local mapping reach its function, and in which form',
    imports: [
      ...['lib', 'lib/kafka/read', 'lib/schema-registry', 'lib/values', 'lib/event-patterns', 'lib/offline/mapping'],
    ],
  },
  'lib/offline/access': {
    holds: 'logins of local mappings, from the secrets that they name',
    imports: ['lib', 'lib/secrets', 'lib/kafka/client', 'lib/schema-registry', 'lib/offline/mapping'],
  },
  'lib/offline/destination': {
    holds: 'where batches go that a mapping gives up, and what is written there',
    imports: [
      ...['lib', 'lib/kafka/client', 'lib/kafka/produce', 'lib/kafka/read', 'lib/offline/mapping'],
      'lib/offline/intake',
    ],
  },
  'lib/offline/poller': {
    holds: 'polls a cluster, fills batches, invokes the function and commits',
    imports: [
      ...['lib', 'lib/kafka/client', 'lib/kafka/admin', 'lib/kafka/read'],
      ...['lib/offline/log.ts', 'lib/offline/mapping', 'lib/offline/intake', 'lib/offline/destination'],
    ],
  },
  'lib/offline/api': {
    holds: 'Lambda’s own API in front of the local mappings',
    imports: ['lib', 'lib/offline/mapping'],
  },
  'lib/offline': {
    holds: 'the Serverless plugin `serverless-offline-kafka`',
    imports: [
      ...['lib', 'lib/kafka/client', 'lib/schema-registry', 'lib/offline/log.ts', 'lib/offline/mapping'],
      ...['lib/offline/access', 'lib/offline/intake', 'lib/offline/poller', 'lib/offline/api'],
    ],
  },
  'lib/connectors/declaration': {
    holds: 'what can be declared: keys, their checks, and the variables that they become',
    imports: [...['lib/secrets', 'lib/delivery', 'lib/kafka/client', 'lib/config'], 'lib/cloudformation'],
  },
  'lib/migration': {
    holds: 'settings of other systems, and what becomes of each here: one table, for the documentation and for `init`',
    imports: ['lib/kafka/client', 'lib/replication/naming', 'lib/config', 'lib/objects', 'lib/connectors/declaration'],
  },
  'lib/connectors/resources': {
    holds: 'what a declaration becomes: functions, mappings, roles, buckets, alarms, a dashboard',
    imports: [
      ...[
        'lib/secrets',
        'lib/observability',
        'lib/delivery',
        'lib/kafka/client',
        'lib/replication/naming',
        'lib/lambda',
      ],
      ...['lib', 'lib/formats', 'lib/objects', 'lib/config', 'lib/operate', 'lib/cloudformation'],
      'lib/connectors/declaration',
    ],
  },
  'lib/connectors/checks': {
    holds: 'what is wrong with a declaration: rules across keys, and across connectors',
    imports: [
      ...['lib', 'lib/formats', 'lib/objects', 'lib/replication/naming', 'lib/lambda', 'lib/config'],
      ...['lib/event-patterns', 'lib/cloudformation', 'lib/connectors/declaration', 'lib/connectors/resources'],
    ],
  },
  'lib/plan': {
    holds: 'declared against deployed: what a deployment would make, change and leave, in the words of a declaration',
    imports: [
      ...['lib', 'lib/lambda', 'lib/stack', 'lib/cloudformation', 'lib/config', 'lib/connectors/declaration'],
      'lib/connectors/resources',
    ],
  },
  'lib/connectors/commands': {
    holds: '`serverless connectors …`: one file per command',
    imports: [
      ...['lib', 'lib/observability', 'lib/formats', 'lib/objects', 'lib/s3', 'lib/staging', 'lib/commits'],
      ...['lib/compaction', 'lib/dumped', 'lib/values', 'lib/kafka', 'lib/kafka/client', 'lib/kafka/produce'],
      ...['lib/kafka/admin', 'lib/kafka/read', 'lib/replication', 'lib/replication/naming', 'lib/replication/offsets'],
      ...['lib/dump.ts', 'lib/restore', 'lib/redrive', 'lib/verify', 'lib/lambda', 'lib/cloudwatch', 'lib/sqs'],
      ...['lib/config', 'lib/operate', 'lib/health', 'lib/cost'],
      ...['lib/connectors/declaration', 'lib/connectors/resources', 'lib/connectors/checks', 'lib/stack', 'lib/plan'],
    ],
  },
  'lib/console/api': {
    holds: 'what the console’s page asks, and what its server answers: types that both share',
    imports: ['lib/health', 'lib/config', 'lib/restore', 'lib/connectors/commands'],
  },
  'lib/console/page': {
    holds: 'the console’s page: what a browser loads, one module per screen',
    imports: ['lib/health', 'lib/connectors/commands', 'lib/console/api'],
  },
  'lib/console/replication': {
    holds: 'both clusters of a replication side by side, for the console',
    imports: [
      ...['lib', 'lib/observability', 'lib/kafka', 'lib/kafka/admin', 'lib/kafka/read', 'lib/replication/naming'],
      ...['lib/replication/offsets', 'lib/config', 'lib/connectors/declaration', 'lib/connectors/commands'],
      'lib/console/api',
    ],
  },
  'lib/console': {
    holds: 'the console’s server: who may ask, questions and acts, and the page’s files',
    imports: [
      ...['lib/formats', 'lib/s3', 'lib/commits', 'lib/compaction'],
      ...['lib/kafka/read', 'lib/values', 'lib/restore'],
      ...['lib', 'lib/lambda', 'lib/config', 'lib/connectors/declaration', 'lib/connectors/resources'],
      ...['lib/health', 'lib/connectors/commands', 'lib/console/api', 'lib/console/replication'],
      ...['lib/observability', 'lib/cloudwatch', 'lib/cost'],
    ],
  },
  'lib/connectors': {
    holds: 'the Serverless plugin that makes a service of declared connectors',
    imports: [
      ...['lib', 'lib/secrets', 'lib/kafka/client', 'lib/kafka/admin', 'lib/lambda', 'lib/config', 'lib/bundling.ts'],
      ...['lib/offline/log.ts', 'lib/offline', 'lib/connectors/declaration', 'lib/connectors/resources'],
      ...['lib/connectors/checks', 'lib/connectors/commands', 'lib', 'lib/stack', 'lib/plan', 'lib/console'],
    ],
  },
  'lib/cdk': {
    holds: 'the construct of the AWS CDK that gives a stack the resources of declared connectors',
    imports: [
      ...['lib', 'lib/operate', 'lib/bundling.ts', 'lib/cloudformation', 'lib/connectors/declaration'],
      ...['lib/connectors/resources', 'lib/connectors/checks', 'lib/connectors'],
    ],
  },
}

/** The rooms that may import each of these packages; nothing else in `lib` and `functions` does. */
export const clients: Record<string, string[]> = {
  kafkajs: ['lib/kafka/client', 'lib/kafka/read'],
  '@platformatic/kafka': ['lib/kafka/client', 'lib/kafka/produce', 'lib/kafka/admin', 'lib/kafka/read'],
  '@aws-sdk/client-kafka': ['lib/kafka/client'],
  '@aws-sdk/client-s3': ['lib/s3', 'lib/offline/destination'],
  '@aws-sdk/client-sns': ['lib/offline/destination'],
  '@aws-sdk/client-lambda': ['lib/lambda'],
  '@aws-sdk/client-cloudwatch': ['lib/cloudwatch'],
  '@aws-sdk/client-cloudwatch-logs': ['lib/cloudwatch'],
  '@aws-sdk/client-cloudformation': ['lib/stack'],
  '@aws-sdk/client-sqs': ['lib/sqs', 'lib/offline/destination'],
  '@aws-sdk/credential-provider-node': ['lib/aws'],
  'aws-cdk-lib': ['lib/cdk'],
  constructs: ['lib/cdk'],
  '@smithy/signature-v4': ['lib/aws'],
  hono: ['lib/console'],
  '@hono/node-server': ['lib/console'],
  preact: ['lib/console/page'],
  htm: ['lib/console/page'],
}
