import { asCodedError, CodedError } from '../error.ts'
import type { NewTopic } from '../kafka/admin/new-topic.ts'
import { refusesSettings } from '../replication/accepted-settings.ts'
import type { Restoration } from './restoration.ts'

/** The id of every topic on brokers that know none. Source: Apache Kafka, `Uuid.ZERO_UUID`; KIP-516. */
const NO_TOPIC_ID = '00000000-0000-0000-0000-000000000000'

/** Characters of a topic's name in the name that is tried, which may have 249. */
const TRIED_LENGTH = 200

/**
 * Makes sure that a topic can be made again before it is deleted: the cluster is asked whether it would create one like it under
 * another name.
 *
 * @throws CodedError `CONFIG_INVALID` when the target couldn't tell the new topic from the deleted one; why the cluster refuses
 * such a topic
 */
export async function requireCreatable(
  topic: NewTopic,
  topicIds: readonly string[],
  { target }: Pick<Restoration, 'target'>,
  ownId: string,
): Promise<void> {
  // The map would say of the new topic that it has what the deleted one had.
  if (ownId === NO_TOPIC_ID && topicIds.some(id => target.isMarked(id)))
    throw new CodedError(
      'CONFIG_INVALID',
      `purge: ${topic.topic} was restored to before, and brokers before Kafka 2.8 don’t tell a topic that was made again. Give the restore another id.`,
      { topic: topic.topic },
    )
  const tried = { ...topic, topic: `${topic.topic.slice(0, TRIED_LENGTH)}.restore-check` }
  const validate = (settings: NewTopic['settings']) => target.admin.validateTopic({ ...tried, settings })
  await validate(topic.settings)
    // Settings that are refused are left out.
    .catch(refusal => (refusesSettings(refusal) ? validate({}) : Promise.reject(refusal)))
    .catch(refusal => {
      // A login may be allowed to create some names only.
      if (asCodedError(refusal).code !== 'KAFKA_ACCESS_DENIED') throw refusal
    })
}
