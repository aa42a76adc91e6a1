import { parseJson } from '../../parse-json.ts'
import { isMetricsLine, MetricValues } from './metric-values.ts'

/** A line that a function logged. */
export interface LogLine {
  /** Unique in this process. */
  eventId: string
  /** Milliseconds since the epoch. */
  timestamp: number
  message: string
}

/** The maximum length of a line. A longer one is not kept. Source: Amazon CloudWatch Logs, "CloudWatch Logs quotas", 1 MB. */
const MAX_LINE_LENGTH = 1024 * 1024

/** Older lines are dropped, whichever of the two is reached first: their number, and their length together. */
const MAX_LINES = 10_000
const MAX_KEPT_LENGTH = 32 * 1024 * 1024

/**
 * The last structured lines that functions logged, captured from the output of this process, and the metrics that they printed.
 * Lines with metrics are for CloudWatch, so they are not printed.
 */
export class LogLines {
  readonly metrics = new MetricValues()
  readonly #lines: (LogLine & { functionName: string })[] = []
  #count = 0
  #length = 0

  /** Captures lines from one of the two output streams, which the functions' worker threads use as well. */
  listen(stream: NodeJS.WriteStream): { stop(): void } {
    const { write } = stream
    const pieces = new LinePieces()
    stream.write = ((chunk: string | Uint8Array, ...others: []) => {
      const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString()
      const isNewLine = pieces.isEmpty
      this.#take(pieces.add(text))
      const shown = isNewLine && isMetricsLine(text) && text.endsWith('\n') ? withoutMetrics(text) : chunk
      return write.call(stream, shown, ...others)
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
      if (isMetricsLine(line)) this.metrics.takeLine(line)
      const functionName = functionOf(line)
      if (functionName === undefined) continue
      this.#count++
      this.#length += line.length
      this.#lines.push({ eventId: `${this.#count}`, timestamp: Date.now(), functionName, message: line })
    }
    while (this.#lines.length > MAX_LINES || this.#length > MAX_KEPT_LENGTH) {
      this.#length -= this.#lines.shift()?.message.length ?? 0
    }
  }
}

/** Makes lines of text that comes in pieces. Each piece is looked at once, however long its line is. */
class LinePieces {
  #pieces: string[] = []
  #length = 0

  /** Whether the next piece begins a line. */
  get isEmpty(): boolean {
    return this.#length === 0
  }

  /** @returns the lines that the piece completes, except those that are too long */
  add(piece: string): string[] {
    const [first = '', ...others] = piece.split('\n')
    const rest = others.pop()
    this.#keep(first)
    if (rest === undefined) return []
    const lines = [this.#pieces.join(''), ...others]
    this.#pieces = []
    this.#length = 0
    this.#keep(rest)
    return lines.filter(line => line.length <= MAX_LINE_LENGTH)
  }

  /** Keeps a part of the current line, unless the line is too long: then none of it. */
  #keep(part: string) {
    this.#length += part.length
    if (this.#length > MAX_LINE_LENGTH) this.#pieces = []
    else if (part !== '') this.#pieces.push(part)
  }
}

/** The library prints each line of metrics with one write. */
function withoutMetrics(text: string): string {
  return text
    .split('\n')
    .filter(line => !isMetricsLine(line))
    .join('\n')
}

/** The function that logged a line; undefined for other output. */
function functionOf(line: string): string | undefined {
  if (!line.startsWith('{')) return undefined
  return (parseJson(line) as { function_name?: string } | undefined)?.function_name
}
