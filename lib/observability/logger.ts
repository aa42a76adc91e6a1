import { Logger } from '@aws-lambda-powertools/logger'

export type { Logger }

/** The part of a logger that the steps of a function use. */
export type Log = Pick<Logger, 'info' | 'warn' | 'error'>

export const logLevels = ['DEBUG', 'INFO', 'WARN', 'ERROR'] as const
export type LogLevel = (typeof logLevels)[number]

/** The source of log lines, metrics and traces. */
export interface Origin {
  /** The deployed service and stage. */
  service: string
  connector: string
}

/** Structured JSON lines with positions, counts and error codes, never a payload or a secret. */
export function createLogger({ service, connector, logLevel }: Origin & { logLevel: LogLevel }): Logger {
  return new Logger({ serviceName: service, logLevel, persistentKeys: { connector } })
}
