import { EventFields } from '../../../lib/event-patterns/event-fields.ts'
import { parseWithNumbers } from '../../../lib/event-patterns/json-number.ts'
import { matches } from '../../../lib/event-patterns/match.ts'
import { compilePattern } from '../../../lib/event-patterns/pattern.ts'

/** Whether a pattern matches an event. Both are JSON or an object. */
function isMatch(pattern: unknown, event: unknown): boolean {
  const text = (json: unknown) => (typeof json === 'string' ? json : JSON.stringify(json))
  const fields = new EventFields(parseWithNumbers(text(event)))
  return compilePattern(text(pattern)).some(alternative => matches(alternative, fields))
}

/** The event of Event Ruler's README. */
const event = {
  version: '0',
  'detail-type': 'EC2 Instance State-change Notification',
  source: 'aws.ec2',
  time: '2017-10-02T16:24:49Z',
  resources: ['arn:aws:ec2:us-east-1:123456789012:instance/i-000000aaaaaa00000'],
  detail: {
    'c-count': 5,
    'd-count': 3,
    'x-limit': 301.8,
    'source-ip': '10.0.0.33',
    'instance-id': 'i-000000aaaaaa00000',
    state: 'running',
  },
}

describe('the examples of Event Ruler, with which EventBridge matches', () => {
  test.each<[string, unknown]>([
    [
      'values',
      { 'detail-type': [event['detail-type']], resources: event.resources, detail: { state: ['x', 'running'] } },
    ],
    ['prefix', { time: [{ prefix: '2017-10-02' }] }],
    ['prefix, any case', { source: [{ prefix: { 'equals-ignore-case': 'AWS' } }] }],
    ['suffix', { source: [{ suffix: 'ec2' }] }],
    ['suffix, any case', { source: [{ suffix: { 'equals-ignore-case': 'EC2' } }] }],
    ['any case', { source: [{ 'equals-ignore-case': 'AWS.EC2' }] }],
    ['wildcard', { resources: [{ wildcard: 'arn:aws:*:instance/i-*' }] }],
    ['anything but text', { detail: { state: [{ 'anything-but': 'initializing' }] } }],
    ['anything but a number', { detail: { 'x-limit': [{ 'anything-but': 123 }] } }],
    ['anything but texts', { detail: { state: [{ 'anything-but': ['stopped', 'overloaded'] }] } }],
    ['anything but numbers', { detail: { 'x-limit': [{ 'anything-but': [100, 200, 300] }] } }],
    ['anything but a prefix', { detail: { state: [{ 'anything-but': { prefix: 'init' } }] } }],
    ['anything but prefixes', { detail: { state: [{ 'anything-but': { prefix: ['init', 'error'] } }] } }],
    ['anything but a suffix', { detail: { 'instance-id': [{ 'anything-but': { suffix: '1234' } }] } }],
    ['anything but suffixes', { detail: { 'instance-id': [{ 'anything-but': { suffix: ['1234', '6789'] } }] } }],
    ['anything but, any case', { detail: { state: [{ 'anything-but': { 'equals-ignore-case': 'Stopped' } }] } }],
    ['anything but a wildcard', { detail: { state: [{ 'anything-but': { wildcard: '*/bin/*.jar' } }] } }],
    ['numeric', { detail: { 'c-count': [{ numeric: ['>', 0, '<=', 5] }], 'd-count': [{ numeric: ['<', 10] }] } }],
    ['numeric, equal', '{"detail": {"x-limit": [{"numeric": ["=", 3.018e2]}]}}'],
    ['an address', { detail: { 'source-ip': [{ cidr: '10.0.0.0/24' }] } }],
    ['exists', { detail: { 'c-count': [{ exists: true }] } }],
    ['exists not', { detail: { nothing: [{ exists: false }] } }],
    ['$or', { source: ['aws.ec2'], $or: [{ time: ['never'] }, { detail: { 'c-count': [5] } }] }],
    ['$or with $or within', { $or: [{ a: [1] }, { source: ['aws.ec2'], $or: [{ b: [1] }, { version: ['0'] }] }] }],
  ])('%s', (_, pattern) => expect(isMatch(pattern, event)).toBe(true))

  test.each<[string, unknown]>([
    ['another value', { detail: { state: ['stopped'] } }],
    ['another case', { source: ['AWS.EC2'] }],
    ['a prefix of a number', { detail: { 'c-count': [{ prefix: '5' }] } }],
    ['one of two fields', { source: ['aws.ec2'], detail: { state: ['stopped'] } }],
    ['anything but this, any case', { detail: { state: [{ 'anything-but': { 'equals-ignore-case': ['RUNNING'] } }] } }],
    ['anything but this, with a star', { detail: { state: [{ 'anything-but': { wildcard: ['r*g'] } }] } }],
    ['anything but, of a field that is absent', { nothing: [{ 'anything-but': 'x' }] }],
    ['a number as text', { detail: { 'c-count': ['5'] } }],
    ['a number outside of a range', { detail: { 'c-count': [{ numeric: ['>', 5] }] } }],
    ['an address outside of a block', { detail: { 'source-ip': [{ cidr: '10.0.1.0/24' }] } }],
    ['exists, of a field with fields', { detail: [{ exists: true }] }],
    ['exists not, of a field that is there', { detail: { state: [{ exists: false }] } }],
    ['neither of two alternatives', { $or: [{ source: ['a'] }, { version: ['b'] }] }],
  ])('not %s', (_, pattern) => expect(isMatch(pattern, event)).toBe(false))
})

