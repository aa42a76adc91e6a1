import type { StoreFault } from '../world/store-proxy.ts'
import type { NetworkFaults } from '../world/tcp-proxy.ts'
import type { Fault, FaultContext } from './fault.ts'
import { keepResetting } from './resetting.ts'

/** Some requests fail, or all of them. */
const SHARES = [0.3, 1]

function answers(fault: StoreFault, summary: string, lastsMs: readonly [number, number] = [1_000, 5_000]): Fault {
  return {
    summary: `the store ${summary}`,
    harms: 'store',
    lastsMs,
    met: ({ world, run }, system) => world.store.faults.met(fault, `${run}-${system}`),
    async begin({ world, random }) {
      world.store.faults.begin(fault, random.pick(SHARES))
      return async () => world.store.faults.heal(fault)
    },
  }
}

/** Those that come through to the proxy behind the network. */
function requests({ world, run }: Pick<FaultContext, 'world' | 'run'>, system: string): number {
  return world.store.faults.requests(`${run}-${system}`)
}

function onNetwork(summary: string, lastsMs: readonly [number, number], harm: (network: NetworkFaults) => void): Fault {
  return {
    summary,
    harms: 'store',
    needs: 'store network',
    lastsMs,
    met: requests,
    async begin({ world }) {
      harm(world.store.network)
      return async () => world.store.network.heal()
    },
  }
}

const reset: Fault = {
  summary: 'connections to the store are reset, again and again',
  harms: 'store',
  lastsMs: [1_000, 4_000],
  met: requests,
  async begin({ world, random }) {
    return keepResetting([world.store.network], random)
  },
}

/** The old key is refused for a while before somebody deploys the new one, and from then on: until the next rotation of all schedules. */
const rotated: Fault = {
  summary: 'the store’s access key is revoked, and a new one is deployed later',
  harms: 'credentials',
  lastsMs: [2_000, 5_000],
  met: ({ world, run }, system) => world.store.faults.met('revoked', `${run}-${system}`),
  async begin({ world, systems }) {
    const { address, logins, faults } = world.store
    faults.revoke(address.credentials?.accessKeyId ?? '')
    return async () => {
      world.store.address = address === logins[0] ? logins[1] : logins[0]
      await Promise.all(Array.from(systems.values(), system => system.rotateCredentials?.()))
    }
  },
}

export const storeFaults = {
  'store-internal-error': answers('internal-error', 'answers 500'),
  'store-slow-down': answers('slow-down', 'answers 503 SlowDown'),
  'store-hangs': answers('hangs', 'takes requests and never answers', [2_000, 6_000]),
  'store-loses-answers': answers('loses-answers', 'does what is asked, and its answer gets lost'),
  'store-truncates': answers('truncates', 'ends in the middle of what is read'),
  'store-ok-with-error': answers('ok-with-error', 'answers 200 with an error inside'),
  'store-disk-full': answers('disk-full', 'has no room: 507'),
  'store-clock-jumps': answers('skewed', 'has another time, and refuses signatures for it'),
  'store-connections-reset': reset,
  'store-slow': onNetwork('each way to the store takes 300 ms', [2_000, 5_000], it => it.delay(300)),
  'store-half-open': onNetwork('answers of the store get lost, and connections stay open', [2_000, 6_000], it =>
    it.swallow('answers'),
  ),
  'store-narrow': onNetwork('the way to the store carries 100 KB a second', [2_000, 6_000], it => it.limit(100_000)),
  'credentials-rotated': rotated,
} satisfies Record<string, Fault>
