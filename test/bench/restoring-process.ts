import { readFileSync } from 'node:fs'
import { readRestoreSettings } from '../../lib/config/restore.ts'
import { createProducer } from '../../lib/kafka/produce/producer.ts'
import { createTransactions } from '../../lib/kafka/produce/transaction.ts'
import { noTelemetry } from '../../lib/observability/telemetry.ts'
import { openRestore } from '../../lib/restore/open.ts'
import { restoreAll } from '../../lib/restore/restore.ts'
import { openTargetClients } from '../../lib/restore/target-clients.ts'
import { jsonOrders } from './json-records.ts'

/**
 * Restores the dump that the environment names, or produces the same records from memory (`floor`), and prints what that took: the
 * whole process as the kernel counts it (Linux), less what it takes the floor to make its records.
 */
const [task = 'floor', count = '0', bytes = '377', topic = '', partitions = '4'] = process.argv.slice(2)
const settings = readRestoreSettings(process.env)
const { compression, exactlyOnce } = settings.records
const logger = { info() {}, warn: console.error, error: console.error }
const clientId = 'bench'

/** Sent at once by the floor, as a restore does: see `WRITE_BYTES`. */
const BATCH_RECORDS = 4_900

let spent = { user: 0, system: 0 }
const started = await (task === 'floor' ? produceFromMemory() : restore())
const seconds = (performance.now() - started) / 1000
const { user, system } = process.cpuUsage(spent)
const [, peak] = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
console.log(JSON.stringify({ seconds, cpu: (user + system) / 1e6, peakMb: Number(peak) / 1024 }))
process.exit()

/** @returns when it began, on the clock of `performance` */
async function restore(): Promise<number> {
  const begun = performance.now()
  const { target, request } = settings
  const clients = openTargetClients(target, { clientId, compression, exactlyOnce })
  const { restoration, close } = openRestore(settings, request, clients as never, { logger, telemetry: noTelemetry })
  const progress = { found() {}, read() {}, produced() {}, finished() {} }
  const time = { deadline: Number.POSITIVE_INFINITY, signal: new AbortController().signal, progress }
  const { outcome, problems } = await restoreAll(restoration, request, time)
  if (outcome !== 'restored' || problems.length > 0) throw new Error(`${outcome}: ${JSON.stringify(problems)}`)
  await Promise.all([close(), clients.close()])
  return begun
}

/** The floor: the bare producer, a transaction for each batch where the restore has one, and no map of offsets. */
async function produceFromMemory(): Promise<number> {
  const before = process.cpuUsage()
  const timestamp = Date.now()
  const batches = Array.from({ length: Number(partitions) }, (_, partition) => {
    const [orders = []] = jsonOrders(BATCH_RECORDS, Number(bytes))
    return orders.map(order => ({ ...order, ...{ headers: [], timestamp, partition } }))
  })
  spent = process.cpuUsage(before)
  const begun = performance.now()
  const producer = createProducer(settings.target, { clientId, compression })
  const transactions = createTransactions(settings.target, { clientId, compression })
  const deadline = Date.now() + 600_000
  const each = Math.ceil(Number(count) / Number(partitions))
  const one = async (records: (typeof batches)[number], partition: number) => {
    for (let left = each; left > 0; left -= records.length) {
      const part = records.slice(0, left)
      if (exactlyOnce) await transactions.transaction(`bench-${partition}`, deadline, ({ send }) => send(topic, part))
      else await producer.send(topic, part, deadline)
    }
  }
  await Promise.all(batches.map(one))
  await Promise.all([producer.close(), transactions.close()])
  return begun
}
