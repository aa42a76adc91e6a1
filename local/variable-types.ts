import * as z from 'zod'
import { dumpSections } from '../lib/config/dump.ts'
import { eventHandlerSections } from '../lib/config/event-handler.ts'
import { replicateSections } from '../lib/config/replicate.ts'
import type { AnySection } from '../lib/config/section.ts'
import { defaultOf, descriptionOf, isReferable } from '../lib/config/variable.ts'
import { referenceKinds } from '../lib/secrets/reference.ts'

/** Where the types are, from the project's folder. */
export const TYPES_FOLDER = 'lib/api/variables'

/** The interface of each section that the typed API reads, by the name of its file. */
const files: Record<string, { name: string; section: AnySection }> = {
  store: { name: 'StoreVariables', section: dumpSections.store },
  format: { name: 'FormatVariables', section: dumpSections.format },
  'schema-registry': { name: 'SchemaRegistryVariables', section: dumpSections.schemaRegistry },
  'object-keys': { name: 'ObjectKeyVariables', section: dumpSections.keys },
  rotation: { name: 'RotationVariables', section: dumpSections.rotation },
  failure: { name: 'FailureVariables', section: dumpSections.failure },
  'source-kafka': { name: 'SourceKafkaVariables', section: replicateSections.source },
  'target-kafka': { name: 'TargetKafkaVariables', section: replicateSections.target },
  replication: { name: 'ReplicationVariables', section: replicateSections.replication },
  'target-records': { name: 'TargetRecordVariables', section: replicateSections.records },
  'topic-settings': { name: 'TopicSettingVariables', section: replicateSections.topicSettings },
  'offset-topics': { name: 'OffsetTopicVariables', section: replicateSections.offsets },
}

/** The variables of each function: the interfaces of its sections. */
const functions: Record<string, { of: string; sections: Record<string, AnySection> }> = {
  DumpVariables: { of: 'What {@link createDump} can be told in code.', sections: dumpSections },
  ReplicateVariables: { of: 'What {@link createReplicate} can be told in code.', sections: replicateSections },
  EventHandlerVariables: { of: 'What {@link createEventHandler} can be told in code.', sections: eventHandlerSections },
}

/** The types of the variables, which editors complete and explain: the content of each file, by its name. */
export function variableTypes(): Record<string, string> {
  const sections = Object.entries(files).map(([file, { name, section }]) => [`${file}.ts`, sectionType(name, section)])
  return { ...Object.fromEntries(sections), 'index.ts': functionTypes() }
}

function sectionType(name: string, { title, prefix, variables }: AnySection): string {
  const members = Object.entries(variables as Record<string, z.ZodType>).flatMap(([variable, schema]) =>
    membersOf(prefix + variable, schema),
  )
  const doc = comment([`Variables: ${lowerFirst(title)}.`, '@public'], '')
  return `${doc}\nexport interface ${name} {\n${members.join('\n')}\n}\n`
}

function membersOf(variable: string, schema: z.ZodType): string[] {
  const description = descriptionOf(schema)
  const doc = comment([escaped(description.description), ...defaultsOf(variable)], '  ')
  const own = `${doc}\n${member(variable, typesOf(schema))}`
  if (!isReferable(description)) return [own]
  const references = Object.values(referenceKinds).map(({ suffix, expected }) => {
    return `${comment([`Where ${variable} is kept: ${expected}.`], '  ')}\n  ${variable}${suffix}?: string`
  })
  return [own, ...references]
}

/** The texts that are allowed, or any. */
function typesOf(schema: z.ZodType): string[] {
  const { enum: allowed } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
  return Array.isArray(allowed) ? allowed.map(value => `'${value}'`) : ['string']
}

function member(name: string, types: string[]): string {
  const line = `  ${name}?: ${types.join(' | ')}`
  return line.length <= LINE_WIDTH ? line : [`  ${name}?:`, ...types.map(type => `    | ${type}`)].join('\n')
}

/** What the functions take when the variable is not set; which function takes what, where they differ. */
function defaultsOf(variable: string): string[] {
  const taken = Object.entries(functions).flatMap(([name, { sections }]) =>
    Object.values(sections).flatMap(({ prefix, variables }) => {
      const schema = variable.startsWith(prefix) && variables[variable.slice(prefix.length)]
      const text = schema && defaultOf(schema)
      return text ? [{ name, text }] : []
    }),
  )
  const byText = Map.groupBy(taken, ({ text }) => text)
  const texts = Array.from(byText, ([text, some]) => {
    const names = some.map(({ name }) => name).join(', ')
    return byText.size === 1 ? `\`${text}\`` : `\`${text}\` in ${names}`
  })
  return texts.length === 0 ? [] : [`Default: ${texts.join('; ')}.`]
}

function functionTypes(): string {
  const imports = Object.entries(files).map(([file, { name }]) => `import type { ${name} } from './${file}.ts'`)
  const exported = Object.entries(files).map(([file, { name }]) => `export type { ${name} } from './${file}.ts'`)
  const types = Object.entries(functions).map(([name, { of, sections }]) => {
    return `${comment([of, '@public'], '')}\n${extension(name, Object.values(sections).map(nameOf))} {}\n`
  })
  return [...imports.toSorted(), '', ...exported.toSorted(), '', types.join('\n')].join('\n')
}

/** The interface of a section; of those that differ in their defaults only, the one that is written. */
function nameOf({ title }: AnySection): string {
  const found = Object.values(files).find(({ section }) => title.startsWith(section.title.split(',')[0] as string))
  if (!found) throw new Error(`The section ${title} has no interface`)
  return found.name
}

function extension(name: string, bases: string[]): string {
  const line = `export interface ${name} extends ${bases.join(', ')}`
  return `${line} {}`.length <= LINE_WIDTH ? line : `export interface ${name}\n  extends ${bases.join(',\n    ')}`
}

function comment(paragraphs: string[], indent: string): string {
  const lines = paragraphs.flatMap((paragraph, index) => [...(index > 0 ? [''] : []), ...wrapped(paragraph)])
  return [`${indent}/**`, ...lines.map(line => `${indent} * ${line}`.trimEnd()), `${indent} */`].join('\n')
}

/** As in `biome.json`. */
const LINE_WIDTH = 120

const COMMENT_WIDTH = 110

function wrapped(text: string): string[] {
  const lines = ['']
  for (const word of text.split(' ')) {
    const line = lines.at(-1) as string
    if (line === '') lines[lines.length - 1] = word
    else if (line.length + word.length < COMMENT_WIDTH) lines[lines.length - 1] = `${line} ${word}`
    else lines.push(word)
  }
  return lines
}

/** Characters that have a meaning in the comments of TSDoc. */
function escaped(text: string): string {
  return text.replaceAll(/[\\{}@<>]/g, character => `\\${character}`)
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
