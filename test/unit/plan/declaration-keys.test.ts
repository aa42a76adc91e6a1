import * as z from 'zod'
import { declarationSchemas } from '../../../lib/connectors/declaration/declaration.ts'
import { describedKey } from '../../../lib/connectors/declaration/key.ts'
import { isPending } from '../../../lib/plan/change.ts'
import { changesOf, planOf } from '../../../lib/plan/plan.ts'
import type { DeployedTemplate } from '../../../lib/stack/stack.ts'
import { compiledTemplate, templateOf } from '../../support/compiled-template.ts'
import { dump, MSK, read, replicate, SECRET } from '../../support/connectors.ts'

type Declaration = Record<string, unknown>

const KEY = 'arn:aws:kms:eu-central-1:123456789012:key/1'
const QUEUE = 'arn:aws:sqs:eu-central-1:123456789012:failed'
const brokers = { msk: undefined, bootstrapServers: ['a:9096'], auth: { scram512: SECRET } }
const open = { ...brokers, auth: undefined }
const vpc = { subnets: ['subnet-1'], securityGroups: ['sg-1'] }
const concurrency = { maximumPollers: 5 }

/** Declarations that between them accept every key. */
const bases: Record<string, Declaration[]> = {
  dump: [
    dump({ source: { ...open, vpc } }),
    dump({ source: { ...brokers, topics: undefined, pattern: 'a.*' } }),
    dump({ source: { ...brokers, vpc }, restore: { bootstrapServers: ['b:9096'], vpc } }),
    dump({ source: { ...brokers, vpc }, restore: { msk: MSK, bootstrapServers: ['b:9096'], auth: { iam: true } } }),
    dump({ source: brokers, recordTopics: true, recordConsumerOffsets: true }),
    dump({ to: { proxyUser: 'me', proxyPassword: 'secret', proxyUrl: 'http://proxy:1' } }),
    dump({ to: { accessKeyId: 'a', secretAccessKey: 'b', sessionToken: 'c' } }),
    dump({ to: { rotate: { flushSize: 10 }, keepLatest: true } }),
    dump({ to: { rotate: { rotateScheduleIntervalMs: 3_600_000 } } }),
    dump({ to: { partitioner: 'time', pathFormat: 'yyyy' } }),
    dump({ to: { sse: 'aws:kms' } }),
    dump({ to: { createBucket: true } }),
    dump({ source: { ...brokers, vpc }, concurrency, retries: { attempts: 3 }, deadLetter: QUEUE }),
    dump({ to: { rotate: { flushSize: 10 } } }),
    dump({ to: { format: 'jsonl', table: { database: 'lake' } } }),
    dump({ source: { ...brokers, vpc }, restore: { bootstrapServers: ['b:9096'], auth: { scram512: SECRET }, vpc } }),
    dump({ source: { filters: [{ value: { a: [1] } }] } }),
    dump({ to: { valueFormat: 'avro', schemaRegistryUrl: 'https://registry' } }),
    dump({
      to: {
        valueFormat: 'avro',
        schemaRegistryUrl: 'https://r',
        schemaRegistryUsername: 'a',
        schemaRegistryPassword: 'b',
      },
    }),
    dump({ to: { partitioner: 'field', partitionField: '/a' } }),
    dump({ to: { format: 'raw' } }),
    dump({ to: { format: 'parquet' } }),
    dump({
      concurrency,
      source: { schemaRegistry: { uri: 'https://registry', validate: ['VALUE'] } },
    }),
  ],
  replicate: [
    replicate({ source: { auth: undefined, vpc }, to: { auth: undefined, vpc } }),
    replicate({ source: { topics: undefined, pattern: 'a.*' } }),
    replicate({ to: { msk: MSK, auth: { iam: true } } }),
    replicate({ to: { vpc } }),
    replicate({ failurePolicy: 'log', concurrency, retries: { bisect: true } }),
    replicate({ to: { msk: MSK } }),
    replicate(),
    replicate({
      source: { vpc },
      to: { vpc, offsetSyncsLocation: 'target' },
      concurrency,
      retries: { bisect: true },
      syncOffsets: {},
      syncTopics: {},
    }),
    replicate({ source: { filters: [{ value: { a: [1] } }] } }),
    replicate({ source: { msk: MSK, auth: { iam: true } } }),
    replicate({
      concurrency,
      source: { schemaRegistry: { uri: 'https://registry', validate: ['VALUE'] } },
    }),
  ],
}

