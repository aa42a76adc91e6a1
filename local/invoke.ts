import { isUtf8 } from 'node:buffer'
import { readFile } from 'node:fs/promises'
import { styleText } from 'node:util'
import { parseLogLine } from '../lib/connectors/commands/log-line.ts'
import { createInvoker } from '../lib/offline/api/invocation.ts'
import { openBucket } from './bucket.ts'
import { startOffline, storeEnvironment } from './offline-service.ts'
import { freePorts } from './ports.ts'
import { terminal } from './progress.ts'
import { findService } from './service.ts'
import { startStore } from './stack.ts'

/** Invokes a function with a sample event under serverless-offline, without Kafka, and prints the response and the objects. */
export async function invoke(functionKey: string, file: string): Promise<void> {
  const found = findService({})
  const event = await readFile(file, 'utf8')
  assertJson(event, file)
  await using cleanup = new AsyncDisposableStack()
  const store = await startStore({ progress: terminal })
  cleanup.defer(() => store.stop())
  const settings = { ...store.address, bucket: process.env.S3_BUCKET || 'kafka-invoke' }
  const bucket = await openBucket(settings)
  const [httpPort, lambdaPort = 0] = await freePorts(2)
  const ports = { OFFLINE_HTTP_PORT: `${httpPort}`, OFFLINE_LAMBDA_PORT: `${lambdaPort}` }
  // Objects are not compressed, so that they can be printed; Kafka is not read.
  const environment = { COMPRESSION: 'none', ...storeEnvironment(settings), ...ports, OFFLINE_KAFKA: 'false' }
  const written: string[] = []
  const onLine = (line: string) => {
    for (const key of printLogLine(line)) written.push(key)
  }
  const service = await startOffline({ service: found, environment, onLine })
  cleanup.defer(() => service.stop())
  const invoker = createInvoker({ host: 'localhost', port: lambdaPort })
  const name = service.functions.get(functionKey)
  const response = await invoker.invoke(name ?? functionKey, Buffer.from(event))
  invoker.close()
  // Stops first, so that its last log lines are printed before the response.
  await service.stop()
  console.log(`\n${styleText('bold', 'Response')}  ${JSON.stringify(response) ?? 'none'}`)
  for (const key of written.toSorted()) {
    const body = await bucket.get(key)
    console.log(`\n${styleText('bold', key)}  ${body.length} bytes\n${isText(body) ? body : '(not text)'}`)
  }
}

/** Checks the event here, because serverless-offline only responds with "internal server error". */
function assertJson(text: string, file: string) {
  try {
    JSON.parse(text)
  } catch (cause) {
    throw new Error(`${file} is not valid JSON: ${(cause as Error).message}`, { cause })
  }
}

/** Whether a body can be printed. Avro and Parquet contain control characters. */
function isText(body: Buffer): boolean {
  return isUtf8(body) && !body.includes(0)
}

/** @returns the key of the object, if the line says that one was written */
function printLogLine(line: string): string[] {
  if (!line.startsWith('{')) return []
  console.log(styleText('dim', line))
  const entry = parseLogLine(line)
  return entry && ['Object written', 'Batch staged'].includes(`${entry.message}`) ? [String(entry.key)] : []
}
