import { execFile, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import type { KafkaRecord } from '../../lib/record.ts'
import { resolveJars } from '../../local/maven.ts'
import { javaCommand } from '../../local/prerequisites.ts'
import { silent } from '../../local/progress.ts'

const source = join(import.meta.dirname, '..', 'java', 'ProducerOracle.java')
const cache = join(import.meta.dirname, '..', '..', '.cache')

/** Sends a record for each key with Kafka's own producer in Java, and gives the partition that each went to. */
export async function partitionsOfJava(brokers: string[], topic: string, keys: Buffer[]): Promise<number[]> {
  const input = keys.map(key => `${key.toString('base64')}\n`).join('')
  return (await run(['produce', brokers.join(), topic], input)).map(Number)
}

/** All committed records of a topic as Kafka's own consumer in Java sees them, partition by partition. */
export async function recordsOfJava(brokers: string[], topic: string): Promise<KafkaRecord[]> {
  const lines = await run(['consume', brokers.join(), topic])
  return lines.map(line => {
    const [partition, offset, timestamp, key, value, ...headers] = line.split(' ')
    return {
      topic,
      partition: Number(partition),
      offset: Number(offset),
      timestamp: Number(timestamp),
      key: bytesOf(key),
      value: bytesOf(value),
      headers: headers.flatMap((name, index) =>
        index % 2 === 0 ? { key: String(bytesOf(name)), value: bytesOf(headers[index + 1]) } : [],
      ),
    }
  })
}

function bytesOf(field = 'null'): Buffer | null {
  return field === 'null' ? null : Buffer.from(field.slice(1, -1), 'base64')
}

async function run(parameters: string[], input = ''): Promise<string[]> {
  const classpath = await compile()
  const oracle = spawn(javaCommand(), ['-XX:TieredStopAtLevel=1', '-cp', classpath, 'ProducerOracle', ...parameters], {
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  oracle.stdin.end(input)
  const printed = await text(oracle.stdout)
  return printed.split('\n').slice(0, -1)
}

/** @returns the class path with the compiled program */
async function compile(): Promise<string> {
  const jars = await resolveJars('kafka', silent)
  const hash = createHash('sha256').update(await readFile(source))
  const folder = join(cache, `producer-oracle-${hash.digest('hex').slice(0, 12)}`)
  await mkdir(folder, { recursive: true })
  await promisify(execFile)(`${javaCommand()}c`, ['-cp', jars.classpath, '-d', folder, source])
  return `${folder}:${jars.classpath}`
}
