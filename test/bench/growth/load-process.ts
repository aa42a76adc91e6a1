import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Loaded } from './loaded.ts'

/** Events of about so many bytes are handed over at a time. */
const PARCEL_BYTES = 6_000_000
const NEWLINE = Buffer.from('\n')

/** How a function's process is started. */
export interface LoadedFunction {
  name: 'dump' | 'replicate'
  /** The program, then its arguments. */
  command: string[]
  environment: Record<string, string>
  /** For events on their way. */
  folder: string
  /** Called when the function has started, before the first event. */
  begin?(): Promise<unknown>
}

/**
 * Runs a function with all events in a process of its own, which makes none of them itself.
 *
 * @throws when it fails; its errors are printed
 */
export async function loadProcess(loaded: LoadedFunction, events: Iterator<Buffer>): Promise<Loaded> {
  const { name, command, environment, folder, begin } = loaded
  const [program = '', ...args] = command
  const lambda = { AWS_LAMBDA_FUNCTION_NAME: name, AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand' }
  const child = spawn(program, [...args, '--function', name], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { ...process.env, ...lambda, ...environment },
  })
  const file = join(folder, 'events.jsonl')
  let hasBegun = false
  let result: Loaded | undefined
  const answer = async (message: unknown) => {
    if (message !== 'next') {
      result = message as Loaded
      return
    }
    if (!hasBegun) await begin?.()
    hasBegun = true
    child.send((await saveParcel(file, events)) ? file : '')
  }
  child.on('message', message => void answer(message).catch(() => child.kill()))
  const [code] = await once(child, 'close')
  if (code !== 0 || !result) throw new Error(`${name} ended with ${code}`)
  return result
}

/** @returns false when there are no more events */
async function saveParcel(file: string, events: Iterator<Buffer>): Promise<boolean> {
  const lines: Buffer[] = []
  for (let bytes = 0; bytes < PARCEL_BYTES; ) {
    const { done, value } = events.next()
    if (done) break
    lines.push(value, NEWLINE)
    bytes += value.length
  }
  await writeFile(file, Buffer.concat(lines.slice(0, -1)))
  return lines.length > 0
}
