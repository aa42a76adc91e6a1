import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startKafka } from '../../local/kafka-broker.ts'
import { terminal } from '../../local/progress.ts'
import { createTopics } from '../../local/topics.ts'
import { messagesOf } from './bench-child.ts'
import { functionCommand } from './function-bundle.ts'
import { median, megabytes, round } from './measure.ts'
import { MemoryServer } from './memory-store.ts'
import type { Resources } from './resources.ts'
import { slopeOf } from './slope.ts'

/**
 * Warm invocations of the functions as they are deployed, with an event of 10 records each: `dump` to a store over HTTP,
 * `replicate` to a real broker, each in a process of its own. Prints what the process holds as it gets older, and ends with 1 if
 * that grows.
 *
 * `npm run bench:soak -- [--invocations 10000] [--only dump]`
 */
const { values } = parseArgs({
  options: { invocations: { type: 'string', default: '10000' }, only: { type: 'string', default: '' } },
})
const INVOCATIONS = Number(values.invocations)
const SAMPLES = 50
const ROWS = 10

/** Before this, code is compiled and caches fill. */
const WARM_UP_SHARE = 0.1

/** Memory counts as flat if 1,000,000 invocations would add less than this many bytes: a tenth of what a function has. */
const MOST_GROWTH = { heap: 100e6, external: 100e6 }
const PROJECTED = 1_000_000

/** Resident memory depends on when V8 returns pages. It counts as flat if it is not so much more at the end than at the beginning. */
const MOST_RESIDENT_GROWTH = 0.2

type HeldAt = Resources & { invocation: number }

/** Every function, with what it writes to. */
const soaked: Record<string, (soak: (environment: Record<string, string>) => Promise<HeldAt[]>) => Promise<HeldAt[]>> =
  {
    async dump(soak) {
      const store = new MemoryServer()
      const { endpoint = '' } = await store.start()
      const login = { S3_ACCESS_KEY_ID: 'id', S3_SECRET_ACCESS_KEY: 'secret' }
      const bucket = { S3_BUCKET: 'bench', S3_REGION: 'us-east-1', S3_ENDPOINT: endpoint, S3_FORCE_PATH_STYLE: 'true' }
      try {
        return await soak({ ...bucket, ...login })
      } finally {
        store.stop()
      }
    },
    async replicate(soak) {
      const kafka = await startKafka({ progress: terminal })
      try {
        await createTopics(kafka.connections.plaintext, { 'source.orders-0': 2 })
        const aliases = { SOURCE_ALIAS: 'source', TARGET_ALIAS: 'target' }
        return await soak({ ...aliases, TARGET_KAFKA_BROKERS: kafka.brokers, OFFSET_SYNCS_LOCATION: 'target' })
      } finally {
        await kafka.stop()
      }
    },
  }

const scratch = await mkdtemp(join(tmpdir(), 'bench-soak-'))
try {
  const [program = '', ...command] = await functionCommand('soaked-function.ts', scratch)
  for (const [name, run] of Object.entries(soaked)) {
    if (!name.startsWith(values.only)) continue
    const samples = await run(environment => soak(name, [program, '--expose-gc', ...command], environment))
    report(name, samples)
  }
} finally {
  await rm(scratch, { recursive: true })
}

async function soak(name: string, command: string[], environment: Record<string, string>): Promise<HeldAt[]> {
  const every = Math.max(1, Math.floor(INVOCATIONS / SAMPLES))
  const soaking = ['--function', name, '--invocations', String(INVOCATIONS), '--every', String(every)]
  return await messagesOf<HeldAt>(name, [...command, ...soaking], environment)
}

function report(name: string, samples: HeldAt[]) {
  console.log(`\n${name}, ${INVOCATIONS} invocations`)
  const step = Math.ceil(samples.length / ROWS)
  const shown = samples.filter((_, index) => index === 0 || (index + 1) % step === 0)
  console.table(
    shown.map(({ invocation, heap, external, rss, ...numbers }) => ({
      invocation,
      'heap MB': round(heap / 1e6),
      'external MB': round(external / 1e6),
      'RSS MB': round(rss / 1e6),
      ...numbers,
    })),
  )
  const warm = samples.filter(({ invocation }) => invocation > INVOCATIONS * WARM_UP_SHARE)
  const growing = [...growingMemory(warm), ...growingResident(warm), ...growingNumbers(warm)]
  console.log(growing.length === 0 ? `${name} is flat` : `${name} grows: ${growing.join('; ')}`)
  if (growing.length > 0) process.exitCode = 1
}

function growingMemory(samples: HeldAt[]): string[] {
  return Object.entries(MOST_GROWTH).flatMap(([kind, most]) => {
    const values = samples.map(sample => ({ invocation: sample.invocation, value: sample[kind as keyof Resources] }))
    const { perInvocation, uncertainty } = slopeOf(values)
    const told = `${kind} by ${round(perInvocation)} ± ${round(uncertainty)} B per invocation`
    console.log(`${told}, at most ${round(((perInvocation + uncertainty) * PROJECTED) / 1e6)} MB in ${PROJECTED}`)
    return (perInvocation + uncertainty) * PROJECTED > most ? [told] : []
  })
}

function growingResident(samples: HeldAt[]): string[] {
  const third = Math.ceil(samples.length / 3)
  const [before, after] = [samples.slice(0, third), samples.slice(-third)].map(some =>
    median(some.map(({ rss }) => rss)),
  )
  const told = `rss from ${megabytes(before ?? 0)} in the first third to ${megabytes(after ?? 0)} in the last`
  console.log(told)
  return (after ?? 0) > (before ?? 0) * (1 + MOST_RESIDENT_GROWTH) ? [told] : []
}

/** What there are more of in the second half than there ever were in the first. */
function growingNumbers(samples: HeldAt[]): string[] {
  const half = samples.length >> 1
  return (['descriptors', 'sockets', 'active'] as const).flatMap(kind => {
    const most = (some: HeldAt[]) => Math.max(...some.map(sample => sample[kind]))
    const [before, after] = [most(samples.slice(0, half)), most(samples.slice(half))]
    return after > before ? [`${kind} from ${before} to ${after}`] : []
  })
}
