import type { FailureVariables } from './failure.ts'
import type { FormatVariables } from './format.ts'
import type { ObjectKeyVariables } from './object-keys.ts'
import type { OffsetTopicVariables } from './offset-topics.ts'
import type { ReplicationVariables } from './replication.ts'
import type { RotationVariables } from './rotation.ts'
import type { SchemaRegistryVariables } from './schema-registry.ts'
import type { SourceKafkaVariables } from './source-kafka.ts'
import type { StoreVariables } from './store.ts'
import type { TargetKafkaVariables } from './target-kafka.ts'
import type { TargetRecordVariables } from './target-records.ts'
import type { TopicSettingVariables } from './topic-settings.ts'

export type { FailureVariables } from './failure.ts'
export type { FormatVariables } from './format.ts'
export type { ObjectKeyVariables } from './object-keys.ts'
export type { OffsetTopicVariables } from './offset-topics.ts'
export type { ReplicationVariables } from './replication.ts'
export type { RotationVariables } from './rotation.ts'
export type { SchemaRegistryVariables } from './schema-registry.ts'
export type { SourceKafkaVariables } from './source-kafka.ts'
export type { StoreVariables } from './store.ts'
export type { TargetKafkaVariables } from './target-kafka.ts'
export type { TargetRecordVariables } from './target-records.ts'
export type { TopicSettingVariables } from './topic-settings.ts'

/**
 * What {@link createDump} can be told in code.
 *
 * @public
 */
export interface DumpVariables
  extends StoreVariables,
    FormatVariables,
    SchemaRegistryVariables,
    ObjectKeyVariables,
    RotationVariables,
    FailureVariables,
    SourceKafkaVariables {}

/**
 * What {@link createReplicate} can be told in code.
 *
 * @public
 */
export interface ReplicateVariables
  extends ReplicationVariables,
    SourceKafkaVariables,
    TargetKafkaVariables,
    TargetRecordVariables,
    TopicSettingVariables,
    OffsetTopicVariables,
    FailureVariables {}

/**
 * What {@link createEventHandler} can be told in code.
 *
 * @public
 */
export interface EventHandlerVariables extends FailureVariables, SourceKafkaVariables {}