/** A value for keys whose description says none that can be taken as it is. */
const samples: Record<string, unknown> = {
  'source.msk': MSK.replace('demo', 'other'),
  'source.filters': [{ value: { b: [2] } }],
  'source.bootstrapServers': ['other:9096'],
  'source.vpc.subnets': ['subnet-2'],
  'source.vpc.securityGroups': ['sg-2'],
  'source.schemaRegistry.format': 'SOURCE',
  'source.schemaRegistry.validate': ['KEY'],
  'to.vpc.subnets': ['subnet-2'],
  'to.vpc.securityGroups': ['sg-2'],
  'to.bootstrapServers': ['other:9096'],
  'to.msk': MSK.replace('demo', 'other'),
  'restore.bootstrapServers': ['other:9096'],
  'restore.vpc.subnets': ['subnet-2'],
  'restore.vpc.securityGroups': ['sg-2'],
  logRetentionDays: 30,
  'alarms.notify': ['arn:aws:sns:eu-central-1:123456789012:oncall'],
  'batch.windowSeconds': 7,
  'retries.attempts': 5,
  'retries.maximumRecordAgeSeconds': 100,
  failureTopicCleanupPolicy: 'compact',
  'to.accessKeyId': { secret: `${SECRET}#id` },
  'to.secretAccessKey': { secret: `${SECRET}#key` },
  'to.sessionToken': { secret: `${SECRET}#token` },
  'to.proxyUser': 'you',
  'to.proxyPassword': { secret: `${SECRET}#password` },
  'to.sse': 'AES256',
  'to.sseKmsKeyId': KEY,
  'to.sseCustomerKey': Buffer.alloc(32).toString('base64'),
  'to.storageClass': 'GLACIER_IR',
  'to.schemaRegistryUsername': 'you',
  'to.schemaRegistryPassword': { secret: `${SECRET}#password` },
  'to.schemaRegistryCa': { secret: `${SECRET}#ca` },
  'to.schemaRegistryCert': { secret: `${SECRET}#cert` },
  'to.schemaRegistryKey': { secret: `${SECRET}#key` },
  'to.pathFormat': 'yyyy/MM',
  'to.timezone': 'Europe/Berlin',
  'to.partitionField': '/b',
  'to.partitionBy': '/a,/b',
  'to.keyTemplate': '{topic}/{path}/{topic}-{partition}-{offsets}',
  'to.tombstones': 'drop',
  'to.rotate.timezone': 'Europe/Berlin',
  'to.table.name': 'another',
  'to.separator': '-',
  'restore.msk': MSK.replace('demo', 'other'),
  'restore.separator': '-',
  recordTopics: false,
  recordConsumerOffsets: false,
}

/** Values that a key may take, from what it says that it expects. */
function candidates(path: string, expected: string): unknown[] {
  if (path in samples) return [samples[path]]
  const [, choices] = /^(?:.*: )?one of ([\w., -]+?)(?:, or .*| \(.*|;.*)?$/.exec(expected) ?? []
  const [, least] = /from (-?\d+)/.exec(expected) ?? []
  return [
    ...(choices?.split(/, (?:or )?/) ?? []),
    ...(/true or false/.test(expected) ? [true, false] : []),
    ...(least === undefined ? [] : [Number(least) + 1, Number(least) + 1000, 100_000_000]),
    ...(/secret in Secrets/.test(expected) ? [`${SECRET}2`] : []),
    ...(/KMS/.test(expected) ? [KEY] : []),
    ...['abc', 'a.*', ['abc'], 'https://example.com', { a: 'b' }],
  ]
}

interface Key {
  path: string[]
  expected: string
  schema: z.ZodType
}

function keysOf(schema: z.ZodType, path: string[] = []): Key[] {
  const described = describedKey(schema)
  if (described) return [{ path, expected: described.expected, schema: described.schema }]
  const inner = schema instanceof z.ZodOptional ? schema.unwrap() : schema
  if (!(inner instanceof z.ZodObject)) return []
  return Object.entries(inner.shape).flatMap(([name, part]) => keysOf(part as z.ZodType, [...path, name]))
}

function withValue(declaration: Declaration, [name = '', ...path]: string[], value: unknown): Declaration {
  const inner = (declaration[name] ?? {}) as Declaration
  return { ...declaration, [name]: path.length === 0 ? value : withValue(inner, path, value) }
}

const templates = new Map<Declaration, DeployedTemplate>()
const code = { deployed: new Map<string, string>(), declared: new Map<string, string>() }
const live = new Map([['flow', [{ topic: 'orders', state: 'Enabled', isDisabledByReconcile: false, properties: {} }]]])

/** How many lines the plan has when a declaration becomes another one; undefined when that is wrong. */
function countLines(before: Declaration, after: Declaration): number | undefined {
  const connectors = ifRight(() => read({ flow: after }))
  if (!connectors) return undefined
  const deployed = templates.get(before) ?? compiledTemplate({ flow: before })
  templates.set(before, deployed)
  const plan = planOf({ connectors, declared: templateOf(connectors), deployed, live, code })
  return changesOf(plan).filter(change => isPending(change) && change.what !== 'dashboard').length
}

function ifRight<T>(run: () => T): T | undefined {
  try {
    return run()
  } catch {
    return undefined
  }
}

function isSaid(kind: string, { path, expected, schema }: Key): boolean {
  const values = candidates(path.join('.'), expected).filter(value => schema.safeParse(value).success)
  return (bases[kind] ?? []).some(base =>
    values.some(value => (countLines(base, withValue(base, path, value)) ?? 0) > 0),
  )
}

test.each(Object.keys(declarationSchemas))('a change of any key of a %s has a line in the plan', kind => {
  const keys = keysOf(declarationSchemas[kind as 'dump'])
  const silent = keys.filter(key => !isSaid(kind, key)).map(({ path, expected }) => `${path.join('.')}: ${expected}`)
  expect(silent).toEqual([])
})
