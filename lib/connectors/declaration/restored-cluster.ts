import type { DumpConnector } from './connector.ts'

/** The cluster that a dump is restored to: the declared one, else the one that it comes from. */
export function restoredCluster({ source, declaration: { restore } }: DumpConnector) {
  return restore?.msk || restore?.bootstrapServers ? restore : source
}
