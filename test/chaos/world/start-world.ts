import { portsOf } from '../../../local/ports.ts'
import type { StoreAddress } from '../../../local/s3-proxy.ts'
import { startS3Proxy } from '../../../local/s3-proxy.ts'
import { startCluster } from './cluster.ts'
import { startStoreProxy } from './store-proxy.ts'
import { startTcpProxy } from './tcp-proxy.ts'
import type { World } from './world.ts'

/** A second login, for when the first one is revoked. */
const ROTATED = { accessKeyId: 'rotated', secretAccessKey: 'rotated-secret' }

const SOURCE_BROKERS = 3

/** As far as the store tolerates a signature’s time, in seconds: the proxy before it looks at that. */
const ANY_TIME = ['s3proxy.maximum-time-skew=86400']

/** Starts all clusters and the store, with the proxies before them. */
export async function startWorld(): Promise<World & AsyncDisposable> {
  const stack = new AsyncDisposableStack()
  const use = async <T extends { stop(): Promise<void> }>(starting: Promise<T>): Promise<T> => {
    const started = await starting
    stack.defer(() => started.stop())
    return started
  }
  try {
    const [source, target, deadLetters, store] = await Promise.all([
      use(startCluster(SOURCE_BROKERS)),
      use(startCluster(1)),
      use(startCluster(1)),
      startStore(use),
    ])
    const stop = () => stack.disposeAsync()
    return { source, target, deadLetters, store, stop, [Symbol.asyncDispose]: stop }
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
}

async function startStore(
  use: <T extends { stop(): Promise<void> }>(starting: Promise<T>) => Promise<T>,
): Promise<World['store']> {
  const proxy = await use(startS3Proxy({ settings: ANY_TIME, otherCredentials: [ROTATED] }))
  const { endpoint = '' } = proxy.address
  const faults = await use(startStoreProxy(endpoint))
  const { port } = await portsOf(['port'])
  const network = await use(startTcpProxy(port, faults.port))
  const address: StoreAddress = { ...proxy.address, endpoint: `http://127.0.0.1:${port}` }
  return { address, logins: [address, { ...address, credentials: ROTATED }], direct: proxy.address, faults, network }
}
