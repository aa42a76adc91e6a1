import { isServerError, isThrottlingError, isTransientError } from '@smithy/core/retry'
import { parseJson } from '../parse-json.ts'
import { createSigner, ownIdentity } from './signer.ts'

/** A service of AWS that speaks JSON over HTTP (protocol AWS JSON 1.1), in one region. */
export interface JsonService {
  service: keyof typeof endpointVariables
  region: string
}

/** Where else a service is, by the SDK's own variables. Source: AWS SDKs and Tools Reference Guide, "Service-specific endpoints". */
const endpointVariables = {
  glue: 'AWS_ENDPOINT_URL_GLUE',
  secretsmanager: 'AWS_ENDPOINT_URL_SECRETS_MANAGER',
  ssm: 'AWS_ENDPOINT_URL_SSM',
} as const

/** Why there is no output. */
export class AwsError extends Error {
  /** As the service calls it, `HTTP <status>` where it doesn't; or `NoCredentials`, `Unreachable`. */
  readonly type: string
  /** Whether the same request may succeed a little later. */
  readonly retryable: boolean

  constructor(type: string, retryable: boolean, message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'AwsError'
    this.type = type
    this.retryable = retryable
  }
}

/**
 * Calls operations of a service.
 *
 * @param target as `AmazonSSM.GetParameter`
 * @returns the output, parsed; undefined when it is no JSON
 * @throws AwsError
 */
export type CallService = (target: string, input: object, signal?: AbortSignal) => Promise<unknown>

/**
 * Calls a service as the process's own AWS identity, with the SDK's signer. The services' own clients would add an eighth to
 * every function's bundle, and 13 ms to each cold start, for one operation each.
 */
export function createJsonClient({ service, region }: JsonService): CallService {
  const url = new URL(process.env[endpointVariables[service]] || defaultEndpoint(service, region))
  const { host, hostname, protocol, pathname: path } = url
  let signer: ReturnType<typeof createSigner> | undefined

  async function sign(headers: Record<string, string>, body: string): Promise<Record<string, string>> {
    try {
      signer ??= ownIdentity().then(credentials => createSigner({ service, region, credentials }))
      return (await (await signer).sign({ method: 'POST', protocol, hostname, path, headers, body })).headers
    } catch (cause) {
      throw new AwsError('NoCredentials', false, `there are no AWS credentials: ${(cause as Error).message}`, cause)
    }
  }

  return async (target, input, signal) => {
    const body = JSON.stringify(input)
    const headers = await sign({ host, 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target }, body)
    const { status, output } = await send(url, { method: 'POST', headers, body, signal })
    if (status === 200) return output
    throw refusal(status, (output ?? {}) as ErrorOutput)
  }
}

function defaultEndpoint(service: JsonService['service'], region: string): string {
  return `https://${service}.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`
}

async function send(url: URL, request: RequestInit): Promise<{ status: number; output: unknown }> {
  try {
    const response = await fetch(url, request)
    return { status: response.status, output: parseJson(await response.text()) }
  } catch (cause) {
    throw new AwsError('Unreachable', true, `${url.host} could not be reached: ${reason(cause as Error)}`, cause)
  }
}

/** `fetch` says that it failed; why is beneath it, or only a code where several addresses were tried. */
function reason({ message, cause }: Error): string {
  const { message: beneath, code } = (cause ?? {}) as NodeJS.ErrnoException
  return beneath || code || message
}

/** Source: Smithy, "AWS JSON 1.1 protocol", "Operation error serialization". */
interface ErrorOutput {
  __type?: string
  message?: string
  Message?: string
}

/** The SDK's own classification of errors. */
function refusal(status: number, { __type = '', message, Message = '' }: ErrorOutput): AwsError {
  const type = __type.replace(/^.*#/, '') || `HTTP ${status}`
  const error = { name: type, message: message ?? Message, $metadata: { httpStatusCode: status } }
  const retryable = isTransientError(error) || isThrottlingError(error) || isServerError(error)
  return new AwsError(type, retryable, error.message ? `${type}: ${error.message}` : type)
}
