import type { Unit } from '../../commits/entry.ts'

/** A topic-partition, or all partitions of a topic. */
export const unitText = ({ topic, partition }: Unit) =>
  partition === 'all' ? `${topic}, all partitions` : `${topic}, partition ${partition}`
