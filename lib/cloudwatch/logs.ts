import {
  CloudWatchLogsClient,
  type CloudWatchLogsClientConfig,
  type FilteredLogEvent,
  paginateFilterLogEvents,
  ResourceNotFoundException,
} from '@aws-sdk/client-cloudwatch-logs'

/** A line of a log with its time, in milliseconds since the epoch. */
export interface LogEvent {
  /** Unique in the log. */
  id: string
  timestamp: number
  message: string
}

/** The log lines of functions. */
export interface FunctionLogs {
  /**
   * Lines from one time to another, in milliseconds since the epoch, some at a time and in order.
   *
   * @throws NoLogError
   */
  between(functionName: string, from: number, to: number): AsyncIterable<LogEvent[]>
  /**
   * Lines since a time that match a filter pattern, some at a time; none when the log doesn't exist.
   * Source: Amazon CloudWatch Logs User Guide, "Filter pattern syntax".
   */
  matching(functionName: string, timestamp: number, pattern: string): AsyncIterable<LogEvent[]>
}

/** A function has no log: it isn't deployed, or was never invoked. */
export class NoLogError extends Error {
  constructor(functionName: string) {
    super(`${functionName} has no log`)
    this.name = 'NoLogError'
  }
}

export function createFunctionLogs(config: CloudWatchLogsClientConfig): FunctionLogs {
  const client = new CloudWatchLogsClient(config)

  async function* pages(functionName: string, range: { startTime: number; endTime?: number; filterPattern?: string }) {
    const input = { logGroupName: `/aws/lambda/${functionName}`, ...range }
    try {
      for await (const { events = [] } of paginateFilterLogEvents({ client }, input)) yield events.map(toLogEvent)
    } catch (error) {
      throw error instanceof ResourceNotFoundException ? new NoLogError(functionName) : error
    }
  }

  return {
    between: (functionName, startTime, endTime) => pages(functionName, { startTime, endTime }),
    async *matching(functionName, startTime, filterPattern) {
      try {
        yield* pages(functionName, { startTime, filterPattern })
      } catch (error) {
        if (!(error instanceof NoLogError)) throw error
      }
    },
  }
}

function toLogEvent({ eventId: id = '', timestamp = 0, message = '' }: FilteredLogEvent): LogEvent {
  return { id, timestamp, message: message.trimEnd() }
}
