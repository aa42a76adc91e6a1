import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { readDumpSettings } from '../../lib/config/dump.ts'
import type { StoredObject } from '../../lib/s3/store.ts'
import { openBucket } from '../../local/bucket.ts'
import { terminal } from '../../local/progress.ts'
import { type S3Proxy, startS3Proxy } from '../../local/s3-proxy.ts'
import { functionCommand } from './function-bundle.ts'
import { round } from './measure.ts'
import { MemoryServer } from './memory-store.ts'
import { stage } from './staged-objects.ts'

/**
 * Staged objects of 0.4 MB into objects of 128 MB, and beside it the floor: the same bytes copied through the same client. Each
 * in a process of its own, bundled as functions are. Whether the work grows as the objects do shows in the rows of different
 * numbers of objects. The store is S3Proxy, where the largest takes 9 GB of disk until the end, or a server in this process's
 * memory, which takes as much of it and hardly any time.
 *
 * `npm run bench:compact -- [--objects 2500,5000,10000] [--bytes 400000] [--paths 1] [--target 134217728] [--format jsonl]
 * [--compression gzip] [--store s3proxy|memory] [--only floor]`
 */
const { values } = parseArgs({
  options: {
    objects: { type: 'string', default: '2500,5000,10000' },
    bytes: { type: 'string', default: '400000' },
    paths: { type: 'string', default: '1' },
    target: { type: 'string', default: String(128 * 1024 ** 2) },
    format: { type: 'string', default: 'jsonl' },
    compression: { type: 'string', default: 'gzip' },
    store: { type: 'string', default: 's3proxy' },
    only: { type: 'string', default: '' },
  },
})
const [BYTES, PATHS] = [Number(values.bytes), Number(values.paths)]
const [TOPIC, PREFIX] = ['bench', 'lake']

/** What a process says of itself. */
interface Usage {
  bytes: number
  seconds: number
  cpu: number
  requests: number
  peakMb: number
}

const folder = await mkdtemp(join(tmpdir(), 'kafka-functions-compact-'))
const command = await functionCommand('compacting-process.ts', folder)
const tasks = ['floor', 'compact'].filter(task => task.startsWith(values.only))
const memory = values.store === 'memory' ? new MemoryServer() : undefined
const s3 = memory ? undefined : await startS3Proxy({ progress: terminal })
const address = (await memory?.start()) ?? (s3 as S3Proxy).address
try {
  for (const objects of values.objects.split(',').map(Number)) await measure(objects)
} finally {
  memory?.stop()
  await Promise.all([s3?.stop(), rm(folder, { recursive: true })])
}

async function measure(objects: number) {
  const environment = {
    S3_BUCKET: `bench-${objects}`,
    S3_ENDPOINT: address.endpoint ?? '',
    S3_ACCESS_KEY_ID: address.credentials?.accessKeyId ?? '',
    S3_SECRET_ACCESS_KEY: address.credentials?.secretAccessKey ?? '',
    OBJECT_PREFIX: PREFIX,
    FORMAT: values.format,
    COMPRESSION: values.compression,
    ...(PATHS > 1 ? { OBJECT_PARTITIONER: 'field', PARTITION_FIELD: '/path', VALUE_FORMAT: 'json' } : {}),
  }
  const { store: settings, format } = readDumpSettings(environment)
  const store = await openBucket(settings)
  const staging = memory ? { put: async ({ key, body }: StoredObject) => memory.keep(key, body) } : store
  const staged = await stage(staging, PREFIX, format, {
    topic: TOPIC,
    partition: 0,
    objects,
    bytes: BYTES,
    paths: PATHS,
  })
  const rows: Record<string, object> = {}
  let floor: Usage | undefined
  for (const task of tasks) {
    const usage = await run(task, environment)
    floor ??= usage
    rows[task] = rowOf(usage, staged, floor)
    for await (const { key } of store.list(`${PREFIX}/floor/`)) await store.delete(key)
  }
  for await (const { key } of store.list('')) await store.delete(key)
  console.log(
    `\n${objects} staged objects, ${round(staged / 1e9)} GB, ${PATHS} path(s), ${values.format} ${values.compression}`,
  )
  console.table(rows)
}

async function run(task: string, environment: Record<string, string>): Promise<Usage> {
  const [node = '', ...options] = command
  const { stdout } = await promisify(execFile)(node, [...options, task, values.target], {
    env: { ...process.env, ...environment },
  })
  return JSON.parse(stdout)
}

function rowOf({ seconds, cpu, requests, peakMb }: Usage, staged: number, floor: Usage) {
  const gigabytes = staged / 1e9
  return {
    seconds: round(seconds),
    'MB/s': Math.round(staged / 1e6 / seconds),
    'CPU s/GB': round(cpu / gigabytes),
    '× floor': round(cpu / floor.cpu),
    'requests/GB': Math.round(requests / gigabytes),
    'peak MB': Math.round(peakMb),
  }
}
