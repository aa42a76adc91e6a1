import { brokerFaults } from './brokers.ts'
import { clockFaults } from './clocks.ts'
import type { Fault } from './fault.ts'
import { mappingFaults } from './mappings.ts'
import { storeFaults } from './store.ts'
import { topicFaults } from './topics.ts'
import { victimFaults } from './victims.ts'

/** All faults that the nemesis can cause, by their names. */
export const faults: Readonly<Record<string, Fault>> = {
  ...brokerFaults,
  ...storeFaults,
  ...victimFaults,
  ...mappingFaults,
  ...topicFaults,
  ...clockFaults,
}
