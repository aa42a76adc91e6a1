import { logLevels } from '../../observability/logger.ts'
import { actOf, type LogEntry } from './log-entry.ts'
import { parseLogLine, toldFields } from './log-line.ts'
import { isFrame, platformEntry } from './platform-line.ts'

/** Understands a line; undefined for one that is not for people: a metric, or the beginning and end of an invocation. */
export function parseEntry(text: string): LogEntry | undefined {
  if (text.startsWith('{"_aws"') || isFrame(text)) return undefined
  const line = parseLogLine(text)
  if (!line) return platformEntry(text) ?? { kind: 'text', level: 'INFO', message: text, fields: {} }
  const { level, message, errorCode, act } = line
  const code = typeof errorCode === 'string' ? errorCode : undefined
  return {
    kind: 'line',
    level: levelOf(level),
    message,
    code,
    act: act === 'person' || act === 'system' ? act : actOf(code),
    fields: toldFields(line),
  }
}

/** Other loggers have levels of their own; what is worse than an error is one. */
function levelOf(level: unknown): LogEntry['level'] {
  const name = String(level).toUpperCase()
  if (name === 'CRITICAL' || name === 'FATAL') return 'ERROR'
  return logLevels.find(one => one === name) ?? 'INFO'
}
