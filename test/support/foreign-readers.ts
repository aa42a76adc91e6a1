import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { StoredRecord } from '../../lib/formats/format.ts'
import { pythonTools } from './python-tools.ts'

const run = promisify(execFile)
const script = new URL('../python/read_objects.py', import.meta.url).pathname

/** A record as somebody else's reader finds it, with its bytes in hex. */
export interface ForeignRecord {
  topic: string
  partition: number
  offset: number
  key: string | null
  value: string | null
}

/** A record as other people's readers give it, by {@link foreignRecords}. */
export function inHex({ key, value, headers, ...record }: StoredRecord) {
  const hex = (bytes: Buffer | null) => bytes?.toString('hex') ?? null
  const { topic, partition, offset, timestamp, valueObject = null, valueSize = null } = record
  const list = headers.map(header => [header.key, hex(header.value)])
  return {
    topic,
    partition,
    offset,
    timestamp,
    key: hex(key),
    value: hex(value),
    headers: list,
    valueObject,
    valueSize,
  }
}

/** The records of objects as a reader of `test/python/read_objects.py` finds them; lines in hex where there is no more. */
export async function foreignRecords(
  reader: string,
  objects: { key: string; body: Buffer }[],
): Promise<(ForeignRecord | string)[]> {
  const python = join(await pythonTools('test/python/requirements.txt'), 'python')
  return await inFolder(async folder => {
    const files = objects.map(({ key }, index) => join(folder, `${index}-${key.split('/').at(-1)}`))
    await Promise.all(files.map((path, index) => writeFile(path, objects[index]?.body ?? '')))
    const { stdout } = await run(python, [script, reader, ...files], { maxBuffer: 100e6 })
    const lines = stdout.trim().split('\n')
    return lines.map(line => JSON.parse(line))
  })
}

/** Gives a folder to a test, and removes it afterwards. */
export async function inFolder<Result>(use: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'kafka-functions-'))
  try {
    return await use(folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}
