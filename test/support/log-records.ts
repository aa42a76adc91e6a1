import type { LogRecord, TopicLog } from '../../lib/kafka/read/topic-log.ts'

/** All records of a topic with one partition. */
export async function logRecords(log: TopicLog, topic: string): Promise<LogRecord[]> {
  const records: LogRecord[] = []
  await log.read(topic, 0, { take: record => void records.push(record), restart: () => {} })
  return records
}
