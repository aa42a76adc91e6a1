import {
  CloudWatchLogsClient,
  type CloudWatchLogsClientConfig,
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
}

export function createFunctionLogs(config: CloudWatchLogsClientConfig): FunctionLogs {
  const client = new CloudWatchLogsClient(config)
  return {
    async since(functionName, startTime) {
      const pages = paginateFilterLogEvents({ client }, { logGroupName: `/aws/lambda/${functionName}`, startTime })
      try {
        const events = await Array.fromAsync(pages, ({ events = [] }) => events)
        return events.flat().map(({ eventId: id = '', timestamp = 0, message = '' }) => ({
          id,
          timestamp,
          message: message.trimEnd(),
        }))
      } catch (error) {
        if (error instanceof ResourceNotFoundException) return undefined
        throw error
      }
    },
  }
}
