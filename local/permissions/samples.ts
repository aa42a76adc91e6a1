import type { DeployedFunctionName } from '../../lib/connectors/resources/deployed-functions.ts'
import { ACCOUNT, REGION } from './granted.ts'

/** A declaration of a connector with which a function has permissions. Together they give each function all that it can have. */
export interface Sample {
  file: DeployedFunctionName
  /** @param name the topic, and with what the names of all else begin */
  declared(name: string): Record<string, unknown>
}

/** Two clusters of MSK, whose ARNs tell them apart in statements. */
export const clusters = {
  source: `arn:aws:kafka:${REGION}:${ACCOUNT}:cluster/source/6357e0b2-0e6a-4b86-a0b4-70df934c2e31-5`,
  target: `arn:aws:kafka:${REGION}:${ACCOUNT}:cluster/target/6357e0b2-0e6a-4b86-a0b4-70df934c2e31-6`,
} as const

export type ClusterRole = keyof typeof clusters

/** The key that encrypts objects and secrets. */
export const KMS_KEY = `arn:aws:kms:${REGION}:${ACCOUNT}:key/6357e0b2-0e6a-4b86-a0b4-70df934c2e31`

export const REGISTRY = `arn:aws:glue:${REGION}:${ACCOUNT}:registry/lake`

export const bucketOf = (name: string) => `${name}-lake`

/** A secret that the key encrypts. */
export const secretOf = (name: string) => `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:${name}-encrypted`

/** The names of a replication's clusters, in the names of its own topics. */
export function aliasesOf(name: string) {
  const id = name.slice(-8)
  return { source: `s-${id}`, target: `t-${id}` }
}

const on = (role: ClusterRole) => ({ msk: clusters[role], bootstrapServers: [`${role}:9098`], auth: { iam: true } })

const store = (name: string) => ({ bucket: bucketOf(name), prefix: 'lake' })

/** The options of a store that take permissions. */
const options = {
  acl: 'bucket-owner-full-control',
  tags: '{"team":"lake"}',
  sse: 'aws:kms',
  sseKmsKeyId: KMS_KEY,
}

const PART_SIZE = 5 * 1024 ** 2
const uncompressed = { compression: 'none', format: 'raw', partSize: PART_SIZE }

const dumped = (name: string, to: object = {}) => ({
  type: 'dump',
  source: { ...on('source'), topics: [name] },
  to: { ...store(name), ...to },
})

const rotated = (name: string) => dumped(name, { ...options, ...uncompressed, rotate: { flushSize: 2 } })
const recordedGroups = (name: string) => ({ recordConsumerOffsets: { groups: [`${name}-.*`] } })
const restored = (name: string) => ({ ...dumped(name, options), ...recordedGroups(name), restore: on('target') })

const replicated = (name: string, to: object = {}) => ({
  type: 'replicate',
  source: { ...on('source'), alias: aliasesOf(name).source, topics: [name] },
  to: { ...on('target'), alias: aliasesOf(name).target, ...to },
})

export const samples = {
  dump: {
    file: 'dump',
    declared: name => ({
      ...dumped(name, { ...options, ifNoneMatch: true, valueFormat: 'avro', schemaRegistryUrl: REGISTRY }),
      abnormalDataTopic: `${name}-failed`,
      failurePolicy: 'log',
    }),
  },
  'dump in parts': {
    file: 'dump',
    declared: name => ({ ...dumped(name, { ...options, ...uncompressed }), failurePolicy: 'fail' }),
  },
  'dump with secrets': {
    file: 'dump',
    declared: name => ({
      type: 'dump',
      source: {
        bootstrapServers: ['source:9096'],
        topics: [name],
        auth: { scram512: secretOf(name), kmsKey: KMS_KEY },
      },
      to: {
        ...store(name),
        endpoint: 'https://store.example.com',
        accessKeyId: 'id',
        secretAccessKey: { parameter: `/${name}/key` },
      },
      abnormalDataTopic: `${name}-failed`,
    }),
  },
  compact: { file: 'compact', declared: rotated },
  'record-cluster': {
    file: 'record-cluster',
    declared: name => ({ ...dumped(name, options), ...recordedGroups(name), recordTopics: true }),
  },
  restore: { file: 'restore', declared: restored },
  'check a dump': {
    file: 'check',
    declared: name => ({ ...rotated(name), source: { msk: clusters.source, auth: { iam: true }, topics: [name] } }),
  },
  'check topics for failed records': {
    file: 'check',
    declared: name => ({ ...dumped(name), abnormalDataTopic: `${name}-failed` }),
  },
  'check a replication': { file: 'check', declared: name => replicated(name) },
  reconcile: {
    file: 'reconcile',
    declared: name => ({
      type: 'dump',
      source: { msk: clusters.source, auth: { iam: true }, pattern: `${name}(-.*)?` },
      to: store(name),
    }),
  },
  replicate: {
    file: 'replicate',
    declared: name => ({ ...replicated(name), abnormalDataTopic: `${name}-failed` }),
  },
  'replicate exactly once': {
    file: 'replicate',
    declared: name => replicated(name, { exactlyOnce: true, offsetSyncsLocation: 'target' }),
  },
  'sync-offsets': {
    file: 'sync-offsets',
    declared: name => ({ ...replicated(name), syncOffsets: { syncConsumerOffsets: true, groups: `${name}-.*` } }),
  },
  'sync-topics': { file: 'sync-topics', declared: name => ({ ...replicated(name), syncTopics: { syncAcls: true } }) },
} satisfies Record<string, Sample>

export type SampleName = keyof typeof samples
