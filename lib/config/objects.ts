import * as z from 'zod'
import { type Field, parseField } from '../objects/field.ts'
import { type KeySettings, longestKey, MAX_KEY } from '../objects/key.ts'
import { createPartitioner, type PartitionerName, type PartitionerSettings } from '../objects/partitioners.ts'
import { type Part, parseParts } from '../objects/parts.ts'
import { DEFAULT_TEMPLATE, parseTemplate, type TemplatePart } from '../objects/template.ts'
import { isTimeZone, NO_VALUE, type PathFormat, parsePathFormat, timePresets } from '../objects/time-path.ts'
import { type Environment, section } from './section.ts'
import { notation, variable, wholeNumber } from './variable.ts'

interface PartitionerChoice {
  /** The folders that it makes, for the documentation. */
  folders: string
  /** Whether the key template must contain {path}: a choice that loses its folders has no effect. */
  needsPath: boolean
  /** The variable that it can't work without, and that other choices don't use. */
  requires?: 'PATH_FORMAT' | 'PARTITION_FIELD' | 'PARTITION_BY'
  /** The settings, or undefined when a required variable is missing or wrong. */
  settings(values: PartitionerValues): PartitionerSettings | undefined
}

interface PartitionerValues {
  OBJECT_PARTITIONER?: PartitionerChoiceName
  PATH_FORMAT?: PathFormat
  TIMEZONE?: string
  PARTITION_FIELD?: Field
  PARTITION_FIELD_FALLBACK?: string
  PARTITION_BY?: Part[]
}

const byTime = (format: PathFormat | undefined, timeZone = 'UTC') =>
  format && ({ name: 'time', format, timeZone } as const)

type PartitionerChoiceName = Exclude<PartitionerName, 'parts'> | keyof typeof timePresets

/** What OBJECT_PARTITIONER can be: each partitioner, and the presets of `time`. */
const partitionerChoices: Record<PartitionerChoiceName, PartitionerChoice> = {
  default: { folders: 'partition=N', needsPath: false, settings: () => ({ name: 'default' }) },
  time: {
    folders: 'PATH_FORMAT',
    needsPath: true,
    requires: 'PATH_FORMAT',
    settings: ({ PATH_FORMAT, TIMEZONE }) => byTime(PATH_FORMAT, TIMEZONE),
  },
  daily: {
    folders: 'year=, month= and day=',
    needsPath: true,
    settings: ({ TIMEZONE }) => byTime(timePresets.daily, TIMEZONE),
  },
  hourly: {
    folders: 'year=, month=, day= and hour=',
    needsPath: true,
    settings: ({ TIMEZONE }) => byTime(timePresets.hourly, TIMEZONE),
  },
  field: {
    folders: 'PARTITION_FIELD',
    needsPath: true,
    requires: 'PARTITION_FIELD',
    settings: ({ PARTITION_FIELD: field, PARTITION_FIELD_FALLBACK: fallback = NO_VALUE }) =>
      field && { name: 'field', field, fallback },
  },
}

/** What PARTITION_BY chooses, in the place of OBJECT_PARTITIONER. */
const byParts: PartitionerChoice = {
  folders: 'PARTITION_BY',
  needsPath: true,
  requires: 'PARTITION_BY',
  settings: ({ PARTITION_BY: parts, TIMEZONE: timeZone = 'UTC', PARTITION_FIELD_FALLBACK: fallback = NO_VALUE }) =>
    parts && { name: 'parts', parts, timeZone, fallback },
}

const partitionerNames = Object.keys(partitionerChoices) as PartitionerChoiceName[]