describe('values', () => {
  test('null, empty text, booleans', () => {
    const record = { UserID: null, LastName: '', isNew: true }
    expect(isMatch({ UserID: [null], LastName: [''], isNew: [true] }, record)).toBe(true)
    expect(isMatch({ UserID: [''] }, record)).toBe(false)
    expect(isMatch({ isNew: ['true'] }, record)).toBe(false)
    expect(isMatch({ LastName: [null] }, record)).toBe(false)
  })

  // Source: AWS Lambda Developer Guide, "Filter rule syntax".
  test('numbers are compared as they are written, 300 with 300.0 and 3.0e2', () => {
    for (const written of ['300', '300.0', '3.0e2']) {
      expect(isMatch('{"price": [300]}', `{"price": ${written}}`)).toBe(written === '300')
      expect(isMatch('{"price": [{"numeric": ["=", 300]}]}', `{"price": ${written}}`)).toBe(true)
    }
  })

  test('wildcards match greedily and not, and escaped stars are stars', () => {
    const wild = (wildcard: string, text: string) => isMatch({ f: [{ wildcard }] }, { f: text })
    expect(wild('*', '')).toBe(true)
    expect(wild('a*a', 'a')).toBe(false)
    expect(wild('a*a', 'aa')).toBe(true)
    expect(wild('a*b*c', 'a-c-b-b-c')).toBe(true)
    expect(wild('*ab*abc', 'ababc')).toBe(true)
    expect(wild('*ab*abc', 'abc')).toBe(false)
    expect(wild('2\\*2', '2*2')).toBe(true)
    expect(wild('2\\*2', '212')).toBe(false)
    expect(wild('a\\\\*', 'a\\b')).toBe(true)
    expect(wild('a*\n*b', 'a1\n2b')).toBe(true)
  })

  test('names that every object has are ordinary fields', () => {
    expect(isMatch('{"__proto__": ["a"], "constructor": ["b"]}', '{"__proto__": "a", "constructor": "b"}')).toBe(true)
    expect(isMatch('{"constructor": [{"exists": true}]}', '{}')).toBe(false)
    expect(() => compilePattern('{"a": [{"constructor": "b"}]}')).toThrow('got constructor')
  })
})

// Source: README of Event Ruler, "JSON Array Matching".
describe('arrays', () => {
  const employees = [
    { firstName: 'John', lastName: 'Doe' },
    { firstName: 'Anna', lastName: 'Smith' },
    { firstName: 'Peter', lastName: 'Jones' },
  ]

  test.each([{ employees }, { employees: [employees.slice(0, 2), employees.slice(2)] }])('of objects: %j', staff => {
    expect(isMatch({ employees: { firstName: ['Anna'] } }, staff)).toBe(true)
    expect(isMatch({ employees: { firstName: ['Anna'], lastName: ['Smith'] } }, staff)).toBe(true)
    expect(isMatch({ employees: { firstName: ['Anna'], lastName: ['Jones'] } }, staff)).toBe(false)
  })

  test('of values', () => {
    expect(isMatch({ a: ['x'], b: [2] }, { a: ['y', 'x'], b: [1, 2] })).toBe(true)
    expect(isMatch({ a: [{ 'anything-but': 'x' }] }, { a: ['x', 'y'] })).toBe(true)
    expect(isMatch({ a: [{ 'anything-but': 'x' }] }, { a: ['x'] })).toBe(false)
    expect(isMatch({ a: [{ exists: false }] }, { a: [] })).toBe(true)
  })
})

