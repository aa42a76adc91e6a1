import type { CfnFunction, IFunction } from 'aws-cdk-lib/aws-lambda'
import type { IBucket } from 'aws-cdk-lib/aws-s3'
import { Asset } from 'aws-cdk-lib/aws-s3-assets'
import type { CfnInclude } from 'aws-cdk-lib/cloudformation-include'
import { Annotations } from 'aws-cdk-lib/core'
import { Construct } from 'constructs'
import { bundleFolder } from '../bundling.ts'
import { mappingId } from '../cloudformation/logical-id.ts'
import type { Resources } from '../cloudformation/template.ts'
import { faultLine } from '../connectors/checks/fault.ts'
import { warnings } from '../connectors/checks/warning.ts'
import type { Connector } from '../connectors/declaration/connector.ts'
import { DEFAULT_LOG_RETENTION_DAYS, type Expansion, expand } from '../connectors/resources/expansion.ts'
import { connectorFiles } from '../connectors/resources/function.ts'
import { companionKey, connectorKey } from '../connectors/resources/function-name.ts'
import { declaredConnectors, PLACE } from './declared-connectors.ts'
import { functionDefaults, isTraced } from './function-defaults.ts'
import { functionId, functionResources } from './function-resource.ts'
import { grantableBuckets, grantableFunctions } from './grantable.ts'
import { includeResources } from './included-template.ts'
import { MappingSettler } from './mapping-settler.ts'
import type { KafkaConnectorsProps } from './props.ts'
import { checkServiceName } from './service-name.ts'

const DEFAULT_STAGE = 'dev'

/**
 * Connectors, as `connectors.yml` declares them, in a stack of the CDK: the functions, event source mappings, roles, logs,
 * schedules, alarms, buckets, tables and the dashboard that the Serverless plugin makes of the same declaration.
 *
 * ```ts
 * const connectors = new KafkaConnectors(this, 'Connectors', { service: 'shop', stage: 'prod', file: 'connectors.yml' })
 * connectors.buckets['orders-to-lake'].grantRead(analyst)
 * ```
 *
 * A wrong declaration throws one error that names every mistake; what is allowed but may not be what was meant is a warning.
 */
export class KafkaConnectors extends Construct {
  /** Service and stage: what the names of functions and consumer groups begin with. */
  readonly serviceName: string
  /** Each connector's own function by the connector's name, and those that accompany it, such as `orders-to-lake-check`. */
  readonly functions: Readonly<Record<string, IFunction>>
  /** The bucket of each dump to AWS's own S3 by the connector's name, whether it is created here or existed before. */
  readonly buckets: Readonly<Record<string, IBucket>>
  /** All resources by the logical ids that the Serverless plugin gives them: `template.getResource('ConnectorsDashboard')`. */
  readonly template: CfnInclude

  constructor(scope: Construct, id: string, props: KafkaConnectorsProps) {
    super(scope, id)
    this.serviceName = `${props.service}-${props.stage ?? DEFAULT_STAGE}`
    checkServiceName(this, this.node.root.node.findAll().filter(isConnectors))
    const { connectors, values } = declaredConnectors(this, this.serviceName, props)
    this.#warn(connectors)
    const expansion = expand(connectors, {
      service: this.serviceName,
      isTraced: isTraced(props),
      hasVpc: props.vpc !== undefined,
      logRetentionDays: props.logRetention ?? DEFAULT_LOG_RETENTION_DAYS,
      matches: new Map(),
    })
    const assets = this.#assets(connectors)
    const resources = this.#resources(expansion, assets, props)
    this.template = includeResources(this, resources, { values, keepLogicalIds: props.keepLogicalIds ?? false })
    for (const [key, asset] of assets) asset.addResourceMetadata(this.#function(key), 'Code')
    this.functions = grantableFunctions(this, connectors, this.template)
    this.buckets = grantableBuckets(this, connectors, this.template, values)
    this.#settleMappings(connectors, expansion, props)
  }

  #warn(connectors: Connector[]): void {
    for (const warning of warnings(connectors)) {
      const id = ['kafka-functions', ...warning.path].map(String).join('.')
      Annotations.of(this).addWarningV2(id, faultLine(PLACE, warning))
    }
  }

  /** The package of each function by the function's key. Functions of one kind share it. */
  #assets(connectors: Connector[]): Map<string, Asset> {
    const all = connectors.flatMap(connectorFiles)
    const files = new Set(all.map(({ file }) => file))
    const made = new Map(
      Array.from(files, file => [file, new Asset(this, `${file}-code`, { path: bundleFolder(file) })]),
    )
    return new Map(all.map(({ key, file }) => [key, made.get(file) as Asset]))
  }

  #resources(
    { functions, resources, extensions }: Expansion,
    assets: Map<string, Asset>,
    props: KafkaConnectorsProps,
  ): Resources {
    const defaults = functionDefaults(this, props)
    const all = Object.entries(functions).map(([key, definition]) =>
      functionResources(key, definition, assets.get(key) as Asset, defaults),
    )
    const merged: Resources = Object.assign({}, resources, ...all)
    for (const [id, { Properties }] of Object.entries(extensions))
      Object.assign(merged[id]?.Properties ?? {}, Properties)
    return merged
  }

  /** Mappings that the template names come after those that `reconcile` made are gone; those of a pattern, after their functions. */
  #settleMappings(connectors: Connector[], { functions }: Expansion, props: KafkaConnectorsProps): void {
    const settler = new MappingSettler(this, 'Mappings', this.serviceName, props)
    for (const connector of connectors) {
      const key = connectorKey(connector)
      const reconcile = companionKey(connector, 'reconcile')
      const settled = settler.settle(connector, functions[reconcile])
      if (functions[reconcile]) settled.node.addDependency(this.#function(key), this.#function(reconcile))
      for (const topic of connector.source.topics ?? []) {
        this.template.getResource(mappingId(key, topic)).node.addDependency(settled)
      }
    }
  }

  #function(key: string): CfnFunction {
    return this.template.getResource(functionId(key)) as CfnFunction
  }
}

function isConnectors(construct: unknown): construct is KafkaConnectors {
  return construct instanceof KafkaConnectors
}
