import Module from 'node:module'
import type { AzureReply, AzureRequest } from './azure-process.ts'

/**
 * The part of Azure's Node.js worker that a function app sees: the module `@azure/functions-core`, with which
 * `@azure/functions` registers functions, and the calls that come from the host. Source: azure-functions-nodejs-worker,
 * `setupCoreModule` and `InvocationHandler`.
 */
interface InvocationModel {
  getArguments(): Promise<{ context: unknown; inputs: unknown[] }>
  invokeFunction(context: unknown, inputs: unknown[], callback: unknown): Promise<unknown>
  getResponse(context: unknown, result: unknown): Promise<unknown>
}

interface Metadata {
  name: string
  bindings: Record<string, Record<string, unknown>>
}

let registered: { metadata: Metadata; callback: unknown } | undefined
let programmingModel: { getInvocationModel(core: object): InvocationModel } | undefined
const disposable = { dispose() {} }
const core = {
  version: '3.12.0',
  hostVersion: '4.1040.300',
  workerConfig: {},
  setProgrammingModel: (model: typeof programmingModel) => (programmingModel = model),
  getProgrammingModel: () => programmingModel,
  registerFunction(metadata: Metadata, callback: unknown) {
    registered = { metadata, callback }
    return disposable
  },
  registerHook: () => disposable,
  log() {},
  Disposable: Object,
}

const loader = Module as unknown as { _load(request: string, ...rest: unknown[]): unknown }
const load = loader._load
loader._load = (request, ...rest) => (request === '@azure/functions-core' ? core : load(request, ...rest))

async function invoke(request: AzureRequest): Promise<AzureReply> {
  if (!registered || !programmingModel) throw new Error('The app registered no function')
  const { metadata, callback } = registered
  const invocation = { invocationId: '1', metadata, request, log() {}, state: undefined }
  const model = programmingModel.getInvocationModel(invocation)
  const { context, inputs } = await model.getArguments()
  try {
    await model.getResponse(context, await model.invokeFunction(context, inputs, callback))
    return {}
  } catch (error) {
    const { name, message } = error as Error
    return { error: { name, message } }
  }
}

process.on('message', async (request: AzureRequest) => process.send?.(await invoke(request)))
process.on('disconnect', () => process.exit(0))
await import(process.argv[2] as string)
process.send?.({ metadata: registered?.metadata })