describe('what AWS refuses is refused, with its place', () => {
  test.each([
    ['no JSON', '{"value": ', 'expected a JSON object'],
    ['text', '"value"', 'expected a JSON object'],
    ['no fields', '{}', 'expected at least one field'],
    ['no fields within', '{"a": {"b": {}}}', 'a.b: expected at least one field'],
    ['a value without a list', '{"a": {"b": "c"}}', 'a.b: expected an object or a list'],
    ['an empty list', '{"a": []}', 'a: expected an object or a list'],
    ['a list within the list', '{"a": [["b"]]}', 'a: expected no list within'],
    ['an unknown operator', '{"a": [{"regex": "b"}]}', 'a: expected one of prefix, suffix'],
    ['two operators', '{"a": [{"prefix": "b", "suffix": "c"}]}', 'a: expected exactly one operator'],
    ['no operator', '{"a": [{}]}', 'a: expected exactly one operator'],
    ['a prefix that is a number', '{"a": [{"prefix": 1}]}', 'a: expected text for prefix'],
    [
      'an unknown form of prefix',
      '{"a": [{"prefix": {"wildcard": "b"}}]}',
      'a: expected text for prefix, or an object',
    ],
    ['exists with text', '{"a": [{"exists": "true"}]}', 'a: expected true or false'],
    ['mixed anything-but', '{"a": [{"anything-but": ["b", 1]}]}', 'a: expected text or numbers'],
    ['anything-but null', '{"a": [{"anything-but": null}]}', 'a: expected text or numbers'],
    ['anything-but of nothing', '{"a": [{"anything-but": []}]}', 'a: expected text or numbers'],
    ['anything-but an empty prefix', '{"a": [{"anything-but": {"prefix": ""}}]}', 'a: expected text for prefix within'],
    ['anything-but numeric', '{"a": [{"anything-but": {"numeric": ["=", 1]}}]}', 'within anything-but'],
    ['stars in a row', '{"a": [{"wildcard": "b**"}]}', 'a: expected no two stars'],
    ['an odd escape', '{"a": [{"wildcard": "\\\\b"}]}', 'a: expected * or \\ after each \\'],
    ['numeric without a list', '{"a": [{"numeric": 1}]}', 'a: expected numeric'],
    ['numeric with text', '{"a": [{"numeric": [">", "1"]}]}', 'a: expected numeric'],
    ['numeric, bounds in the wrong order', '{"a": [{"numeric": ["<", 5, ">", 1]}]}', 'a: expected numeric'],
    ['numeric, an empty range', '{"a": [{"numeric": [">", 5, "<", 1]}]}', 'a: expected a lower bound below'],
    ['numeric, an unknown operator', '{"a": [{"numeric": ["!=", 5]}]}', 'a: expected numeric'],
    ['no block of addresses', '{"a": [{"cidr": "10.0.0.0"}]}', 'a: expected a block'],
    ['an impossible block', '{"a": [{"cidr": "10.0.0.0/33"}]}', 'a: expected a block'],
    [
      'too many combinations',
      `{${Array.from({ length: 10 }, (_, n) => `"f${n}": {"$or": [{"a": [1]}, {"b": [1]}]}`)}}`,
      '1000 combinations',
    ],
  ])('%s', (_, pattern, message) => expect(() => compilePattern(pattern)).toThrow(message))

  test('a list of one, or of operators, under $or is a field of this name', () => {
    expect(isMatch({ $or: ['a'] }, { $or: 'a' })).toBe(true)
    expect(isMatch({ $or: [{ prefix: 'a' }, { suffix: 'b' }] }, { $or: 'cb' })).toBe(true)
    expect(() => compilePattern('{"$or": [{"a": [1]}]}')).toThrow('$or: expected one of')
  })
})
