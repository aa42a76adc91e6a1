import { PassThrough } from 'node:stream'
import fc from 'fast-check'
import { LogLines } from '../../../../lib/offline/api/log-lines.ts'

/** The lines of the function `dump` that are kept when a process writes these pieces. */
function kept(pieces: (string | Buffer)[]): string[] {
  const logs = new LogLines()
  const stream = new PassThrough() as unknown as NodeJS.WriteStream
  stream.resume()
  const { stop } = logs.listen(stream)
  for (const piece of pieces) stream.write(piece)
  stop()
  return logs.since('dump', 0).map(({ message }) => message)
}

const line = (text: string) => JSON.stringify({ function_name: 'dump', text })

test('lines are the same, whatever pieces they come in', () => {
  const texts = fc.array(fc.string({ maxLength: 50 }), { maxLength: 20 })
  const sizes = fc.infiniteStream(fc.integer({ min: 1, max: 80 }))
  fc.assert(
    fc.property(texts, sizes, (texts, sizes) => {
      const lines = texts.map(line)
      const output = lines.map(each => `${each}\n`).join('')
      const pieces: string[] = []
      for (let at = 0; at < output.length; at += pieces.at(-1)?.length ?? 0)
        pieces.push(output.slice(at, at + (sizes.next().value ?? 1)))
      expect(kept(pieces)).toEqual(lines)
    }),
  )
})

test('other output, and lines of other functions, are left out', () => {
  const other = JSON.stringify({ function_name: 'replicate' })
  expect(kept([`${other}\n${line('a')}\nhello\n{"a":1}\n${line('not ended')}`])).toEqual([line('a')])
})

// 14 MB without a newline took 95 seconds, in which nothing else ran: the text so far was searched again with each piece.
test('output without a newline costs its own length, and is not kept', () => {
  const piece = 'x'.repeat(100)
  const long = Array.from({ length: 140_000 }, () => piece)
  expect(kept([line('before'), '\n', ...long, '\n', line('after'), '\n'])).toEqual([line('before'), line('after')])
})

test('a line of more than 1 MB is not kept, one of just 1 MB is', () => {
  const most = line('x'.repeat(1024 * 1024 - line('').length))
  expect(kept([`${most}\n`])).toEqual([most])
  expect(kept([`${most.replace('x', 'xx')}\n`])).toEqual([])
})

test('what is kept has a limit in number and in length', () => {
  expect(kept(Array.from({ length: 10_100 }, (_, index) => `${line(String(index))}\n`))).toHaveLength(10_000)
  const large = `${line('x'.repeat(1_000_000))}\n`
  expect(kept(Array.from({ length: 50 }, () => large)).length).toBeLessThan(35)
})
