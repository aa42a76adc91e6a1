import { execFile } from 'node:child_process'
import { open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type FormatName, formats, type ObjectForm } from '../../../lib/formats/index.ts'
import { awkwardRecord } from '../../support/awkward-records.ts'
import { encodeWith, keepEverything } from '../../support/formats.ts'

const run = promisify(execFile)
const script = new URL('../../support/reading-memory.ts', import.meta.url).pathname

/** Megabytes of values of an object. `READ_MEGABYTES=1000` reads more. */
const MEGABYTES = Number(process.env.READ_MEGABYTES ?? 120)
const LIMIT_BYTES = 100e6
/** One row group of 8 MB, and the pages of some batches before and after decompression, until they are collected. */
const LIMIT_BYTES_OF_COLUMNS = 250e6

/** V8 lets 48 MB of young objects pile up before it collects them, whatever they belong to. With this, 12 MB. */
const FLAGS = ['--expose-gc', '--max-semi-space-size=4']

// A frame as a batch of 6 MB makes it, of values that compress to a third or so.
const frameRecords = Array.from({ length: 6_000 }, (_, index) =>
  awkwardRecord(
    {
      value: Buffer.from(
        JSON.stringify(Array.from({ length: 95 }, (_, at) => (at * index * 7919) % 99_991)).padEnd(1_000),
      ),
    },
    index,
  ),
)
const frames = Math.ceil((MEGABYTES * 1e6) / 6e6)

/** One object of all frames, in a file. */
async function writeObject(path: string, { format, compression }: ObjectForm): Promise<void> {
  const options = { ...keepEverything, compression }
  const { joining } = await formats[format].load()
  const frame = await joining.frame(frameRecords, options)
  const object = joining.begin(options, 'x')
  const file = await open(path, 'w')
  for (let index = 0; index < frames; index++) for (const part of await object.add(frame)) await file.write(part)
  for (const part of await object.end()) await file.write(part)
  await file.close()
}

// The kernel says what a process has used at most, on Linux only.
const onLinux = process.platform === 'linux' ? test : test.skip

onLinux.each<[FormatName, ObjectForm['compression']]>([
  ['json', 'gzip'],
  ['jsonl', 'zstd'],
  ['raw', 'zstd'],
  ['raw', 'gzip'],
  ['avro', 'zstd'],
  ['parquet', 'zstd'],
])('a large object of %s with %s is read in little memory', async (format, compression) => {
  const path = join(tmpdir(), `kafka-functions-large-${process.pid}-${format}-${compression}`)
  try {
    await writeObject(path, { format, compression })
    const { stdout } = await run(process.execPath, [...FLAGS, script, path, format, compression])
    const { records, bytes, grownBytes } = JSON.parse(stdout)
    if (process.env.READ_MEGABYTES) console.log(format, compression, MEGABYTES, 'MB:', grownBytes / 1e6, 'MB of memory')
    if (format === 'raw') expect(bytes).toBe(frames * (await encodeWith(frameRecords, { format })).body.length)
    else expect(records).toBe(frames * frameRecords.length)
    expect(grownBytes).toBeLessThan(format === 'parquet' ? LIMIT_BYTES_OF_COLUMNS : LIMIT_BYTES)
  } finally {
    await rm(path, { force: true })
  }
})
