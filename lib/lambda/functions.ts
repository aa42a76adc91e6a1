import {
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  type GetFunctionConfigurationCommandOutput,
  InvokeCommand,
  type LambdaClient,
  ResourceNotFoundException,
} from '@aws-sdk/client-lambda'
import * as z from 'zod'
import { parseJson } from '../parse-json.ts'
import { lambdaError } from './client.ts'

/** Operations on Lambda's functions. */
export interface Functions {
  /**
   * Invokes a function and waits for its response.
   *
   * @throws FunctionError with the function's message when it failed; the SDK's error when the function doesn't exist
   */
  invoke(functionName: string, payload: unknown): Promise<unknown>
  /**
   * Has a function invoked by Lambda's own queue, which repeats it if it fails.
   *
   * @param payload at most 256 KB as JSON
   * @throws CodedError `LAMBDA_ACCESS_DENIED`, `LAMBDA_UNAVAILABLE`; the SDK's error when the function doesn't exist
   */
  invokeLater(functionName: string, payload: unknown): Promise<void>
  /** Undefined when the function doesn't exist. */
  arn(functionName: string): Promise<string | undefined>
  /** The environment variables that it was deployed with; undefined when the function doesn't exist. */
  environment(functionName: string): Promise<Record<string, string> | undefined>
  /** The digest of its package, as Lambda calls it `CodeSha256`; undefined when the function doesn't exist. */
  codeDigest(functionName: string): Promise<string | undefined>
  /** Why Lambda can't run the function; null when it can; undefined when there is no such function. */
  problem(functionName: string): Promise<string | null | undefined>
}

/** An error that a function returned. */
export class FunctionError extends Error {
  /** The function's `errorType`; functions of this project set an error code. */
  readonly type: string

  constructor(type: string, message: string) {
    super(message)
    this.name = 'FunctionError'
    this.type = type
  }
}

export function createFunctions(client: LambdaClient): Functions {
  async function configuration(FunctionName: string) {
    try {
      return await client.send(new GetFunctionConfigurationCommand({ FunctionName }))
    } catch (error) {
      if (isMissing(error)) return undefined
      throw error
    }
  }

  return {
    async invoke(FunctionName, payload) {
      const command = new InvokeCommand({ FunctionName, Payload: JSON.stringify(payload) })
      const { FunctionError: failed, Payload } = await client.send(command)
      const text = Payload?.transformToString() ?? ''
      const answer = text === '' ? undefined : parseJson(text)
      if (failed) throw functionError(answer, failed)
      if (text !== '' && answer === undefined)
        throw new FunctionError('Error', `the function ${FunctionName} gave an answer that is not JSON`)
      return answer
    },
    async invokeLater(FunctionName, payload) {
      const command = new InvokeCommand({ FunctionName, InvocationType: 'Event', Payload: JSON.stringify(payload) })
      await client.send(command).catch(error => {
        throw lambdaError(error, `invoke ${FunctionName}`)
      })
    },
    async arn(FunctionName) {
      try {
        return (await client.send(new GetFunctionCommand({ FunctionName }))).Configuration?.FunctionArn
      } catch (error) {
        if (isMissing(error)) return undefined
        throw error
      }
    },
    async environment(functionName) {
      const found = await configuration(functionName)
      return found && (found.Environment?.Variables ?? {})
    },
    async problem(functionName) {
      const found = await configuration(functionName)
      return found && problemOf(found)
    },
    codeDigest: async functionName => (await configuration(functionName))?.CodeSha256,
  }
}

/** What a function threw. A process that was ended has no type, and one that timed out has only a message. */
const thrown = z.object({ errorType: z.string().optional(), errorMessage: z.string().optional() })

/** @param kind Lambda's word for the failure: `Unhandled` or `Handled` */
function functionError(answer: unknown, kind: string): FunctionError {
  const { errorType = kind, errorMessage } = thrown.safeParse(answer).data ?? {}
  return new FunctionError(errorType, errorMessage ?? `it failed without a message (${errorType})`)
}

/**
 * A function that wasn't invoked for weeks is `Inactive`, and the next invocation activates it.
 * Source: AWS Lambda Developer Guide, "Lambda function states".
 */
function problemOf(found: GetFunctionConfigurationCommandOutput): string | null {
  const { State, StateReason, LastUpdateStatus, LastUpdateStatusReason } = found
  if (State === 'Failed') return `Lambda can’t run the function: ${StateReason ?? 'it gives no reason'}`
  if (LastUpdateStatus === 'Failed')
    return `the last update of the function failed: ${LastUpdateStatusReason ?? 'Lambda gives no reason'}`
  return null
}

/** Whether an error says that a function or mapping doesn't exist. */
export function isMissing(error: unknown): boolean {
  return error instanceof ResourceNotFoundException
}
