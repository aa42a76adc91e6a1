import type { KafkaRecord } from '../../lib/record.ts'
import { type JavaProgram, startJavaProgram } from './java-program.ts'
import { recordOfJava } from './java-record.ts'

let oracle: Promise<JavaProgram> | undefined

/** Kafka's own clients in Java: `test/java/ProducerOracle.java`, started by the first question of a test file. */
async function ask(...command: string[]): Promise<string[]> {
  oracle ??= startJavaProgram('ProducerOracle', 'kafka')
  const fields = await (await oracle).ask(...command)
  return fields[0] === '' ? [] : fields
}

afterAll(async () => {
  await (await oracle)?.stop()
})

/** Sends a record for each key with Kafka's own producer, and gives the partition that each went to. */
export async function partitionsOfJava(brokers: string[], topic: string, keys: Buffer[]): Promise<number[]> {
  const encoded = keys.map(key => key.toString('base64'))
  return (await ask('produce', brokers.join(), topic, ...encoded)).map(Number)
}

/**
 * All committed records of a topic as Kafka's own consumer sees them, partition by partition.
 *
 * @param open whether to wait for transactions that are not ended: a producer learns that its transaction is committed
 *     before the partitions do, so what it has just committed may not be visible yet
 */
export async function recordsOfJava(
  brokers: string[],
  topic: string,
  open: 'wait' | 'leave out' = 'wait',
): Promise<KafkaRecord[]> {
  const records = await ask(open === 'wait' ? 'consume' : 'consume-now', brokers.join(), topic)
  return records.map(fields => recordOfJava(topic, fields))
}

/** What is committed in a partition. */
export interface JavaDigest {
  records: number
  /** As `lib/record-digest.ts` makes it, by Java. */
  digest: string
}

/** Digests of a topic's committed records, by partition. Partitions without records are left out. */
export async function digestsOfJava(brokers: string[], topic: string): Promise<Map<number, JavaDigest>> {
  const answers = await ask('digest', brokers.join(), topic)
  return new Map(
    answers.map(answer => {
      const [partition, records, digest = ''] = answer.split(' ')
      return [Number(partition), { records: Number(records), digest }]
    }),
  )
}

/** The first committed record from an offset of a partition on, for each of these; undefined at the partition's end. */
export async function nextOfJava(
  brokers: string[],
  topic: string,
  places: { partition: number; offset: number }[],
): Promise<(KafkaRecord | undefined)[]> {
  const asked = places.map(({ partition, offset }) => `${partition}:${offset}`)
  const answers = await ask('next', brokers.join(), topic, ...asked)
  return answers.map(fields => (fields === 'none' ? undefined : recordOfJava(topic, fields)))
}
