import { KeptOpen } from '../../../lib/console/kept-open.ts'

/** Something whose opening and closing is counted. */
function clients() {
  const counts = { opened: 0, closed: 0 }
  const open = async () => {
    counts.opened++
    return {
      async close() {
        counts.closed++
      },
    }
  }
  return { counts, open }
}

test('questions share what is open, and the console closes it with itself', async () => {
  const { counts, open } = clients()
  const kept = new KeptOpen()
  const used = await Promise.all([1, 2].map(() => kept.use('records/flow', open, async client => client)))
  expect(used[0]).toBe(used[1])
  await kept.use('records/other', open, async () => {})
  expect(counts).toEqual({ opened: 2, closed: 0 })
  await kept.close()
  expect(counts).toEqual({ opened: 2, closed: 2 })
})

test('a question that fails leaves the client open; a client that can’t be opened is opened the next time', async () => {
  const { counts, open } = clients()
  const kept = new KeptOpen()
  const refused = async () => Promise.reject(new Error('refused'))
  await expect(kept.use('records/flow', refused, async () => {})).rejects.toThrow('refused')
  await expect(kept.use('records/flow', open, async () => Promise.reject(new Error('late')))).rejects.toThrow('late')
  await kept.use('records/flow', open, async () => {})
  expect(counts).toEqual({ opened: 1, closed: 0 })
  await kept.close()
})
