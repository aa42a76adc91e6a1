import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { Architecture, Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda'
import { LogGroup } from 'aws-cdk-lib/aws-logs'
import { CustomResource, Duration, RemovalPolicy, Token } from 'aws-cdk-lib/core'
import { Construct } from 'constructs'
import { bundleFolder, HANDLERS_FOLDER } from '../bundling.ts'
import type { Connector } from '../connectors/declaration/connector.ts'
import { SETTLE_MAPPINGS } from '../connectors/resources/deployed-functions.ts'
import { DEFAULT_LOG_RETENTION_DAYS } from '../connectors/resources/expansion.ts'
import type { FunctionDefinition } from '../connectors/resources/function.ts'
import { companionKey, connectorKey, functionName } from '../connectors/resources/function-name.ts'
import { settleStatements } from '../connectors/resources/settle-statement.ts'
import { shortDigest } from '../digest.ts'
import type { SettledConnector } from '../operate/settle-mappings.ts'
import { RUNTIME } from './function-defaults.ts'
import type { ServiceProps } from './props.ts'

/** The longest invocation that Lambda allows. */
const LONGEST = Duration.minutes(15)

/** The same with time for CloudFormation to receive the answer. Without it, it waits an hour for a function that was ended. */
const ANSWERED = Duration.minutes(17)

/**
 * The function that does what `serverless deploy` does besides updating the stack: it has the mappings of patterns made, and
 * deletes those that were made when their connector no longer needs them. Each connector has a custom resource that calls it.
 */
export class MappingSettler extends Construct {
  readonly #service: string
  readonly #function: LambdaFunction

  constructor(scope: Construct, id: string, service: string, props: ServiceProps) {
    super(scope, id)
    this.#service = service
    const logGroup = new LogGroup(this, 'Log', {
      retention: props.logRetention ?? DEFAULT_LOG_RETENTION_DAYS,
      removalPolicy: RemovalPolicy.DESTROY,
    })
    this.#function = new LambdaFunction(this, 'Function', {
      description: `Mappings of ${service} that are not part of the template`,
      code: Code.fromAsset(bundleFolder(SETTLE_MAPPINGS)),
      handler: `${HANDLERS_FOLDER}/${SETTLE_MAPPINGS}.handler`,
      runtime: new Runtime(RUNTIME),
      architecture: props.architecture ?? Architecture.ARM_64,
      memorySize: 256,
      timeout: LONGEST,
      environment: { SERVICE_NAME: service },
      logGroup,
    })
    for (const { Action: actions, Resource, Condition: conditions } of settleStatements(service)) {
      const resources = [Resource].flat().map(resource => Token.asString(resource))
      this.#function.addToRolePolicy(
        new PolicyStatement({ actions, resources, conditions: conditions as Record<string, unknown> | undefined }),
      )
    }
  }

  /**
   * The custom resource of a connector.
   *
   * @param reconcile the connector's function `reconcile`, if it reads a pattern. When it changes, it is called again
   */
  settle(connector: Connector, reconcile: FunctionDefinition | undefined): CustomResource {
    const settled: SettledConnector = {
      service: this.#service,
      functionName: functionName(this.#service, connectorKey(connector)),
      reconcile: functionName(this.#service, companionKey(connector, 'reconcile')),
      reads: reconcile ? 'pattern' : 'topics',
    }
    return new CustomResource(this, connector.name, {
      resourceType: 'Custom::KafkaConnectorMappings',
      serviceToken: this.#function.functionArn,
      serviceTimeout: ANSWERED,
      properties: { ...settled, ...(reconcile && { declared: shortDigest(JSON.stringify(reconcile), 16) }) },
    })
  }
}
