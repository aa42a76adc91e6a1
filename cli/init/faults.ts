import { readConnectors } from '../../lib/connectors/reader.ts'
import type { Declaration } from '../../lib/migration/declaration.ts'
import { resolved } from '../../lib/migration/resolved.ts'

/** Where the service that `init` writes declares its connectors. */
const PLACE = 'connectors'

/** What is wrong with connectors, each `<connector>.<path>: what is expected`. */
export function faultsOf(connectors: Record<string, Declaration>, service: string): string[] {
  try {
    readConnectors(resolved(connectors), `${service}-dev`, PLACE)
    return []
  } catch (error) {
    const [, ...lines] = (error as Error).message.split('\n')
    return lines.map(line => line.trim().replace(`${PLACE}.`, ''))
  }
}
