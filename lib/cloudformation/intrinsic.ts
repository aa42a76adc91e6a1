/** A CloudFormation function such as `!Ref` or `!GetAtt`, whose value is known at deployment only. */
export type Intrinsic = Record<string, unknown>

/** Whether a value is a CloudFormation function such as `{ Ref: … }` or `{ 'Fn::GetAtt': … }`. */
export function isIntrinsic(value: unknown): value is Intrinsic {
  if (typeof value !== 'object' || value === null) return false
  const names = Object.keys(value)
  return names.length === 1 && names.every(name => name === 'Ref' || name.startsWith('Fn::'))
}

/** The logical id of the resource that `!GetAtt`, `!Ref` or `!Sub` refers to, or a `!Join` that contains one of them. */
export function logicalIdOf(value: unknown): string | undefined {
  if (!isIntrinsic(value)) return undefined
  const [argument] = Object.values(value)
  if ('Ref' in value) return String(argument)
  if ('Fn::GetAtt' in value) return Array.isArray(argument) ? String(argument[0]) : String(argument).split('.')[0]
  if ('Fn::Sub' in value)
    return /\$\{([A-Za-z0-9]+)(?:\.Arn)?\}/.exec(String(Array.isArray(argument) ? argument[0] : argument))?.[1]
  if ('Fn::Join' in value) return (argument as [string, unknown[]])[1]?.map(logicalIdOf).find(id => id !== undefined)
  return undefined
}
