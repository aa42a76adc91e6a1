import type { Context } from 'hono'
import { type SSEStreamingApi, streamSSE } from 'hono/streaming'
import type { WatchEvent, Watched } from './api/index.ts'
import type { Watching } from './watching.ts'

/** So that a browser notices a connection that has ended, and proxies of a laptop don't end one. */
const ALIVE_MS = 15_000

/**
 * Sends an event for each new answer to what a page watches, until the page leaves.
 *
 * @param watched questions, and errors in place of those that can't be asked
 */
export function streamEvents(context: Context, watched: (Watched | WatchEvent)[], watching: Watching): Response {
  return streamSSE(context, async stream => {
    const left = new AbortController()
    const ended = Promise.withResolvers<void>()
    stream.onAbort(() => {
      left.abort()
      ended.resolve()
    })
    const alive = setInterval(() => void stream.write(': alive\n\n'), ALIVE_MS)
    for (const one of watched) {
      if ('error' in one) await send(stream, one)
      else if ('question' in one) watching.watch(one, event => send(stream, { id: one.id, ...event }), left.signal)
    }
    await ended.promise
    clearInterval(alive)
  })
}

async function send(stream: SSEStreamingApi, event: object): Promise<void> {
  await stream.writeSSE({ data: JSON.stringify(event) })
}
