import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseJson } from '../../parse-json.ts'
import type { RestoreReport } from '../../restore/report.ts'
import { reportPage } from '../../restore/report-page.ts'

/**
 * Writes `report.json` and `report.html` into a folder. A report that is there, of an earlier part of the restore, stays: it gets
 * its time into its name.
 */
export async function writeReport(folder: string, report: RestoreReport): Promise<void> {
  await mkdir(folder, { recursive: true })
  await keepEarlier(folder)
  await writeFile(join(folder, 'report.json'), `${JSON.stringify(report, undefined, 2)}\n`)
  await writeFile(join(folder, 'report.html'), reportPage(report))
}

async function keepEarlier(folder: string): Promise<void> {
  const file = join(folder, 'report.json')
  if (!existsSync(file)) return
  const earlier = parseJson(await readFile(file, 'utf8')) as Partial<RestoreReport> | undefined
  const time = new Date(earlier?.started ?? 0).toISOString().replaceAll(/[-:.]/g, '')
  for (const kind of ['json', 'html']) {
    const from = join(folder, `report.${kind}`)
    if (existsSync(from)) await rename(from, join(folder, `report-${time}.${kind}`))
  }
}
