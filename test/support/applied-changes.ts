import { createAdmin } from '../../lib/kafka/admin/admin.ts'
import type { TopicSettings } from '../../lib/kafka/admin/topic-changes.ts'
import type { KafkaSettings } from '../../lib/kafka/client/settings.ts'
import { createTopics } from '../../local/topics.ts'
import { uniqueName } from './stack.ts'

/**
 * Waits until the broker of a cluster that has one goes by every change that was made before: settings, passwords, ACLs. A
 * controller answers once a change is committed; the broker learns of it later.
 *
 * It takes changes in their order, several in one step, and a topic may be there before the rest of its step is done. A second
 * topic that is created then belongs to a later step.
 */
export async function untilApplied(connection: KafkaSettings): Promise<void> {
  for (const name of ['step', 'later-step']) await createTopics(connection, { [uniqueName(name)]: 1 })
}

/** Gives a topic exactly these settings, and waits until the broker goes by them. */
export async function replaceTopicSettings(connection: KafkaSettings, topic: string, settings: TopicSettings) {
  const failures = await createAdmin(connection, 'test').replaceTopicSettings(new Map([[topic, settings]]))
  for (const failure of failures.values()) throw failure
  await untilApplied(connection)
}
