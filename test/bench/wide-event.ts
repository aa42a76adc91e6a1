import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startKafka } from '../../local/kafka-broker.ts'
import { terminal } from '../../local/progress.ts'
import { functionCommand } from './function-bundle.ts'

const { values } = parseArgs({
  options: {
    topics: { type: 'string', default: '100' },
    partitions: { type: 'string', default: '100' },
    latency: { type: 'string', default: '0' },
    only: { type: 'string', default: '' },
  },
})
const rotated = { ROTATE_FLUSH_SIZE: '1000' }
const variants: Record<string, Record<string, string>> = {
  'dump json': { FORMAT: 'json' },
  'dump parquet': { FORMAT: 'parquet', COMPRESSION: 'zstd' },
  'dump json staged': { FORMAT: 'json', ...rotated },
  'dump parquet staged': { FORMAT: 'parquet', COMPRESSION: 'zstd', ...rotated },
  replicate: { SOURCE_ALIAS: 'source', TARGET_ALIAS: 'target', OFFSET_SYNCS_LOCATION: 'target' },
  'replicate eos': {
    SOURCE_ALIAS: 'source',
    TARGET_ALIAS: 'target2',
    OFFSET_SYNCS_LOCATION: 'target',
    EXACTLY_ONCE: 'true',
  },
}
const scratch = await mkdtemp(join(tmpdir(), 'bench-wide-'))
const [program = '', ...command] = await functionCommand('wide-function.ts', scratch)
let open = 0,
  most = 0
const keys = new Map<string, number>()
const store = createServer((request, response) => {
  request.resume().on('end', () =>
    setTimeout(() => {
      keys.set(request.url!, (keys.get(request.url!) ?? 0) + 1)
      response.writeHead(200, { etag: '"e"', 'content-length': 0 }).end()
    }, Number(values.latency)),
  )
}).on('connection', socket => {
  most = Math.max(most, ++open)
  socket.on('close', () => open--)
})
await new Promise<void>(r => store.listen(0, '127.0.0.1', r))
const endpoint = `http://127.0.0.1:${(store.address() as any).port}`
let kafka: any
try {
  for (const [name, environment] of Object.entries(variants)) {
    if (!name.startsWith(values.only)) continue
    const [fn = ''] = name.split(' ')
    if (fn === 'replicate') kafka ??= await startKafka({ progress: terminal, heapMb: 1024 })
    keys.clear()
    most = 0
    const child = spawn(
      program,
      ['--expose-gc', ...command, '--function', fn, '--topics', values.topics, '--partitions', values.partitions],
      {
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
        env: {
          ...process.env,
          AWS_LAMBDA_FUNCTION_NAME: fn,
          AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
          S3_BUCKET: 'bench',
          S3_REGION: 'us-east-1',
          S3_ENDPOINT: endpoint,
          S3_FORCE_PATH_STYLE: 'true',
          S3_ACCESS_KEY_ID: 'id',
          S3_SECRET_ACCESS_KEY: 's',
          TARGET_KAFKA_BROKERS: kafka?.brokers ?? 'x:1',
          ...environment,
        },
      },
    )
    let result: any
    child.on('message', m => {
      result = m
    })
    const [code] = await once(child, 'close')
    console.log(
      name,
      code,
      JSON.stringify({ ...result, most, objects: keys.size, puts: [...keys.values()].reduce((a, b) => a + b, 0) }),
    )
  }
} finally {
  store.close()
  store.closeAllConnections()
  await kafka?.stop()
  await rm(scratch, { recursive: true })
}
