import * as z from 'zod'
import type { AskedQuestion } from '../question.ts'

/** The service and its connectors, as they are declared. */
export const service: AskedQuestion<'service'> = {
  args: z.strictObject({}),
  everyMs: 10_000,
  async answer({ service: { connectors, deployment } }) {
    const region = typeof deployment.config.region === 'string' ? deployment.config.region : ''
    return {
      ...{ service: deployment.service, isLocal: deployment.isLocal, region },
      connectors: connectors.map(({ name, kind, source }) => ({
        ...{ name, type: kind, topics: source.topics ?? null, pattern: source.pattern ?? null },
      })),
    }
  },
}
