import { setTimeout as sleep } from 'node:timers/promises'
import { openBucket } from '../../../local/bucket.ts'
import { OrderTally } from './order-tally.ts'
import type { Peer, PeerRun, PeerWorld, RunningPeer } from './peer.ts'
import type { Measured } from './result.ts'

const RUN_TIMEOUT_MS = 600_000
const LOOK_MS = 100

/** A topic that is full. */
export interface FullTopic {
  topic: string
  /** Of its orders, as `order-tally.ts` makes them. */
  checksums: Uint32Array
}

/**
 * Starts a peer on a full topic, measures it until every record is there, and reads everything back.
 *
 * @param name of the run alone: lower case, digits and dashes
 * @throws an error that says what is wrong with what it has written, or that it took too long
 */
export async function measuredRun(
  peer: Peer,
  name: string,
  { topic, checksums }: FullTopic,
  world: PeerWorld,
): Promise<Measured> {
  const bucket = await openBucket({ ...world.address, bucket: name })
  const complaints: string[] = []
  const complain = (line: string) => complaints.push(line)
  const run: PeerRun = { name, topic, records: checksums.length, world, bucket, complain }
  const running = await peer.start(run)
  try {
    const usage = await usageWhenComplete(running, complaints)
    const output = await running.output()
    const faults = await running.check(new OrderTally(checksums))
    if (faults.length > 0) throw new Error(faults.join('; '))
    return { ...usage, ...output }
  } finally {
    await running.stop()
    for await (const { key } of bucket.list('')) await bucket.delete(key)
  }
}

/** The usage is taken before each look, so that the look itself isn't in it. */
async function usageWhenComplete(running: RunningPeer, complaints: string[]) {
  const deadline = performance.now() + RUN_TIMEOUT_MS
  for (;;) {
    const usage = await running.usage()
    if (await running.isComplete()) return usage
    if (complaints.length > 0) throw new Error(complaints.join('; '))
    if (performance.now() > deadline) throw new Error(`not every record was there after ${RUN_TIMEOUT_MS / 1_000} s`)
    await sleep(LOOK_MS)
  }
}
