/** Where a secret is kept. */
export interface SecretReference {
  kind: 'secret' | 'parameter'
  /** The ARN of a secret, or the name or ARN of a parameter. */
  id: string
  /** A field of the JSON object that it holds; absent: the whole of it. */
  field?: string
}

/** What a variable's name ends in when it says where its value is kept, and how such a reference looks. */
export const referenceKinds = {
  secret: {
    suffix: '_SECRET_ARN',
    pattern: /^(?<id>arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]+)(?:#(?<field>.+))?$/,
    expected: 'the ARN of a secret in Secrets Manager, with # and a name for one field of its JSON',
  },
  parameter: {
    suffix: '_PARAMETER',
    // Source: AWS Systems Manager User Guide, "Creating Parameter Store parameters": letters, digits and .-_ in levels.
    pattern: /^(?<id>(?:arn:aws[a-z-]*:ssm:[a-z0-9-]+:\d{12}:parameter)?[\w./-]+)(?:#(?<field>.+))?$/,
    expected: 'the name or ARN of a parameter in Parameter Store, with # and a name for one field of its JSON',
  },
} as const

/** @returns undefined for text that is no such reference */
export function parseReference(kind: SecretReference['kind'], text: string): SecretReference | undefined {
  const { id, field } = referenceKinds[kind].pattern.exec(text)?.groups ?? {}
  return id === undefined ? undefined : { kind, id, field }
}
