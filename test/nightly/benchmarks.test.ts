import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

const root = join(import.meta.dirname, '../..')

/** One round with few records: the test is that it completes, not what it measures. */
async function run(benchmark: string, args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('npm', ['run', '--silent', benchmark, '--', '--rounds', '1', ...args], {
    cwd: root,
  })
  return stdout
}

// A benchmark broke when adapters began to remove records from their event, and nobody noticed until the next release.
test('npm run bench has a row for each step and format', async () => {
  const printed = await run('bench', [])
  for (const row of ['decode + map + encode', 'json, gzip', 'parquet, zstd, values json', 'raw, values auto', 'dump']) {
    expect(printed).toContain(` ${row} `)
  }
})

test.each([
  ['bench:e2e', ['dump, json gzip', 'dump, json zstd', 'dump, jsonl zstd', 'plainest, json gzip']],
  ['bench:replicate', ['replicate', 'replicate, EXACTLY_ONCE', 'MirrorMaker 2']],
])('npm run %s has a row for each system', async (benchmark, systems) => {
  const printed = await run(benchmark, ['--records', '2000'])
  for (const system of systems) expect(printed).toContain(` ${system} `)
})
