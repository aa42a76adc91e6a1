import { createDeployment } from '../lib/connectors/commands/deployment.ts'
import { type Console, startConsole } from '../lib/console/console.ts'
import type { ShownService } from '../lib/console/shown-service.ts'
import type { Declared } from './declared.ts'
import { offlinePorts } from './offline-service.ts'

/** The console of a service that runs here. It stays while the service is started again, or doesn't start. */
export class LocalConsole {
  readonly #service: ShownService
  readonly #console: Console

  private constructor(service: ShownService, console: Console) {
    this.#service = service
    this.#console = console
  }

  static async start(declared: Declared): Promise<LocalConsole> {
    const service = shownService(declared)
    return new LocalConsole(service, await startConsole(service))
  }

  /** The address to open. */
  get url(): string {
    return this.#console.url
  }

  /** Shows what is declared from now on. */
  show(declared: Declared): void {
    Object.assign(this.#service, shownService(declared))
    this.#console.changed()
  }

  async stop(): Promise<void> {
    await this.#console.close()
  }
}

function shownService(declared: Declared): ShownService {
  const { service, connectors } = declared
  const endpoint = `http://127.0.0.1:${offlinePorts(process.env, declared).OFFLINE_API_PORT}`
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
  return {
    connectors,
    deployment: createDeployment(service, { endpoint, region: 'us-east-1', credentials }, { isLocal: true }),
  }
}
