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
  /** Lines since a time in milliseconds since the epoch, in order; undefined when the log doesn't exist. */
  since(functionName: string, timestamp: number): Promise<LogEvent[] | undefined>
  /**
   * Lines since a time that match a filter pattern, some at a time; none when the log doesn't exist.
   * Source: Amazon CloudWatch Logs User Guide, "Filter pattern syntax".
   */
  matching(functionName: string, timestamp: number, pattern: string): AsyncIterable<LogEvent[]>
}

export function createFunctionLogs(config: CloudWatchLogsClientConfig): FunctionLogs {
  const client = new CloudWatchLogsClient(config)

  async function* pages(functionName: string, startTime: number, filterPattern?: string) {
    const input = { logGroupName: `/aws/lambda/${functionName}`, startTime, filterPattern }
    for await (const { events = [] } of paginateFilterLogEvents({ client }, input)) yield events.map(toLogEvent)
  }

  return {
    async since(functionName, timestamp) {
      try {
        return (await Array.fromAsync(pages(functionName, timestamp))).flat()
      } catch (error) {
        if (error instanceof ResourceNotFoundException) return undefined
        throw error
      }
    },
    async *matching(functionName, timestamp, pattern) {
      try {
        yield* pages(functionName, timestamp, pattern)
      } catch (error) {
        if (!(error instanceof ResourceNotFoundException)) throw error
      }
    },
  }
}

function toLogEvent({ eventId: id = '', timestamp = 0, message = '' }: FilteredLogEvent): LogEvent {
  return { id, timestamp, message: message.trimEnd() }
}
