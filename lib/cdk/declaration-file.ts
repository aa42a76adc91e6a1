import { readFileSync } from 'node:fs'
import { type CollectionTag, parse, type ScalarTag, type YAMLMap, type YAMLSeq } from 'yaml'

/** CloudFormation's functions in their short form. Source: AWS CloudFormation, "Intrinsic function reference". */
const functions = [
  'Ref',
  'GetAtt',
  'Sub',
  'Join',
  'Split',
  'Select',
  'ImportValue',
  'FindInMap',
  'If',
  'Base64',
  'Cidr',
  'GetAZs',
]

/** A variable of the Serverless Framework. CloudFormation's own, such as `${AWS::Region}`, have another form. */
const VARIABLE = /\$\{(?:(?:env|opt|self|sls|aws|param|ssm|cf|s3|file)\b[:(.(][^}]*)\}/

/**
 * Reads connectors from a file in YAML or JSON, as `connectors.yml` has them.
 *
 * @throws Error when the file can't be read, or contains variables that only the Serverless Framework resolves
 */
export function readDeclarationFile(file: string): unknown {
  const text = readFileSync(file, 'utf8')
  const declared: unknown = parse(text, { customTags: functions.flatMap(tagsOf), logLevel: 'error' })
  const [variable] = VARIABLE.exec(JSON.stringify(declared) ?? '') ?? []
  if (variable === undefined) return declared
  throw new Error(
    `${file} contains ${variable}, which only the Serverless Framework resolves. Write the value, or pass the declaration as \`connectors\` and compute the value in your app.`,
  )
}

/** `!Sub text` and `!Sub [text, variables]`, and likewise for the other functions. */
function tagsOf(name: string): (ScalarTag | CollectionTag)[] {
  const full = name === 'Ref' ? name : `Fn::${name}`
  const tag = `!${name}`
  const attribute = (text: string) =>
    name === 'GetAtt' ? [text.replace(/\..*$/, ''), text.replace(/^[^.]*\./, '')] : text
  const call = (node: YAMLMap | YAMLSeq) => ({ [full]: node.toJSON() })
  return [
    { tag, resolve: text => ({ [full]: attribute(text) }) },
    { tag, collection: 'seq', resolve: node => call(node as YAMLSeq) },
    { tag, collection: 'map', resolve: node => call(node as YAMLMap) },
  ]
}
