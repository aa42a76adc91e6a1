import * as z from 'zod'
import { connectorNamed } from '../../connectors/commands/command.ts'
import type { AskedQuestion } from '../question.ts'
import { answerOf } from '../replication/answer.ts'
import { look } from '../replication/look.ts'
import { openReplication } from '../replication/opened-replication.ts'
import { connectorName } from './named.ts'

/** Both clusters of a replication side by side, and what consumer groups would read after a failover. */
export const replication: AskedQuestion<'replication'> = {
  args: z.strictObject({
    name: connectorName,
    topic: z.string().min(1).max(249).optional(),
    group: z.string().min(1).max(32_767).optional(),
  }),
  everyMs: 5_000,
  async answer({ service: { connectors, deployment }, open }, args) {
    const connector = connectorNamed(args.name, connectors)
    const opened = () => openReplication(connector, deployment)
    // A declaration that has changed may name other clusters and topics.
    const name = `replication/${args.name}/${JSON.stringify(connector.declaration)}`
    return await open.use(name, opened, async replication => {
      await look(replication)
      return answerOf(replication, args)
    })
  },
}
