import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const root = new URL('../..', import.meta.url).pathname

/** A call that takes the elements of an array as its arguments. An array within the arguments is another matter. */
const SPREAD =
  /(?:Math\.(?:min|max)|\.(?:push|unshift|splice)|fromCharCode|fromCodePoint)\((?:[^(){}[\]]|\([^()]*\))*?\.\.\./g

// Arguments are on the stack: a call with some 125,000 of them ends in "Maximum call stack size exceeded". `sync-offsets`
// failed for good once a partition had as many segments, and nothing with fewer of them showed it.
test('no array becomes the arguments of a call, because arrays can be larger than the stack', () => {
  const files = globSync(['lib/**/*.ts', 'functions/**/*.ts', 'local/**/*.ts'], { cwd: root })
  expect(files.length).toBeGreaterThan(100)
  const found = files.flatMap(file =>
    Array.from(readFileSync(join(root, file), 'utf8').matchAll(SPREAD), ([call]) => `${file}: ${call}`),
  )
  expect(found).toEqual([])
})

test.each([
  'Math.min(...list)',
  'all.push(...one(two))',
  'all.push(first, ...rest)',
  'list.splice(from, 1, ...others)',
])('%s is found', text => {
  expect(text).toMatch(SPREAD)
})
