import { parseJson } from '../../parse-json.ts'

/** A line that a function logged. */
export interface LogLine {
  /** Unique in this process. */
  eventId: string
  /** Milliseconds since the epoch. */
  timestamp: number
  message: string
}

/** Older lines are dropped. */
const MAX_LINES = 10_000

/** The last structured lines that functions logged, captured from the output of this process. */
export class LogLines {
  readonly #lines: (LogLine & { functionName: string })[] = []
  #count = 0

  /** Captures lines from one of the two output streams, which the functions' worker threads use as well. */
  listen(stream: NodeJS.WriteStream): { stop(): void } {
    const { write } = stream
    let rest = ''
    stream.write = ((chunk: string | Uint8Array, ...others: []) => {
      const lines = (rest + (typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString())).split('\n')
      rest = lines.pop() ?? ''
      this.#take(lines)
      return write.call(stream, chunk, ...others)
    }) as typeof write
    return {
      stop: () => {
        stream.write = write
      },
    }
  }

  /** Lines of a function since a time in milliseconds since the epoch. */
  since(functionName: string, timestamp: number): LogLine[] {
    return this.#lines
      .filter(line => line.functionName === functionName && line.timestamp >= timestamp)
      .map(({ functionName: _, ...line }) => line)
  }

  #take(lines: string[]) {
    for (const line of lines) {
      const functionName = functionOf(line)
      if (functionName === undefined) continue
      this.#count++
      this.#lines.push({ eventId: `${this.#count}`, timestamp: Date.now(), functionName, message: line })
    }
    this.#lines.splice(0, this.#lines.length - MAX_LINES)
  }
}

/** The function that logged a line; undefined for other output. */
function functionOf(line: string): string | undefined {
  if (!line.startsWith('{')) return undefined
  return (parseJson(line) as { function_name?: string } | undefined)?.function_name
}
