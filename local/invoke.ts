import { readFile } from 'node:fs/promises'
import { styleText } from 'node:util'
import { createInvoker } from '../lib/offline/invocation.ts'
import { openBucket } from './bucket.ts'
import { type OfflineService, startOffline, storeEnvironment } from './offline-service.ts'
import { freePorts } from './ports.ts'
import { terminal } from './progress.ts'
import { type Store, startStore } from './stack.ts'

/** `npm run invoke -- <function> <event file>`: one sample event through a function under serverless-offline, without Kafka. */
const [functionKey, file] = process.argv.slice(2)
if (!functionKey || !file) {
  console.error('Usage: npm run invoke -- <function> <event file>, as in npm run invoke -- dump events/aws-msk.json')
  process.exit(2)
}
let store: Store | undefined
let service: OfflineService | undefined
try {
  const event = await readFile(file, 'utf8')
  store = await startStore({ progress: terminal })
  const settings = { ...store.address, bucket: process.env.S3_BUCKET || 'kafka-invoke', forcePathStyle: true }
  const bucket = await openBucket(settings)
  const [httpPort, lambdaPort = 0] = await freePorts(2)
  const ports = { OFFLINE_HTTP_PORT: `${httpPort}`, OFFLINE_LAMBDA_PORT: `${lambdaPort}` }
  // Readable objects, and no trigger: the event comes from the file.
  const environment = { COMPRESSION: 'none', ...storeEnvironment(settings), ...ports, OFFLINE_KAFKA: 'false' }
  service = await startOffline({
    environment,
    onLine: line => void (line.startsWith('{') && console.log(styleText('dim', line))),
  })
  const invoker = createInvoker({ host: 'localhost', port: lambdaPort })
  const response = await invoker.invoke(`kafka-functions-dev-${functionKey}`, event)
  invoker.close()
  // Its last log lines come before what follows.
  await service.stop()
  console.log(`\n${styleText('bold', 'Response')}  ${JSON.stringify(response) ?? 'none'}`)
  for await (const { key, size } of bucket.list('')) {
    console.log(`\n${styleText('bold', key)}  ${size} bytes\n${(await bucket.get(key)).toString()}`)
  }
} catch (error) {
  console.error(styleText('red', (error as Error).message))
  process.exitCode = 1
} finally {
  await service?.stop()
  await store?.stop()
}
