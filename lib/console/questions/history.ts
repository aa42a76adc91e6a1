import * as z from 'zod'
import { connectorNamed } from '../../connectors/commands/command.ts'
import { healthSubject } from '../../connectors/commands/health-subject.ts'
import { MOST_HISTORY_MINUTES, readHistory } from '../../health/history.ts'
import type { AskedQuestion } from '../question.ts'
import { connectorName } from './named.ts'

/** A connector's metrics over the last minutes. */
export const history: AskedQuestion<'history'> = {
  args: z.strictObject({ name: connectorName, minutes: z.int().min(1).max(MOST_HISTORY_MINUTES) }),
  everyMs: 20_000,
  async answer({ service: { connectors, deployment } }, { name, minutes }) {
    return await readHistory(healthSubject(connectorNamed(name, connectors), deployment), deployment.metrics, minutes)
  },
}
