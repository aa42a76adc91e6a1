import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, open, readFile, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { startLeashed } from '../../local/leashed-process.ts'
import { freePorts } from '../../local/ports.ts'
import { runtimeTools } from './tools.ts'

/** A function in Lambda's runtime, as the emulator runs it. */
export interface EmulatedFunction {
  /** Invokes it. The first invocation starts the runtime, which loads the function. */
  invoke(event: unknown): Promise<unknown>
  /** Everything that function and runtime printed. */
  log(): Promise<string>
  stop(): Promise<void>
}

export interface EmulatedOptions {
  /** The package, as it would be uploaded. */
  archive: string
  /** As in `functions/dump.handler`. */
  handler: string
  environment: Record<string, string>
}

const PATIENCE_MS = 90_000

/** Unpacks a package and starts the runtime for it. It can't outlive this process. */
export async function startEmulator({ archive, handler, environment }: EmulatedOptions): Promise<EmulatedFunction> {
  const { emulator, client } = await runtimeTools()
  const folder = await mkdtemp(join(tmpdir(), 'kafka-functions-runtime-'))
  const task = join(folder, 'task')
  await promisify(execFile)('python3', ['-m', 'zipfile', '-e', archive, task])
  const [port = 0, apiPort = 0] = await freePorts(2)
  const addresses = [
    '--runtime-interface-emulator-address',
    `127.0.0.1:${port}`,
    '--runtime-api-address',
    `127.0.0.1:${apiPort}`,
  ]
  const command = [emulator, '--log-level', 'warn', ...addresses, process.execPath, client, handler]
  const lambda = {
    AWS_LAMBDA_FUNCTION_NAME: 'emulated',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '1024',
    AWS_LAMBDA_FUNCTION_TIMEOUT: '60',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_REGION: 'eu-central-1',
    AWS_EC2_METADATA_DISABLED: 'true',
    LAMBDA_TASK_ROOT: task,
    _HANDLER: handler,
  }
  const logFile = join(folder, 'log')
  const output = await open(logFile, 'a')
  const server = startLeashed({ command, folder, env: { ...lambda, ...environment } }, output.fd)
  await output.close()
  const exited = once(server, 'exit')
  const log = () => readFile(logFile, 'utf8')
  await untilListening(port)
  const url = `http://127.0.0.1:${port}/2015-03-31/functions/function/invocations`
  return {
    log,
    async invoke(event) {
      const response = await fetch(url, { method: 'POST', body: JSON.stringify(event) })
      const answer = await response.text()
      return answer === '' ? undefined : JSON.parse(answer)
    },
    async stop() {
      server.kill('SIGTERM')
      await exited
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function untilListening(port: number): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS
  for (;;) {
    const socket = connect(port, '127.0.0.1')
    const isListening = await once(socket, 'connect').then(
      () => true,
      () => false,
    )
    socket.destroy()
    if (isListening) return
    if (Date.now() > deadline) throw new Error('The emulator does not listen.')
    await sleep(20)
  }
}
