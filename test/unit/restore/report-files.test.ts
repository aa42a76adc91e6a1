import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeReport } from '../../../lib/connectors/commands/restore-report-files.ts'
import type { RestoreReport } from '../../../lib/restore/report.ts'

const report = (started: number, outcome: RestoreReport['outcome']): RestoreReport => ({
  ...{ schema: 1, id: 'nightly', outcome, started, ended: started + 5_000, sources: ['s3://lake'] },
  ...{ losses: [], topics: [], groups: [], problems: [] },
})

/** Digests are those of one run: whoever wants to prove what was restored needs the reports of all of them. */
test('a report names the runs before it, whose reports stay', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'reports-'))
  try {
    const begun = Date.UTC(2026, 10, 29, 12)
    for (const [run, outcome] of (['unfinished', 'failed', 'restored'] as const).entries())
      await writeReport(folder, report(begun + run * 60_000, outcome))
    const names = ['report-20261129T120000000Z', 'report-20261129T120100000Z', 'report']
    expect(await readdir(folder)).toEqual(names.flatMap(name => [`${name}.html`, `${name}.json`]).sort())
    const written = await Promise.all(names.map(name => readFile(join(folder, `${name}.json`), 'utf8')))
    expect(written.map(text => JSON.parse(text))).toMatchObject([
      { outcome: 'unfinished' },
      { outcome: 'failed', earlier: [{ report: names[0] }] },
      { outcome: 'restored', earlier: [{ outcome: 'unfinished', report: names[0] }, { report: names[1] }] },
    ])
    const page = await readFile(join(folder, 'report.html'), 'utf8')
    expect(page).toContain(`Unfinished, 0 records produced, restore nightly (${names[0]}.html)`)
  } finally {
    await rm(folder, { recursive: true })
  }
})
