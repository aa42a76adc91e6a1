import { readFileSync } from 'node:fs'
import { dumpSections } from '../../../lib/config/dump.ts'
import { replicateSections, syncTopicsSections } from '../../../lib/config/replicate.ts'
import { syncOffsetsSections } from '../../../lib/config/sync-offsets.ts'

const page = (name: string) => readFileSync(new URL(`../../../docs/${name}`, import.meta.url), 'utf8')
const rows = page('coming-from.md')
  .split('\n')
  .filter(line => line.startsWith('| '))
  .map(line => line.split('|')[2] ?? '')
const named = (pattern: RegExp) => [
  ...new Set(rows.flatMap(text => Array.from(text.matchAll(pattern), match => match[1]))),
]

test('each variable that stands for another system’s parameter is one of ours', () => {
  const known = [dumpSections, replicateSections, syncOffsetsSections, syncTopicsSections]
    .flatMap(sections => Object.values(sections))
    .flatMap(({ prefix, variables }) => Object.keys(variables).map(name => prefix + name))
  const names = named(/`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)`/g).filter(name => name?.includes('_') || name === 'FORMAT')
  expect(names.length).toBeGreaterThan(40)
  for (const name of names) expect(known).toContain(name)
})

test('so is each key of a connector', () => {
  const names = named(
    /`((?:source|to|batch|concurrency|syncOffsets)\.[\w.]+|enabled|direction|failurePolicy|deadLetter|abnormalDataTopic)(?:: \w+)?`/g,
  )
  expect(names.length).toBeGreaterThan(40)
  const keys = page('connectors.md')
  // A group of keys, such as `source.auth`, has a table of its own.
  const unknown = names.filter(name => !keys.includes(`| \`${name}\` |`) && !keys.includes(`**\`${name}\``))
  expect(unknown).toEqual([])
})
