import fc from 'fast-check'
import { BodyMemory } from '../../../lib/server/body.ts'

const LARGEST = 100

// A body that waits for memory while it holds some could wait for another one that does the same, until both time out.
test('bodies that grow all become complete, and take less than one body more than there is', async () => {
  const body = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 })
  await fc.assert(
    fc.asyncProperty(
      fc.array(body, { minLength: 1, maxLength: 12 }),
      fc.integer({ min: 100, max: 200 }),
      async (bodies, all) => {
        const memory = new BodyMemory(all, () => {})
        let used = 0
        let most = 0
        const receive = async ([first = 0, ...steps]: number[]) => {
          await memory.take(first)
          let held = first
          used += first
          for (const step of steps) {
            const more = Math.min(step, LARGEST - held)
            await memory.grow(more, held)
            held += more
            used += more
            most = Math.max(most, used)
          }
          used -= held
          memory.give(held)
        }
        await Promise.all(bodies.map(receive))
        expect(most).toBeLessThan(all + LARGEST)
        await memory.take(all)
      },
    ),
  )
})
