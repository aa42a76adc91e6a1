import { setTimeout as sleep } from 'node:timers/promises'

/** Waits for a promise at most this long, without keeping the process alive. */
export async function atMost(milliseconds: number, promise: Promise<unknown> | undefined): Promise<void> {
  await Promise.race([promise, sleep(milliseconds, undefined, { ref: false })])
}
