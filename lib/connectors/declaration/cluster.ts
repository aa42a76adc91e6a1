import * as z from 'zod'
import type { Intrinsic } from '../../cloudformation/intrinsic.ts'
import { kafkaSection } from '../../config/kafka.ts'
import { type SaslMechanism, securityProtocols } from '../../kafka/client/settings.ts'
import { KMS_KEY_EXPECTED, key, kmsKeyArn, orIntrinsic } from './key.ts'

/** A secret in Secrets Manager, with a description of what it has to hold. */
export const secretKey = (what: string) =>
  key(orIntrinsic(z.string().regex(/^arn:aws[a-z-]*:secretsmanager:/)).optional(), {
    description: `Secret with ${what}.`,
    expected: 'the ARN of a secret in Secrets Manager',
    // Someone may paste the password itself here, so the value is never printed.
    secret: true,
  })

/** How to log in. The secrets hold what Lambda's event source mappings expect. */
const auth = z
  .strictObject({
    plain: secretKey('`username` and `password`, for SASL/PLAIN over TLS'),
    scram256: secretKey('`username` and `password`, for SCRAM-SHA-256 over TLS'),
    scram512: secretKey('`username` and `password`, for SCRAM-SHA-512 over TLS'),
    mtls: secretKey('`certificate`, `privateKey` and, if it has one, `privateKeyPassword`'),
    iam: key(z.boolean().optional(), {
      description: 'Log in as the function’s role. MSK only.',
      expected: 'true or false',
      defaultText: '`false`',
    }),
    serverRootCa: secretKey('`certificate` of the authority that signed the brokers’ certificates'),
    kmsKey: key(kmsKeyArn().optional(), {
      description: 'KMS key that encrypts the secrets, if it is not AWS’s own. MSK requires one of yours.',
      expected: KMS_KEY_EXPECTED,
    }),
  })
  .optional()

/** The key of `auth` for each mechanism. */
export const loginKeys = {
  PLAIN: 'plain',
  'SCRAM-SHA-256': 'scram256',
  'SCRAM-SHA-512': 'scram512',
  AWS_MSK_IAM: 'iam',
} as const satisfies Record<SaslMechanism, keyof NonNullable<z.infer<typeof auth>>>

/** The keys of `auth` that log in; a cluster has one of them at most. */
const loginNames = [...Object.values(loginKeys), 'mtls'] as const

/** The ways to log in that a cluster declares, by their keys. */
export function declaredLogins({ auth: declared }: { auth?: z.infer<typeof auth> }): string[] {
  return loginNames.filter(name => declared?.[name])
}

const vpc = z
  .strictObject({
    subnets: key(z.array(orIntrinsic(z.string().regex(/^subnet-/))).min(1), {
      description: 'Subnets from which the brokers can be reached.',
      expected: 'a list of subnet ids',
    }),
    securityGroups: key(z.array(orIntrinsic(z.string().regex(/^sg-/))).min(1), {
      description: 'Security groups that the brokers admit.',
      expected: 'a list of security group ids',
    }),
  })
  .optional()

const BROKERS = kafkaSection('', '').variables.BROKERS

/**
 * The ARN of a cluster, or of a managed VPC connection, which names the cluster's account and the cluster. Source: AWS Lambda
 * Developer Guide, "Creating cross-account event source mappings".
 */
const MSK_ARN = /^arn:aws[a-z-]*:kafka:[^:]+:\d+:(cluster|vpc-connection\/\d+)\/[^/]+\/[^/]+$/

/** Whether an ARN names a managed VPC connection to a cluster of another account. */
export function isVpcConnection(msk: string | Intrinsic | undefined): boolean {
  return typeof msk === 'string' && msk.includes(':vpc-connection/')
}

/** Where a cluster is and how to log in. */
export const clusterShape = {
  msk: key(orIntrinsic(z.string().regex(MSK_ARN)).optional(), {
    description: 'MSK cluster. One of another account by its managed VPC connection.',
    expected: 'the ARN of an MSK cluster or of a VPC connection to one',
  }),
  bootstrapServers: key(
    z
      .array(z.string().refine(server => BROKERS.safeParse(server).success))
      .min(1)
      .max(10)
      .optional(),
    {
      description: 'Brokers. With `msk`, needed only if the function itself connects to the cluster.',
      expected: 'a list of 1 to 10 brokers as host:port',
    },
  ),
  securityProtocol: key(z.enum(securityProtocols).optional(), {
    description: 'How the function itself connects to the brokers, in Kafka’s own terms.',
    expected: `one of ${securityProtocols.join(', ')}`,
    defaultText: 'what `auth` needs',
  }),
  auth,
  vpc,
}

/** Whether two declarations name the same cluster. One common broker is enough: it belongs to one cluster only. */
export function isSameCluster(first: ClusterAddress, second: ClusterAddress): boolean {
  return isSameMsk(first, second) || commonBroker(first, second) !== undefined
}

export function isSameMsk({ msk }: ClusterAddress, other: ClusterAddress): boolean {
  return msk !== undefined && JSON.stringify(msk) === JSON.stringify(other.msk)
}

/** A broker that both declarations name; undefined if there is none. */
export function commonBroker({ bootstrapServers }: ClusterAddress, other: ClusterAddress): string | undefined {
  return bootstrapServers?.find(server => other.bootstrapServers?.includes(server))
}

/** Where a cluster is. */
interface ClusterAddress {
  msk?: unknown
  bootstrapServers?: string[]
}
