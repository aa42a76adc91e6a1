import fc from 'fast-check'
import { Latin1Text } from '../../../lib/formats/latin1-text.ts'

test('law: the bytes of all pieces, whatever length was expected', () => {
  const pieces = fc.array(fc.string({ unit: fc.integer({ min: 0, max: 255 }).map(code => String.fromCharCode(code)) }))
  fc.assert(
    fc.property(pieces, fc.nat(64), (texts, likelyBytes) => {
      const text = new Latin1Text(likelyBytes)
      for (const piece of texts) text.append(piece)
      expect(text.take().toString('latin1')).toBe(texts.join(''))
    }),
  )
})
