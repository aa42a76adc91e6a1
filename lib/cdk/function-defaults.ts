import { SecurityGroup } from 'aws-cdk-lib/aws-ec2'
import { Architecture, Tracing } from 'aws-cdk-lib/aws-lambda'
import type { Construct } from 'constructs'
import type { ServiceProps } from './props.ts'

/** What all functions have in common, as CloudFormation writes it. */
export interface FunctionDefaults {
  properties: { Runtime: string; Architectures: string[]; TracingConfig?: { Mode: string } }
  /** The network of functions that don't run in a VPC of their own. */
  network?: { SubnetIds: string[]; SecurityGroupIds: string[] }
  variables: Record<string, string>
}

export const RUNTIME = 'nodejs24.x'

/** Bundles are minified; with this, stack traces name the lines of the sources. */
const VARIABLES = { NODE_OPTIONS: '--enable-source-maps' }

/** Whether the functions send traces. */
export function isTraced({ tracing = Tracing.DISABLED }: ServiceProps): boolean {
  return tracing !== Tracing.DISABLED
}

/** What the service says about all its functions. */
export function functionDefaults(scope: Construct, props: ServiceProps): FunctionDefaults {
  const { architecture = Architecture.ARM_64, environment = VARIABLES, tracing } = props
  return {
    properties: {
      Runtime: RUNTIME,
      Architectures: [architecture.name],
      ...(isTraced(props) && { TracingConfig: { Mode: String(tracing) } }),
    },
    network: networkOf(scope, props),
    variables: environment,
  }
}

function networkOf(scope: Construct, { vpc, vpcSubnets, securityGroups }: ServiceProps): FunctionDefaults['network'] {
  if (!vpc) return undefined
  const groups = securityGroups ?? [new SecurityGroup(scope, 'SecurityGroup', { vpc })]
  return {
    SubnetIds: vpc.selectSubnets(vpcSubnets).subnetIds,
    SecurityGroupIds: groups.map(({ securityGroupId }) => securityGroupId),
  }
}
