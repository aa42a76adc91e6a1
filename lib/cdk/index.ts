export { KafkaConnectors } from './kafka-connectors.ts'
export type { Declaration, KafkaConnectorsProps, ServiceProps } from './props.ts'
