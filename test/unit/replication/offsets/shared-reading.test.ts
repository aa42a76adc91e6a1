import { sharing } from '../../../../lib/replication/offsets/shared-reading.ts'

/** Readings that end when the test says so. */
function slowReadings() {
  const readings: PromiseWithResolvers<number>[] = []
  const refresh = sharing(() => {
    const reading = Promise.withResolvers<number>()
    readings.push(reading)
    return reading.promise
  })
  return { readings, refresh }
}

// Each partition that an instance takes over reads the offset maps again. One after the other, 300 partitions took 20 s.
test('those who wait for a reading share the next one, and none gets one that began before it asked', async () => {
  const { readings, refresh } = slowReadings()
  const first = refresh()
  const waiting = Array.from({ length: 300 }, () => refresh())
  expect(readings).toHaveLength(1)
  readings[0]?.resolve(1)
  await expect(first).resolves.toBe(1)
  expect(readings).toHaveLength(2)
  const later = refresh()
  readings[1]?.resolve(2)
  expect(new Set(await Promise.all(waiting))).toEqual(new Set([2]))
  expect(readings).toHaveLength(3)
  readings[2]?.resolve(3)
  await expect(later).resolves.toBe(3)
  const after = refresh()
  expect(readings).toHaveLength(4)
  readings[3]?.resolve(4)
  await expect(after).resolves.toBe(4)
})

// Two readings at once would both continue from the same place and count what they read twice.
test('whoever asks between two readings waits for the one that is about to begin', async () => {
  for (let turns = 0; turns < 8; turns += 1) {
    const { readings, refresh } = slowReadings()
    const first = refresh()
    const waiting = refresh()
    readings[0]?.resolve(1)
    for (let turn = 0; turn < turns; turn += 1) await Promise.resolve()
    const between = refresh()
    await first
    await Promise.resolve()
    expect(readings).toHaveLength(2)
    readings[1]?.resolve(2)
    await waiting
    readings[2]?.resolve(3)
    await between
  }
})

test('a reading that fails fails those that share it, and the next one is another try', async () => {
  const { readings, refresh } = slowReadings()
  const [first, second] = [refresh(), refresh()]
  readings[0]?.reject(new Error('away'))
  await expect(first).rejects.toThrow('away')
  readings[1]?.resolve(2)
  await expect(second).resolves.toBe(2)
})
