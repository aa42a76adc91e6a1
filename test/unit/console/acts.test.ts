import type * as z from 'zod'
import { acts } from '../../../lib/console/acts.ts'

const { restore, redrive } = acts
const asked = (options: object) => restore.args.parse({ name: 'orders-to-lake', options })
const isAccepted = (args: z.ZodType, input: unknown) => args.safeParse(input).success

test('who deletes topics types their names, and who restores otherwise that of the connector', () => {
  expect(restore.confirmedBy(asked({}))).toBe('orders-to-lake')
  expect(restore.confirmedBy(asked({ undo: true, id: 'june' }))).toBe('orders-to-lake')
  expect(restore.confirmedBy(asked({ purge: ['orders'] }))).toBe('orders')
  expect(restore.confirmedBy(asked({ purge: ['orders', 'clicks'] }))).toBe('orders,clicks')
  expect(redrive.confirmedBy({ name: 'orders-to-lake', dryRun: false })).toBe('orders-to-lake')
})

test('a dry run changes nothing, and asks for nothing', () => {
  expect(restore.confirmedBy(asked({ purge: ['orders'], 'dry-run': true }))).toBeUndefined()
  expect(redrive.confirmedBy({ name: 'orders-to-lake', dryRun: true })).toBeUndefined()
})

test('a page names no file of this machine, and skips no question of the command', () => {
  for (const options of [
    { report: '/etc' },
    { yes: true },
    { from: ['s3://other'] },
    { local: true },
    { topics: true },
  ])
    expect([options, isAccepted(restore.args, { name: 'x', options })]).toEqual([options, false])
  for (const other of [{ log: '/etc/passwd' }, { queue: 'arn:aws:sqs:a' }, { limit: 0 }])
    expect([other, isAccepted(redrive.args, { name: 'x', dryRun: true, ...other })]).toEqual([other, false])
})

test('a thousand topics with long names can be chosen', () => {
  const topics = Array.from({ length: 1_000 }, (_, index) => `${index}`.padEnd(200, 'x')).join(',')
  expect(asked({ topics }).options.topics).toBe(topics)
})
