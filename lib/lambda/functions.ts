import {
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  type LambdaClient,
  ResourceNotFoundException,
} from '@aws-sdk/client-lambda'

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
   */
  invokeLater(functionName: string, payload: unknown): Promise<void>
  /** Undefined when the function doesn't exist. */
  arn(functionName: string): Promise<string | undefined>
  /** The environment variables that it was deployed with; undefined when the function doesn't exist. */
  environment(functionName: string): Promise<Record<string, string> | undefined>
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
  return {
    async invoke(FunctionName, payload) {
      const command = new InvokeCommand({ FunctionName, Payload: JSON.stringify(payload) })
      const { FunctionError: failed, Payload } = await client.send(command)
      const answer = Payload?.length ? JSON.parse(Payload.transformToString()) : undefined
      if (!failed) return answer
      const { errorType = failed, errorMessage = failed } = (answer ?? {}) as Record<string, string>
      throw new FunctionError(errorType, errorMessage)
    },
    async invokeLater(FunctionName, payload) {
      const command = new InvokeCommand({ FunctionName, InvocationType: 'Event', Payload: JSON.stringify(payload) })
      await client.send(command)
    },
    async arn(FunctionName) {
      try {
        return (await client.send(new GetFunctionCommand({ FunctionName }))).Configuration?.FunctionArn
      } catch (error) {
        if (isMissing(error)) return undefined
        throw error
      }
    },
    async environment(FunctionName) {
      try {
        const { Environment } = await client.send(new GetFunctionConfigurationCommand({ FunctionName }))
        return Environment?.Variables ?? {}
      } catch (error) {
        if (isMissing(error)) return undefined
        throw error
      }
    },
  }
}

/** Whether an error says that a function or mapping doesn't exist. */
export function isMissing(error: unknown): boolean {
  return error instanceof ResourceNotFoundException
}
