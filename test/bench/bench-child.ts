import { spawn } from 'node:child_process'
import { once } from 'node:events'

/**
 * Runs a function's process to its end, with metrics as on Lambda, and returns what it has sent.
 *
 * @param command the program, then its arguments
 * @throws when it fails; its errors are printed
 */
export async function messagesOf<T>(
  functionName: string,
  [program = '', ...args]: string[],
  environment: Record<string, string>,
): Promise<T[]> {
  const lambda = { AWS_LAMBDA_FUNCTION_NAME: functionName, AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand' }
  const child = spawn(program, args, {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { ...process.env, ...lambda, ...environment },
  })
  const messages: T[] = []
  child.on('message', message => messages.push(message as T))
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`${functionName} ended with ${code}`)
  return messages
}
