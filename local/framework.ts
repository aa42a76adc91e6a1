import { join } from 'node:path'

/** The project's folder, which contains its services. */
export const root = join(import.meta.dirname, '..')

/** The framework's executable. */
export const serverless = join(root, 'node_modules/serverless/bin/serverless.js')

/** The service that reads its connectors from the file in CONNECTORS. */
export const CONNECTORS_CONFIG = 'serverless.connectors.yml'

/** Maximum lines of an error that the framework doesn't mark as such. */
const MAX_LINES = 30

/** The error among lines that the framework printed, without its own version and links. */
export function frameworkMessage(printed: string[]): string {
  const lines = printed.slice(printed.lastIndexOf('Error:') + 1).filter(line => line.trim() !== '')
  return lines
    .filter(line => !/^(Environment|Docs): /.test(line))
    .slice(-MAX_LINES)
    .join('\n')
}
