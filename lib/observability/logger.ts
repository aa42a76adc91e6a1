import { Logger } from '@aws-lambda-powertools/logger'

export type { Logger }

/** What the steps of a function need of its logger. */
export type Log = Pick<Logger, 'info' | 'warn' | 'error'>

export const logLevels = ['DEBUG', 'INFO', 'WARN', 'ERROR'] as const
export type LogLevel = (typeof logLevels)[number]

/** Whose lines, metrics and traces these are. */
export interface Origin {
  /** The deployed service and stage. */
  service: string
  connector: string
}

/** Structured JSON lines, one per event worth a line: places and counts and error codes, never a payload or a secret. */
export function createLogger({ service, connector, logLevel }: Origin & { logLevel: LogLevel }): Logger {
  return new Logger({ serviceName: service, logLevel, persistentKeys: { connector } })
}
