import { dumpNamed } from '../../connectors/commands/opened-connector.ts'
import { restoreSettings } from '../../connectors/commands/restore.ts'
import { findRestorable } from '../../restore/restorable.ts'
import type { AskedQuestion } from '../question.ts'
import { commandContext } from './command-document.ts'
import { named } from './named.ts'

/** What a person can choose from. Others are named by their names, or by regular expressions. */
const MOST_TOPICS = 1_000
const MOST_GROUPS = 1_000
const MOST_RESTORES = 50

/** What a dump has, and where a restore would put it. */
export const restorable: AskedQuestion<'restorable'> = {
  args: named,
  // All objects are listed for it.
  everyMs: 60_000,
  async answer(context, { name }, signal) {
    const { deployment } = context.service
    const connector = dumpNamed(name, commandContext(context, signal))
    const { topics, recorded, restores, ...found } = await findRestorable(
      await restoreSettings(connector, deployment, {}),
    )
    return {
      ...found,
      topics: topics.slice(0, MOST_TOPICS),
      moreTopics: Math.max(topics.length - MOST_TOPICS, 0),
      ...(recorded && { recorded: { ...recorded, groups: recorded.groups.slice(0, MOST_GROUPS) } }),
      moreGroups: Math.max((recorded?.groups.length ?? 0) - MOST_GROUPS, 0),
      restores: restores.slice(0, MOST_RESTORES),
      hasFunction: connector.declaration.restore !== undefined,
    }
  },
}
