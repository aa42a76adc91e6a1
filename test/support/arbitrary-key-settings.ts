import fc from 'fast-check'
import type { KeySettings } from '../../lib/objects/key.ts'
import type { PartitionerName, PartitionerSettings } from '../../lib/objects/partitioners.ts'
import { type Part, parseParts } from '../../lib/objects/parts.ts'
import { DEFAULT_TEMPLATE, parseTemplate, type Template } from '../../lib/objects/template.ts'
import { type PathFormat, parsePathFormat } from '../../lib/objects/time-path.ts'

/** Names that lead out of a folder, end a name early, or mean something to a shell, a browser or a database. */
export const naughty = fc.constantFrom(
  ...['..', '.', '../../etc/passwd', '/absolute', 'a/../b', '..\\windows', '%2e%2e', '%2E%2E/', 'a//b', ' ', '\u0000'],
  ...['\n', 'partition=0', 'a+0+1-2', 'a-1-2-3', 'digest-', '\u202Egnp', '你好', '😀', 'con', '$(rm -rf ~)'],
  ...["'; DROP TABLE", '<script>', 'a?b#c', '~', '-', '+', '=', '%', '%25', 'json', 'a.json.gz'],
)

const timeZone = fc.constantFrom('UTC', 'Europe/Berlin', 'America/St_Johns', 'Asia/Kathmandu', 'Australia/Lord_Howe')

const pathFormat = fc
  .constantFrom("'year'=YYYY/'month'=MM/'day'=dd", 'yyyy/MM/dd/HH/mm', 'dt=yyyy-MM-dd', 'yyyyMMdd/HH', 'year=yyyy')
  .map(text => parsePathFormat(text) as PathFormat)

const fallback = fc.constantFrom('__HIVE_DEFAULT_PARTITION__', 'none', 'a/b')

/** Lists that may be used, of parts in any order. */
const parts: fc.Arbitrary<Part[]> = fc
  .subarray(
    ['id=/..', '/k', 'h=header:trace-id', 'header:h', 'by_key=key', 'daily', 'dt=yyyy-MM-dd@/k', 'yyyy/MM@key'],
    {
      minLength: 1,
    },
  )
  .chain(list => fc.shuffledSubarray(list, { minLength: list.length }))
  .map(list => parseParts(list.join(',')))
  .filter(parsed => parsed !== undefined)

const partitioners: Record<PartitionerName, fc.Arbitrary<PartitionerSettings>> = {
  default: fc.constant({ name: 'default' as const }),
  time: fc.record({ name: fc.constant('time' as const), format: pathFormat, timeZone }),
  field: fc.record({
    name: fc.constant('field' as const),
    field: fc.oneof(
      fc.oneof(naughty, fc.constantFrom('h', 'trace-id')).map(header => ({ header })),
      naughty.map(name => ({ pointer: [name] })),
    ),
    fallback,
  }),
  parts: fc.record({ name: fc.constant('parts' as const), parts, timeZone, fallback }),
}

export const partitioner = fc.oneof(...Object.values(partitioners))

const pieces = ['{topic}/', '{topic}-', '{path}/', '{partition}/', '{partition}.', 'x', '-', '/', 'v1_', '=', '2026/']

/** Texts that may be templates, most of those that are none left out. */
export const templateText = fc
  .array(fc.constantFrom(...pieces), { minLength: 2, maxLength: 7 })
  .map(parts => `${parts.join('')}{offsets}`)

export const template: fc.Arbitrary<Template> = fc.oneof(
  fc.constant(parseTemplate(DEFAULT_TEMPLATE) as Template),
  templateText.map(text => parseTemplate(text) as Template).filter(parsed => parsed !== undefined),
)

export const keySettings: fc.Arbitrary<KeySettings> = fc.record({
  prefix: fc.constantFrom('', 'lake', 'a/b/c', 'weird (1)+[x]/ü'),
  template,
  partitioner,
  padWidth: fc.integer({ min: 0, max: 20 }),
})
