/** Values that a key may have, by the key’s name, where the declaration has a variable of the deployment. */
const examples: Record<string, string> = {
  bootstrapServers: 'kafka.example.com:9096',
  msk: 'arn:aws:kafka:eu-central-1:123456789012:cluster/example/6357e0b2-0e6a-4b86-a0b4-70df934c2e31-5',
  subnets: 'subnet-0a1b2c3d4e5f60718',
  securityGroups: 'sg-0123456789abcdef0',
  topics: 'example',
  bucket: 'example',
  region: 'eu-central-1',
  endpoint: 'https://example.com',
  schemaRegistryUrl: 'https://example.com',
  proxyUrl: 'https://example.com',
}

const SECRET = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:example-AbCdEf'

/** The declaration with examples in the place of `${env:…}`, as it can be checked before the variables are set. */
export function resolved(value: unknown, key = ''): unknown {
  if (typeof value === 'string') return value.replaceAll(/\$\{env:[^}]*\}/g, examples[key] ?? SECRET)
  if (Array.isArray(value)) return value.map(element => resolved(element, key))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, resolved(part, name)]))
}
