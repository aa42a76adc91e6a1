import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseJson } from '../../parse-json.ts'
import type { EarlierRun, RestoreReport } from '../../restore/report.ts'
import { reportPage } from '../../restore/report-page.ts'
import { placesOf, sumOf } from '../../restore/report-sum.ts'

/**
 * Writes `report.json` and `report.html` into a folder. A report that is there, of an earlier run, stays: it gets its time into its
 * name, and the new one names it.
 */
export async function writeReport(folder: string, report: RestoreReport): Promise<void> {
  await mkdir(folder, { recursive: true })
  const earlier = await keepEarlier(folder)
  const whole = earlier.length > 0 ? { ...report, earlier } : report
  await writeFile(join(folder, 'report.json'), `${JSON.stringify(whole, undefined, 2)}\n`)
  await writeFile(join(folder, 'report.html'), reportPage(whole))
}

/** @returns all runs whose reports are in the folder, the oldest first */
async function keepEarlier(folder: string): Promise<EarlierRun[]> {
  const file = join(folder, 'report.json')
  if (!existsSync(file)) return []
  const last = parseJson(await readFile(file, 'utf8')) as RestoreReport
  const { id, outcome, started, ended, earlier = [] } = last
  const time = new Date(started).toISOString().replaceAll(/[-:.]/g, '')
  for (const kind of ['json', 'html']) {
    const from = join(folder, `report.${kind}`)
    if (existsSync(from)) await rename(from, join(folder, `report-${time}.${kind}`))
  }
  const { produced } = sumOf(placesOf(last))
  return [...earlier, { id, outcome, started, ended, produced, report: `report-${time}` }]
}
