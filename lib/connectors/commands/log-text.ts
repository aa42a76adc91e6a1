import { styleText } from 'node:util'
import { acts } from '../../error.ts'
import type { LogLevel } from '../../observability/logger.ts'
import type { LogEntry } from './log-entry.ts'
import { fieldsText } from './log-line.ts'

const styles: Record<LogLevel, Parameters<typeof styleText>[0]> = {
  DEBUG: 'dim',
  INFO: 'reset',
  WARN: 'yellow',
  ERROR: 'red',
}

/**
 * A line of a log for a terminal, with the function that logged it.
 *
 * @param time in milliseconds since the epoch
 * @param width of the longest name of a function
 */
export function logText(time: number, file: string, width: number, entry: LogEntry): string {
  const { level, message, act, fields } = entry
  const when = new Date(time).toISOString().slice(0, 19).replace('T', ' ')
  return [
    styleText('dim', when),
    styleText('cyan', file.padEnd(width)),
    styleText(styles[level], level.padEnd(5)),
    shown(message),
    shown(fieldsText(fields)),
    act === undefined ? '' : styleText('bold', `(${acts[act]})`),
  ]
    .filter(part => part !== '')
    .join('  ')
}

/** Others may have written into a log what moves the cursor or sets the terminal's title. */
function shown(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it takes out
  return text.replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '')
}
