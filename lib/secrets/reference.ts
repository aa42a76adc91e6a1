/** Where a secret is stored. */
export interface SecretReference {
  kind: 'secret' | 'parameter'
  /** The ARN of a secret, or the name or ARN of a parameter. */
  id: string
  /** A field of the JSON object stored there; absent: the whole text. */
  field?: string
}

/** The suffix of a variable that refers to a secret instead of containing it, and the syntax of the reference. */
export const referenceKinds = {
  secret: {
    suffix: '_SECRET_ARN',
    pattern: /^(?<id>arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]+)(?:#(?<field>.+))?$/,
    expected: 'the ARN of a secret in Secrets Manager, optionally with # and the name of a field of its JSON',
  },
  parameter: {
    suffix: '_PARAMETER',
    // Source: AWS Systems Manager User Guide, "Creating Parameter Store parameters": letters, digits and .-_ in levels.
    pattern: /^(?<id>(?:arn:aws[a-z-]*:ssm:[a-z0-9-]+:\d{12}:parameter)?[\w./-]+)(?:#(?<field>.+))?$/,
    expected:
      'the name or ARN of a parameter in Parameter Store, optionally with # and the name of a field of its JSON',
  },
} as const

/** @returns undefined when the text is not such a reference */
export function parseReference(kind: SecretReference['kind'], text: string): SecretReference | undefined {
  const { id, field } = referenceKinds[kind].pattern.exec(text)?.groups ?? {}
  return id === undefined ? undefined : { kind, id, field }
}
