import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

/** The part of the host's gRPC message that triggers use. Source: azure-functions-language-worker-protobuf, `TypedData`. */
export interface AzureRequest {
  inputData: { name: string; data: object }[]
  triggerMetadata: Record<string, object>
}

export interface AzureReply {
  error?: { name: string; message: string }
}

/** A function app in a separate process, as Azure's worker runs it. */
export class AzureProcess {
  readonly #child: ChildProcess
  /** The function that the app registered, as the worker reports it to the host. */
  readonly metadata: { name: string; bindings: Record<string, object>; retryOptions?: object }

  private constructor(child: ChildProcess, metadata: AzureProcess['metadata']) {
    this.#child = child
    this.metadata = metadata
  }

  /** @throws when it ends before it has registered a function, with what it printed */
  static async start(app: string, environment: Record<string, string>): Promise<AzureProcess> {
    const env = { PATH: process.env.PATH, ...environment }
    const worker = join(import.meta.dirname, 'azure-worker.ts')
    const child = fork(worker, [app], { env, serialization: 'advanced', stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
    const printed = child.stderr ? text(child.stderr) : ''
    const ended = once(child, 'exit').then(async () => {
      throw new Error(`The app ended: ${await printed}`)
    })
    const [{ metadata }] = await Promise.race([once(child, 'message'), ended])
    ended.catch(() => {})
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
