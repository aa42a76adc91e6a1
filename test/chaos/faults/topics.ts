import type { Fault } from './fault.ts'

const partitionsAdded: Fault = {
  summary: 'a topic gets more partitions, which are used at once',
  harms: 'topics',
  needs: 'topics',
  lastsMs: [0, 0],
  async begin({ topics, random, addPartitions }) {
    await addPartitions(random.pick(topics), random.between(1, 3))
    return async () => {}
  },
}

/** What has to be done around it is done as docs/operate.md has operators do it: see `recreating` of the systems. */
const recreated: Fault = {
  summary: 'a topic is deleted when all of it is delivered, and created again',
  harms: 'topic ids',
  needs: 'topics',
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
