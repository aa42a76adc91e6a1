import { readFile } from 'node:fs/promises'
import { styleText } from 'node:util'
import { createInvoker } from '../lib/offline/invocation.ts'
import { openBucket } from './bucket.ts'
import { runCommand } from './command.ts'
import { startOffline, storeEnvironment } from './offline-service.ts'
import { freePorts } from './ports.ts'
import { terminal } from './progress.ts'
import { startStore } from './stack.ts'

/** `npm run invoke -- <function> <event file>`: one sample event through a function under serverless-offline, without Kafka. */
const [functionKey, file] = process.argv.slice(2)
if (!functionKey || !file) {
  console.error('Usage: npm run invoke -- <function> <event file>, as in npm run invoke -- dump events/aws-msk.json')
  process.exit(2)
}
await runCommand(async () => {
  const event = await readFile(file, 'utf8')
  await using cleanup = new AsyncDisposableStack()
  const store = await startStore({ progress: terminal })
  cleanup.defer(() => store.stop())
  const settings = { ...store.address, bucket: process.env.S3_BUCKET || 'kafka-invoke', forcePathStyle: true }
  const bucket = await openBucket(settings)
  const [httpPort, lambdaPort = 0] = await freePorts(2)
  const ports = { OFFLINE_HTTP_PORT: `${httpPort}`, OFFLINE_LAMBDA_PORT: `${lambdaPort}` }
  // Readable objects, and no trigger: the event comes from the file.
  const environment = { COMPRESSION: 'none', ...storeEnvironment(settings), ...ports, OFFLINE_KAFKA: 'false' }
  const service = await startOffline({ environment, onLine: printLogLine })
  cleanup.defer(() => service.stop())
  const invoker = createInvoker({ host: 'localhost', port: lambdaPort })
  const response = await invoker.invoke(`kafka-functions-dev-${functionKey}`, event)
  invoker.close()
  // Its last log lines come before what follows.
  await service.stop()
  console.log(`\n${styleText('bold', 'Response')}  ${JSON.stringify(response) ?? 'none'}`)
  for await (const { key, size } of bucket.list('')) {
    console.log(`\n${styleText('bold', key)}  ${size} bytes\n${(await bucket.get(key)).toString()}`)
  }
})

function printLogLine(line: string) {
  if (line.startsWith('{')) console.log(styleText('dim', line))
}
