import type { Advance } from '../../../../lib/connectors/commands/command.ts'
import { progressOf } from '../../../../lib/connectors/commands/progress-line.ts'
import { RestoreProgressLine } from '../../../../lib/connectors/commands/restore-progress.ts'

test('who starts a command in another place than a terminal is told how far it is, in numbers and in words', () => {
  const told: Advance[] = []
  const line = progressOf({ advance: progress => void told.push(progress) })
  const progress = new RestoreProgressLine({ dryRun: false, line })
  progress.found({ topic: 'orders', partition: 0 }, 1_000)
  // Not more often than a person can see.
  for (let records = 0; records < 100; records++) progress.read({ topic: 'orders', partition: 0 }, 1, records)
  progress.end()
  expect(told.length).toBeLessThan(10)
  expect(told[0]).toEqual({ done: 0, total: 1_000, unit: 'bytes read', text: expect.stringContaining('0 records') })
})
