import type { Log } from '../../observability/logger.ts'
import { shortLogLine } from './log-line.ts'

/** A log that prints warnings and errors for people. What is done is told in other words. */
export function terminalLog(print: (text: string) => void): Log {
  const line =
    (level: string): Log['warn'] =>
    (message, ...fields) => {
      const told = Object.assign({}, ...fields.filter(field => typeof field === 'object'))
      print(shortLogLine({ level, message: String(message), ...told }))
    }
  return { info() {}, warn: line('WARN'), error: line('ERROR') }
}
