import fc from 'fast-check'
import { readSyncTopicsSettings } from '../../../../lib/config/replicate.ts'
import { joinPatterns, splitPatterns, wholeName } from '../../../../lib/replication/naming/name-pattern.ts'
import { expansionOf, faults, replicate } from '../../../support/connectors.ts'

// `shop-\d{1,3}` was divided into `shop-\d{1` and `3}`, which JavaScript takes for text: neither ever matched.
test.each([
  ['shop-\\d{1,3},crm', ['shop-\\d{1,3}', 'crm']],
  ['a{2,}, b', ['a{2,}', 'b']],
  ['(a,b|c(d,e)),[,{}]', ['(a,b|c(d,e))', '[,{}]']],
  ['a\\,b,\\{x\\}', ['a\\,b', '\\{x\\}']],
  ['[\\],],x', ['[\\],]', 'x']],
])('the list %s is divided between its expressions only', (list, patterns) => {
  expect(splitPatterns(list)).toEqual(patterns)
  for (const pattern of patterns) expect(wholeName(pattern)).toBeInstanceOf(RegExp)
})

test.each(['shop-\\d{1', '3}', 'a{,3}', '\\p{L}', 'a{x}'])('half of a quantifier is refused: %s', pattern => {
  expect(() => wholeName(pattern)).toThrow(SyntaxError)
})

test('law: expressions that are joined are divided into the same expressions again', () => {
  const part = fc.constantFrom('a', '.', '\\d', '{1,3}', ',', '\\,', '[,]', '(a,b)', '*', '|')
  const pattern = fc.array(part, { minLength: 1, maxLength: 6 }).map(parts => parts.join(''))
  const names = fc.array(fc.stringMatching(/^[a,0-9]{0,5}$/), { maxLength: 20 })
  const law = fc.property(fc.array(pattern, { minLength: 1 }), names, (patterns, names) => {
    const divided = splitPatterns(joinPatterns(patterns))
    expect(divided).toHaveLength(patterns.length)
    for (const [index, pattern] of patterns.entries()) {
      const [before, after] = [matcher(pattern), matcher(divided[index] ?? '')]
      expect(names.map(name => after?.test(name))).toEqual(names.map(name => before?.test(name)))
    }
  })
  fc.assert(law)
})

function matcher(pattern: string): RegExp | undefined {
  try {
    return wholeName(pattern)
  } catch {
    return undefined
  }
}

test('a list in a declaration reaches the function whole, and so does a pattern', () => {
  const source = { topics: undefined, pattern: 'shop-\\d{1,3}' }
  const syncOffsets = { groups: ['billing-\\d{1,3}', 'a,b'] }
  const { functions } = expansionOf({ flow: replicate({ source, syncTopics: {}, syncOffsets }) })
  expect(functions['flow-sync-offsets']?.environment.GROUPS).toBe('billing-\\d{1,3},a\\,b')
  const { topics } = readSyncTopicsSettings(functions['flow-sync-topics']?.environment as Record<string, string>)
  expect(['shop-1', 'shop-999', 'shop-1000', '3}'].filter(topic => topics.topics.test(topic))).toEqual([
    'shop-1',
    'shop-999',
  ])
  expect(faults({ flow: replicate({ source: { topics: undefined, pattern: 'shop-\\d{1' } }) })).toEqual([
    'flow.source.pattern: expected a regular expression, got "shop-\\\\d{1"',
  ])
})
