import { once } from 'node:events'
import { mkdtemp, open, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startLeashed } from '../../local/leashed-process.ts'
import { freePorts } from '../../local/ports.ts'
import { pythonTools } from './python-tools.ts'

/** A running moto server: an emulation of AWS, for the services and features that the local store lacks. */
export interface Moto {
  endpoint: string
  /** Makes the SDK and `serverless` use it. */
  environment: Record<string, string>
  stop(): Promise<void>
}

const PATIENCE_MS = 60_000

/** Starts an empty moto server and waits until it answers. */
export async function startMoto(): Promise<Moto> {
  const python = join(await pythonTools('test/deploy/requirements.txt'), 'python')
  const [port] = await freePorts(1)
  const endpoint = `http://127.0.0.1:${port}`
  const folder = await mkdtemp(join(tmpdir(), 'kafka-functions-moto-'))
  const log = await open(join(folder, 'moto.log'), 'a')
  const command = [python, join(import.meta.dirname, 'moto_server.py'), '-H', '127.0.0.1', '-p', String(port)]
  const server = startLeashed({ command, folder }, log.fd)
  await log.close()
  const exited = once(server, 'exit')
  const stop = async () => {
    server.kill('SIGTERM')
    await exited
    await rm(folder, { recursive: true, force: true })
  }
  const account = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', AWS_REGION: 'eu-central-1' }
  const environment = { AWS_ENDPOINT_URL: endpoint, AWS_EC2_METADATA_DISABLED: 'true', ...account }
  const deadline = Date.now() + PATIENCE_MS
  for (;;) {
    const answered = await fetch(`${endpoint}/moto-api/`).then(
      ({ ok }) => ok,
      () => false,
    )
    if (answered) return { endpoint, environment, stop }
    if (server.exitCode !== null || Date.now() > deadline) {
      const printed = await readFile(join(folder, 'moto.log'), 'utf8')
      await stop()
      throw new Error(`moto did not start:\n${printed}`)
    }
    await sleep(50)
  }
}
