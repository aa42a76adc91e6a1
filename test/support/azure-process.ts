import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/** What the host sends over gRPC, as far as triggers go. Source: azure-functions-language-worker-protobuf, `TypedData`. */
export interface AzureRequest {
  inputData: { name: string; data: object }[]
  triggerMetadata: Record<string, object>
}

export interface AzureReply {
  error?: { name: string; message: string }
}

/** A function app in a process of its own, beneath Azure's worker. */
export class AzureProcess {
  readonly #child: ChildProcess
  /** What the app registered, as it goes to the host. */
  readonly metadata: { name: string; bindings: Record<string, object>; retryOptions?: object }

  private constructor(child: ChildProcess, metadata: AzureProcess['metadata']) {
    this.#child = child
    this.metadata = metadata
  }

  static async start(app: string, environment: Record<string, string>): Promise<AzureProcess> {
    const env = { PATH: process.env.PATH, ...environment }
    const worker = join(import.meta.dirname, 'azure-worker.ts')
    const child = fork(worker, [app], { env, serialization: 'advanced', stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    const [{ metadata }] = await once(child, 'message')
    return new AzureProcess(child, metadata)
  }

  async invoke(request: AzureRequest): Promise<AzureReply> {
    const reply = once(this.#child, 'message')
    this.#child.send(request)
    return (await reply)[0]
  }

  async stop(): Promise<void> {
    const ended = once(this.#child, 'exit')
    this.#child.disconnect()
    await ended
  }
}
