import { MemoryServer } from '../bench/memory-store.ts'
import { smallEvent } from '../bench/small-event.ts'
import { clusterEnvironment } from '../support/cluster-environment.ts'
import { FunctionProcess, functionFile } from '../support/function-process.ts'
import { resourcesOf } from '../support/process-resources.ts'
import { stack, uniqueName } from '../support/stack.ts'
import { readTopic } from '../support/topic-reader.ts'

/** As many topic-partitions as an event of Lambda can have: it has at most so many records. */
const WIDEST = { topics: 100, partitions: 100, records: 1 }
const WIDE = { ...WIDEST, topics: 10 }
/** Of an invocation; a busy machine takes minutes. */
const TIMEOUT_MS = 240_000

/**
 * What such an event may take beside what the process has when it has handled a small one, with room for a V8 that collects late
 * on a busy machine.
 */
const MOST_MB = 350

/** The young generation of a function with 1,024 MB; V8 takes more where it sees more memory. */
const MEMORY = { NODE_OPTIONS: '--max-semi-space-size=16' }

let store: MemoryServer
let running: FunctionProcess

afterEach(async () => {
  await running.stop()
  store?.stop()
})

async function startDump(environment: Record<string, string>): Promise<void> {
  // As far away as a store in the same region.
  store = new MemoryServer(20)
  const { endpoint = '' } = await store.start()
  const bucket = { S3_BUCKET: 'wide', S3_ENDPOINT: endpoint, S3_FORCE_PATH_STYLE: 'true' }
  const login = { S3_ACCESS_KEY_ID: 'id', S3_SECRET_ACCESS_KEY: 'secret' }
  running = new FunctionProcess(functionFile('dump'), {
    ...bucket,
    ...login,
    LOG_LEVEL: 'ERROR',
    ...MEMORY,
    ...environment,
  })
  await running.respond(JSON.parse(smallEvent({ topics: 1, partitions: 1, records: 1, offset: 1 })))
  store.objects.clear()
}

/** Handles an event. @returns how much more memory the process had in the meantime than before, in MB */
async function handle(size: typeof WIDE): Promise<number> {
  const { peakMb } = await resourcesOf(running.pid)
  await running.respond(JSON.parse(smallEvent({ ...size, offset: 2 })), TIMEOUT_MS)
  return (await resourcesOf(running.pid)).peakMb - peakMb
}

const parquet = { FORMAT: 'parquet', COMPRESSION: 'zstd' }

// With eight at a time, and a store 50 ms away, 10,000 of them took more than the time limit of an invocation.
test.each([
  ['json', WIDEST, {}],
  ['parquet', WIDE, parquet],
  ['parquet, staged', WIDE, { ...parquet, ROTATE_FLUSH_SIZE: '1000' }],
])(
  'dump, %s: every topic-partition of a wide event gets its object, over as many connections as the client has',
  async (_, size, environment) => {
    await startDump(environment)
    expect(await handle(size)).toBeLessThan(MOST_MB)
    const places = [...store.objects.keys()].map(key =>
      /(orders-\d+)\/(?:partition=)?(\d+)\//.exec(key)?.slice(1).join(),
    )
    expect(new Set(places).size).toBe(size.topics * size.partitions)
    expect(store.mostConnections).toBeLessThanOrEqual(50)
  },
)

test('replicate: every record of a wide event is on the target, over as many connections as it has brokers', async () => {
  const topic = uniqueName('wide')
  running = new FunctionProcess(functionFile('replicate'), {
    ...{
      AWS_LAMBDA_FUNCTION_NAME: 'replicate',
      LOG_LEVEL: 'ERROR',
      SOURCE_ALIAS: topic,
      TARGET_TOPIC: topic,
      ...MEMORY,
    },
    ...clusterEnvironment('TARGET', stack.target.plaintext),
  })
  await running.respond(JSON.parse(smallEvent({ ...WIDE, topics: 1, offset: 1 })), TIMEOUT_MS)
  const { descriptors } = await resourcesOf(running.pid)
  expect(await handle(WIDEST)).toBeLessThan(MOST_MB)
  expect((await resourcesOf(running.pid)).descriptors).toBeLessThanOrEqual(descriptors + 2)
  const expected = (WIDEST.topics + 1) * WIDEST.partitions
  expect(await readTopic(stack.target.plaintext, topic, expected)).toHaveLength(expected)
})
