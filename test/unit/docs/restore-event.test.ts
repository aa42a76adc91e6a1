import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseRestoreEvent } from '../../../lib/config/restore-event.ts'

const environment = { RESTORE_FROM: 's3://lake/prod', S3_BUCKET: 'lake', TARGET_KAFKA_BROKERS: 'kafka:9092' }
const page = readFile(join(import.meta.dirname, '../../../docs/restore.md'), 'utf8')

test('the event that docs/restore.md shows asks for what the page says', async () => {
  const [, sample = ''] = /## As a function[\s\S]*?```json\n([\s\S]*?)```/.exec(await page) ?? []
  expect(parseRestoreEvent(JSON.parse(sample), environment)).toMatchObject({
    ...{ dryRun: true, groups: { strategy: 'recorded' } },
    selection: { topics: ['orders'], until: Date.UTC(2026, 10, 29, 12) },
  })
})

test('docs/restore.md names every field of an event, and no other one', async () => {
  const [, listed = ''] = /names of the options in camel case: ([\s\S]*?)\. Lists/.exec(await page) ?? []
  const names = Array.from(listed.matchAll(/`(\w+)`/g), ([, name = '']) => name)
  const known = (() => {
    try {
      return parseRestoreEvent({ unknown: 1 }, environment)
    } catch (error) {
      return /an event has ([\w, ]+)/.exec((error as Error).message)?.[1]?.split(', ') ?? []
    }
  })()
  expect(names.toSorted()).toEqual([...(known as string[])].toSorted())
})
