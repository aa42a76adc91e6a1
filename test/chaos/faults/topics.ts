import type { Fault } from './fault.ts'

const partitionsAdded: Fault = {
  summary: 'a topic gets more partitions, which are used at once',
  harms: 'topics',
  lastsMs: [0, 0],
  async begin({ topics, random, addPartitions }) {
    await addPartitions(random.pick(topics), random.between(1, 3))
    return async () => {}
  },
}

/**
 * By name only: what is deleted under a running consumer is a new topic with old offsets, for every consumer of Kafka without
 * topic ids, and objects of both have the same keys. docs/objects.md says what to do before; no system here does it.
 */
const recreated: Fault = {
  byName: true,
  summary: 'a topic is deleted when all of it is delivered, and created again',
  harms: 'topics',
  lastsMs: [0, 0],
  async begin({ topics, random, recreate }) {
    await recreate(random.pick(topics))
    return async () => {}
  },
}

export const topicFaults = { 'partitions-added': partitionsAdded, 'topic-recreated': recreated } satisfies Record<
  string,
  Fault
>
