/** What `init` takes on its command line. Each value is a text; a switch is true. */
export const flags = {
  from: {
    value: 'file',
    usage: 'read the settings of another system: Kafka Connect’s JSON or properties, MirrorMaker 2, .env',
  },
  type: { value: 'dump|replicate', usage: 'what the connector does' },
  name: { value: 'name', usage: 'the connector’s name' },
  service: { value: 'name', usage: 'the service’s name; the folder’s if not given' },
  region: { value: 'region', usage: 'where the service is deployed; AWS_REGION, else eu-central-1, if not given' },
  msk: { value: 'arn', usage: 'the cluster that is read: Amazon MSK' },
  brokers: { value: 'list', usage: 'the cluster that is read: brokers as host:port, separated by commas' },
  login: { value: 'way', usage: 'iam, scram512, scram256, plain, mtls or none' },
  'login-secret': { value: 'arn', usage: 'secret of the login, in Secrets Manager; not for iam and none' },
  'ca-secret': { value: 'arn', usage: 'secret with the certificate of a private authority' },
  subnets: { value: 'list', usage: 'subnets from which the brokers are reached; needed without a login' },
  'security-groups': { value: 'list', usage: 'security groups that the brokers admit; needed without a login' },
  topics: { value: 'list', usage: 'topics, separated by commas' },
  pattern: { value: 'regex', usage: 'topics by a regular expression, instead of --topics' },
  'start-from': { value: 'position', usage: 'earliest, latest or a time; earliest if not given' },
  bucket: { value: 'name', usage: 'the bucket of a dump' },
  'create-bucket': { usage: 'make the bucket with the deployment' },
  prefix: { value: 'folder', usage: 'folder in the bucket' },
  endpoint: { value: 'url', usage: 'a store other than AWS' },
  format: { value: 'format', usage: 'json, jsonl, raw, avro or parquet; json if not given' },
  compression: { value: 'name', usage: 'none, gzip or zstd' },
  partitioner: { value: 'name', usage: 'folders: default, daily or hourly' },
  rotate: {
    value: 'megabytes',
    usage: 'objects of this size, closed each hour; an object for each batch if not given',
  },
  alias: { value: 'name', usage: 'a short name of the cluster that is read, for a replication' },
  'target-alias': { value: 'name', usage: 'a short name of the cluster that is written' },
  'target-brokers': { value: 'list', usage: 'brokers of the cluster that is written' },
  'target-msk': { value: 'arn', usage: 'its ARN, if it is Amazon MSK' },
  'target-login': { value: 'way', usage: 'as --login' },
  'target-login-secret': { value: 'arn', usage: 'as --login-secret' },
  'target-ca-secret': { value: 'arn', usage: 'as --ca-secret' },
  policy: { value: 'name', usage: 'default: topics get the alias before their names; identity: they keep them' },
  force: { usage: 'replace files that are there' },
  yes: { usage: 'ask nothing: what is not given has its default' },
} as const satisfies Record<string, { value?: string; usage: string }>

export type Flag = keyof typeof flags

/** What was given, or answered. */
export type Answers = Partial<Record<Flag, string | true>>

/** The flags that say something with --from; all others are in the file. */
export const flagsWithFrom: readonly Flag[] = [
  ...(['from', 'service', 'region', 'msk', 'brokers', 'login', 'login-secret', 'ca-secret'] as const),
  ...(['subnets', 'security-groups', 'force', 'yes'] as const),
]
