import { continuation } from '../../../lib/connectors/commands/restore-continuation.ts'
import { RestoreProgressLine } from '../../../lib/connectors/commands/restore-progress.ts'
import { reportText } from '../../../lib/connectors/commands/restore-text.ts'
import type { RestoredPartition, RestoreReport } from '../../../lib/restore/report.ts'
import { reportPage } from '../../../lib/restore/report-page.ts'
import type { RestoreRequest } from '../../../lib/restore/request.ts'

const place = (topic: string, partition: number, more: Partial<RestoredPartition> = {}): RestoredPartition => ({
  ...{ topic, partition, records: 1_000, bytes: 377_000, firstOffset: 0, lastOffset: 999, present: 0, produced: 1_000 },
  ...{ targetFirst: 5, targetLast: 1_004, missing: [], missingOffsets: 0, duplicates: 0, conflicts: 0, corrupt: [] },
  ...{ digestRead: 'd1', digestProduced: 'd1', ...more },
})
const long = 'a-topic-with-a-long-name.'.repeat(9)

const report = (more: Partial<RestoreReport> = {}): RestoreReport => ({
  ...{ schema: 1, id: 'r1', outcome: 'restored', started: 0, ended: 125_000, sources: ['s3://b/<p>'], losses: [] },
  topics: [
    {
      ...{ topic: long, target: long, targetState: 'present', partitions: 500, settings: {} },
      places: Array.from({ length: 500 }, (_, partition) =>
        place(
          long,
          partition,
          partition === 77
            ? {
                missing: [
                  [3, 1],
                  [50, 11],
                ],
                missingOffsets: 12,
              }
            : {},
        ),
      ),
    },
  ],
  groups: [
    {
      ...{ group: 'billing<b>', outcome: 'set' },
      positions: Array.from({ length: 40 }, (_, partition) => ({ topic: long, partition, recorded: 7, offset: 9 })),
    },
  ],
  problems: [{ code: 'X', message: '<img src=x onerror=alert(1)>', topic: 'orders', partition: 0, offset: 5 }],
  ...more,
})

describe('a report', () => {
  test('on a terminal folds what is as expected, and no line but those with a long name is wider than 80', () => {
    const text = reportText(report())
    const lines = text.split('\n')
    expect(lines.length).toBeLessThan(40)
    const wide = lines.filter(line => line.length > 80 && !line.includes(long) && !line.startsWith('Missing offsets'))
    expect(wide).toEqual(['Restored 500,000 records, 188.5 MB, of 500 topic-partitions of 1 topic, in 2 min 5 s.'])
    expect(text).toMatch(/\n +77 +1,000 +0\.4 +0-999 +12 +1,000 +5-1004\n {2}and 499 partitions more: 499,000 records/)
    expect(text).toContain(`${long}-77:3,50-60 (12 offsets)`)
    expect(text).toMatch(/billing<b>: set, 40 positions[\s\S]*and 28 positions more/)
    expect(text).toContain('orders, partition 0, offset 5: <img src=x onerror=alert(1)> (X)')
    expect(text).toMatch(/the digests are equal\.$/)
  })

  test('says when what was produced is not what was read', () => {
    const [topic] = report().topics as [RestoreReport['topics'][number]]
    const places = [place('orders', 3, { digestProduced: 'd2' })]
    expect(reportText(report({ topics: [{ ...topic, places }] }))).toMatch(
      /What was produced differs from what was read in 1 topic-partition: orders-3\.$/,
    )
  })

  test('of a dry run says what would refuse the restore', () => {
    const planned = { outcome: 'planned', estimatedMs: 360_000 } as const
    expect(reportText(report({ ...planned, problems: [] }))).toMatch(/in about 6 min 0 s\.\nNothing was changed\.$/)
    const problems = [{ code: 'RESTORE_TARGET_NOT_EMPTY', message: 'full' }]
    expect(reportText(report({ ...planned, problems }))).toContain('the restore would be refused')
  })

  test('as a page takes no text for HTML, and needs no script and no other file', () => {
    const page = reportPage(report())
    expect(page).toContain('&lt;img src=x onerror=alert(1)&gt;')
    expect(page).toContain('s3://b/&lt;p&gt;')
    expect(page).not.toMatch(/<img|<script|<link|https?:|billing<b>/)
    expect(page.match(/<tr class/g)).toHaveLength(501)
  })
})

describe('the line of progress', () => {
  test('tells how far a topic and the whole have come, how fast, and the time left, in the width that there is', () => {
    let now = 0
    const told: string[] = []
    const line = { show() {}, clear() {} }
    const progress = new RestoreProgressLine({
      dryRun: false,
      now: () => now,
      line,
      write: text => void told.push(text),
    })
    const at = { topic: long, partition: 0 }
    progress.found(at, 1_000)
    progress.found({ topic: 'payments', partition: 0 }, 1_000)
    progress.read(at, 100, 0)
    progress.text(80)
    now = 10_000
    progress.read(at, 100, 500)
    progress.produced(at, 200, 2_000_000)
    const text = progress.text(120)
    expect(text).toMatch(/^a-topic.*….* 50 % · 0 of 2 topics, 25 %, 200 records, 2\.0 MB, 20 records\/s, 30 s left$/)
    expect(text.length).toBeLessThanOrEqual(120)
    expect(progress.text(60)).toMatch(/^0 of 2 topics, 25 %/)
    progress.finished(at)
    expect(told).toEqual([`✓ ${long}: 200 records, 2.0 MB, 10 s`])
  })
})

test('the command that continues repeats no purge, keeps times as they were, and quotes what a shell would change', () => {
  const request = { selection: { from: 0 }, groups: {} } as RestoreRequest
  const given = {
    from: ['s3://b/p'],
    topics: '/a b$/',
    since: '1d',
    purge: ['orders'],
    yes: true,
    append: true,
    strict: false,
  }
  expect(continuation('npm run restore --', given, request)).toBe(
    "npm run restore -- --from s3://b/p --topics '/a b$/' --since 1970-01-01T00:00:00.000Z --append",
  )
})
