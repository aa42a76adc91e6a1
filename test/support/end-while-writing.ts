import { subscribe } from 'node:diagnostics_channel'

/**
 * Kills its process while it writes transactions: loaded by `node --import`, with END_AT as `<transactions>:<requests>`. When so
 * many transactions have been asked to end, the process is killed at the n-th request that it would send next for one. So it
 * doesn't depend on how fast anything is, what has been written by then.
 */
const [transactions = 0, requests = 0] = (process.env.END_AT ?? '').split(':').map(Number)

/** Numbers of the requests. Source: Apache Kafka, protocol guide, "Api Keys". */
const [PRODUCE, ADD_PARTITIONS_TO_TXN, END_TXN] = [0, 24, 26]

/** What was sent before has reached the broker, which has taken it from the connection before that breaks. */
const ARRIVAL_MS = 100

let [ended, further] = [0, 0]

subscribe('tracing:plt:kafka:connections:api:start', message => {
  const { apiKey } = message as { apiKey: number }
  if (apiKey !== PRODUCE && apiKey !== ADD_PARTITIONS_TO_TXN && apiKey !== END_TXN) return
  if (ended >= transactions) further += 1
  if (apiKey === END_TXN) ended += 1
  if (further < requests || further === 0) return
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ARRIVAL_MS)
  process.kill(process.pid, 'SIGKILL')
})
