import { join } from 'node:path'

/** The project's folder, where its services are. */
export const root = join(import.meta.dirname, '..')

/** The framework's command. */
export const serverless = join(root, 'node_modules/serverless/bin/serverless.js')

/** The service whose connectors are in a file of their own. */
export const CONNECTORS_CONFIG = 'serverless.connectors.yml'

/** Most lines of an error that the framework doesn't mark as one. */
const MAX_LINES = 30

/** The error among lines that the framework printed, without what it says of itself. */
export function frameworkMessage(printed: string[]): string {
  const lines = printed.slice(printed.lastIndexOf('Error:') + 1).filter(line => line.trim() !== '')
  return lines
    .filter(line => !/^(Environment|Docs): /.test(line))
    .slice(-MAX_LINES)
    .join('\n')
}
