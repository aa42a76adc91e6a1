/** A parameter of a system that has no file of settings, and what it is here, both in Markdown. */
export type DocumentedParameter = readonly [there: string, here: string]

/**
 * Systems that are set up in a console, so that `init` has nothing to read. Sources: Open Telekom Cloud, Distributed Message Service for
 * Kafka, User Guide, "Smart Connect"; Alibaba Cloud, ApsaraMQ for Kafka, "Create an OSS sink connector"; Tencent Cloud, Serverless Cloud
 * Function, "CKafka dump".
 */
export const documented = {
  smartConnectDump: [
    [
      'Task name, 4 to 64 characters; 18 tasks at most; fixed after creation',
      "the connector's name, 1 to 64 lower-case letters, digits and hyphens. As many as a stack holds. A change is a deployment, which continues at the committed offsets; see [what can't be changed in place](connectors.md#what-cant-be-changed-in-place)",
    ],
    ['Start immediately, or enable later', '`enabled`'],
    [
      'Topics: regular expression, or up to 20 names',
      '`source.pattern`, or `source.topics` with as many names as a stack holds',
    ],
    ['Offset: minimum or maximum', '`source.startFrom`: `earliest` or `latest`, or a time'],
    [
      'Dumping period, by default 300 s; no file without data',
      '`batch.windowSeconds`, up to 300; an object is never empty. Longer periods: `to.rotate.rotateScheduleIntervalMs`, up to a day',
    ],
    [
      'AK, SK',
      '`to.accessKeyId`, `to.secretAccessKey`; `S3_ACCESS_KEY_ID`, `S3_SECRET_ACCESS_KEY`, each also as [a reference to a secret](variables.md#secrets)',
    ],
    [
      'Dumping address: existing bucket, or a new one',
      '`to.bucket`, `to.endpoint` ([OBS](stores.md)), `to.createBucket`',
    ],
    ['Dumping directory, levels by `/`', '`to.prefix`, `OBJECT_PREFIX`'],
    [
      'Time directory format, year/month/day/hour/minute',
      '`to.partitioner: time` with `to.pathFormat: yyyy/MM/dd/HH/mm` and `to.timezone`; `OBJECT_PARTITIONER`, `PATH_FORMAT`, `TIMEZONE`',
    ],
    ['Record separator', '`to.format: raw` (or `jsonl`) with `to.recordSeparator`; `FORMAT`, `RECORD_SEPARATOR`'],
    [
      'Use storage key',
      "`to.includeKey` with the format `raw`; the other formats always have the key. A key is never part of a file's name",
    ],
  ],
  alibaba: [
    ['Connector name, 1 to 48 of digits, lower-case letters and hyphens, not leading', 'the same, up to 64'],
    ['Source topic', '`source.topics`'],
    ['Consumer offset: latest or earliest', '`source.startFrom`'],
    ['Consumer thread concurrency, 6 or 12', '`concurrency.minimumPollers`, `concurrency.maximumPollers`: any number'],
    ['Bucket', '`to.bucket`, `to.endpoint` ([OSS](stores.md))'],
    [
      'AccessKey, given to the function as environment variables and stored nowhere else',
      'the same: `S3_ACCESS_KEY_ID`, `S3_SECRET_ACCESS_KEY`; or a reference to a secret',
    ],
    ['VPC, vSwitch', '`source.vpc.subnets`, `source.vpc.securityGroups`'],
    [
      'Failure handling: `log` (keep the subscription) or `fail` (stop at the partition)',
      '`failurePolicy`, `FAILURE_POLICY`: the same words; by default `log` for a dump, `fail` for a replication',
    ],
    ['Consumer group, created or given', '`source.consumerGroup`'],
    [
      'Task offset, configuration and status topics',
      'not needed: the consumer group, the declaration and CloudFormation hold them',
    ],
    [
      'Dead-letter queue topic, abnormal data topic; may be one',
      '`deadLetter`, `abnormalDataTopic`; `DEAD_LETTER_TOPIC`, `ABNORMAL_DATA_TOPIC`; may be one',
    ],
    [
      'Create resources automatically or manually',
      'the deployment creates functions, roles and mappings; the first failed record creates its topic, if the login may',
    ],
    ['Deploy; pause and resume', '`serverless deploy`; `enabled: false`, and back'],
    [
      'Send a test message, see the object',
      '[`serverless connectors test`](operate.md#commands), on the platform and, with `--local`, on a laptop',
    ],
    ['Logs with error codes', 'log lines with `errorCode`; [the codes](failures.md#error-codes)'],
    [
      'An object: JSON array with `key`, `offset`, `overflowFlag`, `partition`, `timestamp`, `topic`, `value`, `valueSize`',
      '`to.format: json`; `to.maxInlineValueBytes` adds `overflowFlag`, `valueSize` and, unlike theirs, the object that holds the value; `to.includeValueSize`',
    ],
  ],
  smartConnectReplicate: [
    [
      'Current and peer Kafka alias, 1 to 20 characters',
      '`source.alias`, `to.alias`; `SOURCE_ALIAS`, `TARGET_ALIAS`: the same rule',
    ],
    ['Peer by address', '`to.bootstrapServers`; `TARGET_KAFKA_BROKERS`'],
    [
      'SASL_SSL, SASL_PLAINTEXT, PLAINTEXT',
      '`source.securityProtocol`, `to.securityProtocol`; `SOURCE_KAFKA_SECURITY_PROTOCOL`, `TARGET_KAFKA_SECURITY_PROTOCOL`; also SSL',
    ],
    ['SCRAM-SHA-512, PLAIN', '`to.auth.scram512`, `to.auth.plain`; also `scram256`, `mtls`, `iam`'],
    ['A changed password breaks the task', 'a changed secret is picked up'],
    ['Sync direction: pull, push, both', '`direction`'],
    [
      'Topics: regular expression, or up to 20 names; names that end in `internal` are left out',
      '`source.pattern` or `source.topics`; the same names are left out',
    ],
    ['Tasks, by default 2, doubled for both', '`concurrency.minimumPollers`'],
    ['Rename topics, by the alias', '`to.policy: default`; `REPLICATION_POLICY`'],
    [
      'Topic mapping, up to 20, not with renaming',
      '`to.topicMapping`, without a limit; `TOPIC_MAPPING`. Also not with renaming',
    ],
    ['Add source header, on for both', '`to.addSourceHeader`, on for `direction: both`; `ADD_SOURCE_HEADER`'],
    [
      'Sync consumer offset, each minute',
      '`syncOffsets.syncConsumerOffsets`; `SYNC_CONSUMER_OFFSETS` of the function `sync-offsets`',
    ],
    ['`mm2-offset-syncs.<alias>.internal`, `<alias>.checkpoints.internal`', 'the same topics in the same formats'],
    ['Replicas of created topics', '`to.replicas`; `REPLICAS`'],
    ['Start offset', '`source.startFrom`'],
    ['Compression: none, gzip, snappy, lz4, zstd', '`to.compression`; `COMPRESSION_TYPE`: the same'],
    ['Check: "Connectivity check passed."', 'the function [`check`](operate.md#check)'],
  ],
  tencentTemplate: [
    ['PLAINTEXT; SASL_PLAINTEXT with PLAIN', '`TARGET_KAFKA_SECURITY_PROTOCOL`, `TARGET_KAFKA_SASL_MECHANISM`'],
    ['User `instanceId#username`', '`TARGET_KAFKA_USERNAME`, as it is'],
    [
      'Dump instance and topic, starting position',
      "the trigger's `name`, `topic`, `offset` in `deploy/tencent/serverless.yml`",
    ],
    ['Not started until enabled', "the trigger's `enable`"],
    ['Dumps `offset` and `msgBody`', 'key and value; the trigger leaves out timestamp and headers'],
    ['Messages per trigger, retry policy', "the trigger's `maxMsgNum`, `retry`"],
    [
      'Another region or a self-built cluster, by environment and network settings',
      "any target that can be reached from the function's network",
    ],
    ['Dump logs', 'log lines with `errorCode`'],
  ],
} as const satisfies Record<string, readonly DocumentedParameter[]>
