import { styleText } from 'node:util'
import { parseLogLine, shortLogLine } from '../lib/connectors/commands/log-line.ts'

/** What `dump` and `compact` log of an object that readers see. */
const OBJECT_LINES = ['Object written', 'Object committed']

/** Prints the lines of a service. Those of its start are held back until it is ready; if it fails, they are in the error. */
export function createPrinter() {
  let waiting: string[] | undefined = []
  return {
    print(line: string) {
      if (waiting) waiting.push(line)
      else printLine(line)
    },
    begin() {
      const lines = waiting ?? []
      waiting = undefined
      for (const line of lines) printLine(line)
    },
  }
}

/** Prints a function's log line in short form, and any other line unchanged. */
function printLine(line: string) {
  // serverless-offline prints the duration of each invocation, and `serverless connectors test` makes many.
  if (line.startsWith('(λ: ')) return
  const entry = parseLogLine(line)
  if (!entry) console.log(styleText('dim', line))
  else if (OBJECT_LINES.includes(`${entry.message}`))
    console.log(
      `${styleText('green', '→')} ${entry.key}  ${entry.records} ${entry.records === 1 ? 'record' : 'records'}, ${entry.bytes} bytes`,
    )
  else console.log(styleText(entry.level === 'ERROR' ? 'red' : 'dim', shortLogLine(entry)))
}
