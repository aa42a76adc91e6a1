import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { peers } from '../bench/peers/index.ts'

const root = join(import.meta.dirname, '../..')

/** A short run: the test is that it completes, not what it measures. */
async function run(benchmark: string, args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('npm', ['run', '--silent', benchmark, '--', ...args], { cwd: root })
  return stdout
}

// A benchmark broke when adapters began to remove records from their event, and nobody noticed until the next release.
test('npm run bench has a row for each step and format', async () => {
  const printed = await run('bench', ['--rounds', '1'])
  for (const row of ['decode + map + encode', 'json, gzip', 'parquet, zstd, values json', 'raw, values auto', 'dump']) {
    expect(printed).toContain(` ${row} `)
  }
})

test.each([
  ['bench:mapping', ['kafkajs alone', 'mapping']],
  ['bench:e2e', ['dump, json gzip', 'dump, json zstd', 'dump, jsonl zstd', 'plainest, json gzip']],
  ['bench:replicate', ['replicate', 'replicate, EXACTLY_ONCE', 'MirrorMaker 2']],
])('npm run %s has a row for each system', async (benchmark, systems) => {
  const printed = await run(benchmark, ['--rounds', '1', '--records', '2000'])
  for (const system of systems) expect(printed).toContain(` ${system} `)
})

test('npm run bench:wide has a row for each way of dump and replicate', async () => {
  const printed = await run('bench:wide', ['--topics', '2', '--partitions', '5'])
  for (const way of ['dump, json', 'dump, parquet, staged', 'replicate', 'replicate, EXACTLY_ONCE'])
    expect(printed).toContain(` ${way} `)
})

test('npm run bench:function has a row for each variant, and a profile', async () => {
  const printed = await run('bench:function', ['--events', '1', '--rounds', '1', '--only', 'avro', '--profile'])
  for (const row of ['avro none', 'avro gzip', 'avro zstd', 'garbage collection']) expect(printed).toContain(` ${row} `)
})

test('npm run bench:levels has a table for each kind of values', async () => {
  const printed = await run('bench:levels', ['--rounds', '1'])
  for (const kind of ['JSON', 'Avro', 'binary']) expect(printed).toContain(`${kind} values`)
})

// This one fails when something grows.
test('npm run bench:soak finds that functions stay as they are for 5,000 invocations', async () => {
  const printed = await run('bench:soak', ['--invocations', '5000'])
  for (const name of ['dump', 'replicate']) expect(printed).toContain(`${name} is flat`)
})

// This one fails when a program has not written every record exactly once.
test('npm run bench:peers has a row for each program', async () => {
  const printed = await run('bench:peers', ['--rounds', '1', '--records', '2000'])
  for (const name of Object.keys(peers)) expect(printed).toContain(` ${name} `)
}, 900_000)

test('npm run bench:growth has a table for each function and quantity', async () => {
  const printed = await run('bench:growth', ['--rounds', '1', '--records', '2000'])
  for (const name of ['dump', 'replicate'])
    for (const quantity of ['records', 'partitions', 'batch', 'recordBytes'])
      expect(printed).toContain(`${name}, by ${quantity}`)
}, 900_000)
