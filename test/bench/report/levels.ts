import { WHOLE_CPU_MB } from '../../../lib/cost/measured-function.ts'
import { regionPrices } from '../../../lib/cost/prices.ts'
import { code, markdownTable } from '../../support/markdown.ts'
import { type ContentName, contents } from '../levels/objects.ts'
import type { Level, LevelsResult } from '../levels/result.ts'
import { curvesPicture } from './curves.ts'
import type { Section } from './section.ts'

const REGION = 'us-east-1'
const GB_OF_TB = 1_000

/** How many months objects are kept. */
const MONTHS_KEPT = [1, 3, 12, 36]

type LevelsOfContent = LevelsResult['contents'][number]
const compressionNames = ['gzip', 'zstd'] as const
const drawnAs = {
  gzip: { colour: '#f28e2b', names: 'above' },
  zstd: { colour: '#4e79a7', names: 'below' },
} as const

/** CPU time against size of the levels of gzip and zstd. */
export const levelsSection: Section<LevelsResult> = {
  results: 'levels',
  tables: {
    levels: levelsTable,
    'cheapest levels': cheapestTable,
    'pictures of levels': picturesTable,
  },
  pictures: Object.fromEntries(
    (Object.keys(contents) as ContentName[]).map(name => [
      pictureName(name),
      (result: LevelsResult) => levelsPicture(name, result),
    ]),
  ),
}

function levelsTable({ command, contents }: LevelsResult): string {
  const head = contents.flatMap(({ name }) => [`${name}: CPU s/GB`, 'size %'])
  const all = contents[0]?.levels ?? []
  const rows = all.map(({ compression, level }, index) => [
    `${compression} ${level}`,
    ...contents.flatMap(({ levels }) => {
      const { secondsPerGb = 0, size = 0 } = levels[index] ?? {}
      return [secondsPerGb.toFixed(1), (size * 100).toFixed(1)]
    }),
  ])
  const objects = contents.map(
    ({ name, format, objectBytes }) => `${name} in ${format}, ${megabytes(objectBytes)} each`,
  )
  return [`${code(command)}: ${objects.join('; ')}.`, '', markdownTable(['', ...head], rows)].join('\n')
}

/** The level of each compression with which a TB costs least: compressed on Lambda, then kept in S3 Standard. */
function cheapestTable({ contents }: LevelsResult): string {
  const rows = contents.flatMap(content =>
    MONTHS_KEPT.map(months => [
      content.name,
      String(months),
      ...compressionNames.flatMap(name => {
        const levels = content.levels.filter(({ compression }) => compression === name)
        const cheapest = levels.reduce((one, other) => (dollars(other, months) < dollars(one, months) ? other : one))
        return [String(cheapest.level), dollars(cheapest, months).toFixed(2)]
      }),
      ...standardLevels.map(({ compression, level }) => {
        const standard = content.levels.find(other => other.compression === compression && other.level === level)
        return standard ? dollars(standard, months).toFixed(2) : '–'
      }),
    ]),
  )
  const standard = standardLevels.map(({ compression, level }) => `${compression} ${level}, $`)
  return markdownTable(['', 'months kept', 'gzip, cheapest', '$', 'zstd, cheapest', '$', ...standard], rows)
}

/** The levels that are compared with the cheapest. */
const standardLevels = [
  { compression: 'gzip', level: 5 },
  { compression: 'gzip', level: 6 },
  { compression: 'zstd', level: 1 },
  { compression: 'zstd', level: 3 },
] satisfies Partial<Level>[]

/** What a TB before compression costs: processor time of Lambda on Arm, and storage of what is left of it. */
function dollars({ secondsPerGb, size }: Level, months: number): number {
  const { gbSecond, gbMonthStored } = regionPrices[REGION]
  const compressing = secondsPerGb * (WHOLE_CPU_MB / 1_024) * gbSecond
  return (compressing + size * gbMonthStored * months) * GB_OF_TB
}

function picturesTable({ contents }: LevelsResult): string {
  return contents.map(({ name }) => `![CPU time against size, ${name}](benchmarks/${pictureName(name)})`).join('\n\n')
}

function pictureName(name: ContentName): string {
  return `levels-${name.split(' ')[0]?.toLowerCase()}.svg`
}

function levelsPicture(name: ContentName, { contents }: LevelsResult): string {
  const { levels } = contents.find(content => content.name === name) as LevelsOfContent
  const curves = compressionNames.map(compression => ({
    name: compression,
    ...drawnAs[compression],
    points: levels
      .filter(level => level.compression === compression)
      .map(({ level, secondsPerGb, size }) => ({ name: String(level), x: secondsPerGb, y: size * 100 })),
  }))
  return curvesPicture(`${name}: CPU time against size`, { x: 'CPU s for a GB', y: 'size %' }, curves)
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}
