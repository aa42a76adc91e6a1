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

/** Objects that a reader of `test/python/read_objects.py` is to read. */
export interface Reading {
  reader: string
  objects: { key: string; body: Buffer }[]
}

/**
 * The records that readers find, of each reading in turn; lines in hex where a reader finds no more. One process of Python reads
 * all, as it takes seconds to load the readers.
 */
export async function foreignRecords(readings: Reading[]): Promise<(ForeignRecord | string)[][]> {
  const python = join(await pythonTools('test/python/requirements.txt'), 'python')
  return await inFolder(async folder => {
    const groups = await Promise.all(
      readings.map(async ({ reader, objects }, group) => {
        const files = objects.map(({ key }, index) => join(folder, `${group}-${index}-${key.split('/').at(-1)}`))
        await Promise.all(files.map((path, index) => writeFile(path, objects[index]?.body ?? '')))
        return [...(group === 0 ? [] : ['--']), reader, ...files]
      }),
    )
    const { stdout } = await run(python, [script, ...groups.flat()], { maxBuffer: 100e6 })
    return stdout
      .trim()
      .split('\n\n')
      .map(lines => lines.split('\n').map(line => JSON.parse(line)))
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
