import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2'
import type { Architecture, Tracing } from 'aws-cdk-lib/aws-lambda'
import type { RetentionDays } from 'aws-cdk-lib/aws-logs'

/** Where the connectors are declared. */
export type Declaration =
  | {
      /**
       * Connectors by their names, with the keys of `connectors.yml`. Where a file may have `!GetAtt …`, a token of the CDK may
       * stand: `queue.queueArn`, `cluster.attrArn`, `vpc.privateSubnets[0].subnetId`.
       */
      readonly connectors: Record<string, object>
      readonly file?: undefined
    }
  | {
      /** A file with connectors in YAML or JSON, relative to the folder in which the app runs. */
      readonly file: string
      readonly connectors?: undefined
    }

/** What connectors take from the service that they belong to: with the Serverless Framework, from `service` and `provider`. */
export interface ServiceProps {
  /**
   * Name of the service. With the stage, it begins the names of functions and consumer groups, so under another name everything is
   * read again. At most 50 characters together.
   */
  readonly service: string
  /**
   * Stage of the service.
   *
   * @defaultValue 'dev', as with the Serverless Framework
   */
  readonly stage?: string
  /** Whether invocations are traced with X-Ray. */
  readonly tracing?: Tracing
  /** VPC for functions that the declaration puts into none. */
  readonly vpc?: IVpc
  /** The subnets of that VPC; without, its private ones. */
  readonly vpcSubnets?: SubnetSelection
  /** Security groups in that VPC; without, a new one. */
  readonly securityGroups?: ISecurityGroup[]
  /**
   * Days for which logs are kept, unless a connector declares `logRetentionDays`.
   *
   * @defaultValue 14 days
   */
  readonly logRetention?: RetentionDays
  /**
   * Processor of all functions.
   *
   * @defaultValue Architecture.ARM_64
   */
  readonly architecture?: Architecture
  /**
   * Environment variables of all functions.
   *
   * @defaultValue `NODE_OPTIONS` with `--enable-source-maps`
   */
  readonly environment?: Record<string, string>
  /**
   * Whether resources have the logical ids that the Serverless plugin gives them, so that a stack that it deployed can be updated
   * in place. A stack can hold one such construct.
   *
   * @defaultValue false: ids contain the construct's path
   */
  readonly keepLogicalIds?: boolean
}

/** What a `KafkaConnectors` is made of. */
export type KafkaConnectorsProps = Declaration & ServiceProps
