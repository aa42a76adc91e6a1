import type { NetworkFaults } from '../world/tcp-proxy.ts'
import type { ChaosCluster } from '../world/world.ts'
import type { Fault } from './fault.ts'
import { keepResetting } from './resetting.ts'

const killed: Fault = {
  summary: 'a broker is killed, and is back after some seconds',
  harms: 'brokers',
  needs: 'source brokers',
  lastsMs: [0, 0],
  async begin({ world, random }) {
    const { process } = random.pick(world.source.brokers)
    await process.crash(random.between(0, 5_000))
    return async () => {}
  },
}

/** Longer than a session of the brokers with their controller (9 s), and than that of a group’s member (6 s). */
function paused(lastsMs: readonly [number, number], which: string): Fault {
  return {
    summary: `a broker is suspended ${which}, without closing its connections`,
    harms: 'brokers',
    needs: 'source brokers',
    lastsMs,
    async begin({ world, random }) {
      const { process } = random.pick(world.source.brokers)
      process.pause()
      return async () => process.resume()
    },
  }
}

const restarted: Fault = {
  summary: 'all brokers are restarted in turn',
  harms: 'brokers',
  needs: 'source brokers',
  lastsMs: [0, 0],
  async begin({ world }) {
    for (const { process } of world.source.brokers) await process.restart()
    return async () => {}
  },
}

function metBy({ brokers }: ChaosCluster): number {
  return brokers.reduce((sum, { network }) => sum + network.met, 0)
}

const targetKilled: Fault = {
  summary: 'the target’s only broker is killed, and is back after some seconds',
  harms: 'target',
  needs: 'target',
  lastsMs: [0, 0],
  met: ({ world }) => metBy(world.target),
  async begin({ world, random }) {
    for (const { process } of world.target.brokers) await process.crash(random.between(0, 6_000))
    return async () => {}
  },
}

const bothClusters = 'connections to the brokers of source and target'

const reset: Fault = {
  summary: `${bothClusters} are reset, again and again`,
  harms: 'network',
  lastsMs: [1_000, 4_000],
  async begin({ world, random }) {
    const networks = [...world.source.brokers, ...world.target.brokers].map(({ network }) => network)
    return keepResetting(networks, random)
  },
}

function onNetwork(
  summary: string,
  which: 'source' | 'target' | 'deadLetters',
  lastsMs: readonly [number, number],
  harm: (network: NetworkFaults) => void,
): Fault {
  const harms = { source: 'network', target: 'target', deadLetters: 'dead letters' } as const
  return {
    summary,
    harms: harms[which],
    needs: which === 'source' ? 'source network' : which,
    lastsMs,
    ...(which !== 'source' && { met: ({ world }) => metBy(world[which]) }),
    async begin({ world }) {
      for (const { network } of world[which].brokers) harm(network)
      return async () => {
        for (const { network } of world[which].brokers) network.heal()
      }
    },
  }
}

export const brokerFaults = {
  'broker-killed': killed,
  'broker-paused': paused([3_000, 12_000], 'for some seconds'),
  'broker-paused-long': paused([30_000, 30_000], 'for 30 s'),
  'brokers-restarted': restarted,
  'broker-connections-reset': reset,
  'brokers-slow': onNetwork('each way to the brokers takes 300 ms', 'source', [2_000, 5_000], it => it.delay(300)),
  'brokers-half-open': onNetwork(
    'answers of the brokers get lost, and connections stay open',
    'source',
    [3_000, 8_000],
    it => it.swallow('answers'),
  ),
  'brokers-narrow': onNetwork('the way to each broker carries 100 KB a second', 'source', [2_000, 6_000], it =>
    it.limit(100_000),
  ),
  'target-killed': targetKilled,
  'target-away': onNetwork('the target refuses connections', 'target', [3_000, 10_000], it => it.refuse()),
  'target-silent': onNetwork('the target takes requests, and its answers get lost', 'target', [3_000, 8_000], it =>
    it.swallow('answers'),
  ),
  'target-slow': onNetwork('each way to the target takes 300 ms', 'target', [2_000, 5_000], it => it.delay(300)),
  'dead-letters-away': onNetwork(
    'the cluster with the topics for failed records refuses connections',
    'deadLetters',
    [3_000, 10_000],
    it => it.refuse(),
  ),
} satisfies Record<string, Fault>
