/** Numbers of the protocol. Source: Apache Kafka, protocol guide, "ListOffsets" and "Fetch". */
export const EARLIEST = -2n
export const LATEST = -1n
export const READ_UNCOMMITTED = 0
export const READ_COMMITTED = 1

/** Bits of a record batch's attributes, and the layout of a control record's key. Source: Apache Kafka, "Message format". */
export const LOG_APPEND_TIME_BATCH = 0x08
export const TRANSACTIONAL_BATCH = 0x10
export const CONTROL_BATCH = 0x20
export const CONTROL_TYPE_AT = 2

/** Resource type of topics, for settings and ACLs. Source: Apache Kafka, `ConfigResource.Type`, `ResourceType`. */
export const TOPIC_RESOURCE = 2

/** Source of a setting that was set on the topic itself. Source: Apache Kafka, `DescribeConfigsResponse.ConfigSource`. */
export const TOPIC_CONFIG = 1
