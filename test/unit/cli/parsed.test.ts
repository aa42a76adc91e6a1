import { rate } from '../../../cli/parsed.ts'

test.each([
  ['50/s', 50],
  ['50', 50],
  ['0.5/s', 0.5],
  ['30/m', 0.5],
  ['3600/h', 1],
])('the rate %s is %d per second', (text, perSecond) => {
  expect(rate(text)).toBeCloseTo(perSecond)
})

test.each(['', '0/s', '-1/s', '5/d', 'fast', '1e9/s'])('the rate %j is refused', text => {
  expect(() => rate(text)).toThrow(/Expected records per time, such as 50\/s/)
})