/** Where objects go. */
export const objectsSection = section({
  title: 'Object keys',
  prefix: '',
  variables: {
    OBJECT_PREFIX: variable(
      z
        .string()
        .transform(prefix => prefix.replace(/\/$/, ''))
        .pipe(z.string().regex(/^(?!\.{1,2}(\/|$))[^/]+(\/(?!\.{1,2}(\/|$))[^/]+)*$/))
        .default(''),
      {
        description: 'Folder in the bucket, levels separated by /.',
        expected: 'folder names separated by single slashes, none of them . or .., no slash at the start',
      },
    ),
    OBJECT_PARTITIONER: variable(z.enum(partitionerNames).default('default'), {
      description: `Folders below the topic’s. ${partitionerNames
        .map(name => `${name}: ${partitionerChoices[name].folders}.`)
        .join(' ')}`,
      expected: `one of ${partitionerNames.join(', ')}`,
    }),
    PATH_FORMAT: variable(notation(parsePathFormat).optional(), {
      description: 'Folders of the partitioner time, such as yyyy/MM/dd/HH or year=yyyy/month=MM/day=dd.',
      expected:
        'folders of yyyy, MM, dd, HH and mm, each with the larger ones; other words before = or in single quotes; ' +
        'no slash at either end',
    }),
    TIMEZONE: variable(z.string().refine(isTimeZone).default('UTC'), {
      description: 'Time zone of folders by time.',
      expected: 'an IANA time zone, such as Europe/Berlin',
    }),
    PARTITION_FIELD: variable(notation(parseOneField).optional(), {
      description:
        'The field of the partitioner field: a JSON pointer into the value, header: and a header’s name, or key.',
      expected: 'a JSON pointer such as /customer/country, header: and a name, or key; PARTITION_BY takes several',
    }),
    PARTITION_FIELD_FALLBACK: variable(z.string().default(NO_VALUE), {
      description: 'The folder’s value for records without a field that names a folder.',
      expected: 'a text',
    }),
    PARTITION_BY: variable(notation(parseParts).optional(), {
      description:
        'Folders by several parts, in the place of OBJECT_PARTITIONER: fields, such as tenant=/customer/tenantId, and ' +
        'times, such as daily, or daily@/createdAt for the time in a field.',
      expected:
        'parts separated by commas, each with another name: a field (/pointer, header:name or key), with name= before ' +
        'it if wanted, or a time (daily, hourly or as in PATH_FORMAT), with @ and a field behind it if wanted',
    }),
    OBJECT_KEY_TEMPLATE: variable(notation(parseTemplate).prefault(DEFAULT_TEMPLATE), {
      description: 'The key between prefix and extension. {path} is replaced with the partitioner’s folders.',
      expected:
        'folders and a name with {topic}, {partition} and {offsets}, separated by text; {path} as a whole folder, ' +
        '{offsets} at the end',
    }),
    OFFSET_PAD_WIDTH: variable(wholeNumber(0, 20).default(10), {
      description: 'Number of digits to which offsets in object keys are padded with zeros. 0: they are not padded.',
      expected: 'a whole number from 0 to 20',
    }),
  },
  rules: [
    requiredRule('PATH_FORMAT', 'a format such as yyyy/MM/dd'),
    unusedRule('PATH_FORMAT'),
    requiredRule('PARTITION_FIELD', 'a field such as /customer/country'),
    unusedRule('PARTITION_FIELD'),
    {
      variable: 'PARTITION_BY',
      expected: 'nothing, as OBJECT_PARTITIONER is set',
      holds: ({ PARTITION_BY, OBJECT_PARTITIONER = 'default' }) => !PARTITION_BY || OBJECT_PARTITIONER === 'default',
    },
    {
      variable: 'OBJECT_KEY_TEMPLATE',
      expected: '{path} in it, as OBJECT_PARTITIONER or PARTITION_BY is set',
      holds: ({ OBJECT_KEY_TEMPLATE, ...values }) =>
        !choiceOf(values).needsPath || (OBJECT_KEY_TEMPLATE?.flat().some(isPath) ?? true),
    },
    {
      variable: 'OBJECT_PREFIX',
      expected: `a shorter folder, as the keys of topics with long names would have more than ${MAX_KEY} bytes; or fewer fields in PARTITION_BY`,
      holds: ({ OBJECT_PREFIX, OBJECT_KEY_TEMPLATE, OFFSET_PAD_WIDTH, ...values }) =>
        longestKey({
          prefix: OBJECT_PREFIX ?? '',
          template: OBJECT_KEY_TEMPLATE ?? [],
          partitioner: partitionerSettings(values),
          padWidth: OFFSET_PAD_WIDTH ?? 0,
        }) <= MAX_KEY,
    },
  ],
  settings: ({ OBJECT_PREFIX, OBJECT_KEY_TEMPLATE, OFFSET_PAD_WIDTH, ...values }): KeySettings => ({
    prefix: OBJECT_PREFIX,
    template: OBJECT_KEY_TEMPLATE,
    partitioner: partitionerSettings(values),
    padWidth: OFFSET_PAD_WIDTH,
  }),
})

const isPath = (part: TemplatePart) => 'placeholder' in part && part.placeholder === 'path'

/** The variable is set where the choice of OBJECT_PARTITIONER requires it. */
function requiredRule(variable: 'PATH_FORMAT' | 'PARTITION_FIELD', expected: string) {
  return {
    variable,
    expected: `${expected}, as OBJECT_PARTITIONER is ${choicesThatRequire(variable)}`,
    holds: (values: PartitionerValues) => choiceOf(values).requires !== variable || values[variable] !== undefined,
  }
}

/** The variable is not set where the choice of OBJECT_PARTITIONER doesn't use it. */
function unusedRule(variable: 'PATH_FORMAT' | 'PARTITION_FIELD') {
  return {
    variable,
    expected: `nothing, unless OBJECT_PARTITIONER is ${choicesThatRequire(variable)}`,
    holds: (values: PartitionerValues) => choiceOf(values).requires === variable || values[variable] === undefined,
  }
}

function choicesThatRequire(variable: string): string {
  return partitionerNames.filter(name => partitionerChoices[name].requires === variable).join(' or ')
}

function choiceOf({ OBJECT_PARTITIONER = 'default', PARTITION_BY }: PartitionerValues): PartitionerChoice {
  return PARTITION_BY ? byParts : partitionerChoices[OBJECT_PARTITIONER]
}

/** A list would be one field whose name has a comma, which no record has: all of them would go to the fallback's folder. */
function parseOneField(text: string): Field | undefined {
  return /,(\/|header:)/.test(text) ? undefined : parseField(text)
}

function partitionerSettings(values: PartitionerValues): PartitionerSettings {
  return choiceOf(values).settings(values) ?? { name: 'default' }
}

/**
 * The columns that query engines make of the folders, and the variable that names them. Variables that are wrong by
 * themselves count as not set.
 */
export function folderColumns(environment: Environment): { variable: string; columns: readonly string[] } {
  const { variables } = objectsSection
  const entries = Object.entries(variables).map(([name, schema]) => [name, parsedOrAbsent(schema, environment[name])])
  const values = Object.fromEntries(entries) as PartitionerValues
  const variable = choiceOf(values).requires ?? 'OBJECT_PARTITIONER'
  return { variable, columns: createPartitioner(partitionerSettings(values))?.columns ?? [] }
}

function parsedOrAbsent(schema: z.ZodType, text: string | undefined): unknown {
  return schema.safeParse(text || undefined).data
}
