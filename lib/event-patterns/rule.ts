import { cidr } from './cidr.ts'
import { isObject, JsonNumber } from './json-number.ts'
import { numeric } from './numeric.ts'
import { PatternError } from './pattern-error.ts'
import { ofString, type Test } from './test.ts'
import { wildcard } from './wildcard.ts'

type Path = readonly string[]

/** A condition on one field: a test of a leaf at the field's path, or that there is none. */
export type Rule = Test | 'absent'

/** What `anything-but`, `prefix` and `suffix` may have within: tests of strings, by name. */
const stringTests = {
  prefix: (wanted: string) => (text: string) => text.startsWith(wanted),
  suffix: (wanted: string) => (text: string) => text.endsWith(wanted),
  'equals-ignore-case': (wanted: string) => (text: string) => folded(text) === folded(wanted),
  wildcard,
} satisfies Record<string, (wanted: string, path: Path) => (text: string) => boolean>

type StringTest = keyof typeof stringTests

/** Every operator by its name. */
const operators: Record<string, (operand: unknown, path: Path) => Rule> = {
  prefix: (operand, path) => affix('prefix', operand, path),
  suffix: (operand, path) => affix('suffix', operand, path),
  'equals-ignore-case': (operand, path) => stringTest('equals-ignore-case', operand, path),
  wildcard: (operand, path) => stringTest('wildcard', operand, path),
  cidr: (operand, path) => ofString(cidr(operand, path)),
  numeric,
  exists(operand, path) {
    if (typeof operand !== 'boolean') throw new PatternError(path, 'expected true or false for exists')
    return operand ? () => true : 'absent'
  },
  'anything-but': anythingBut,
}

/**
 * Compiles one element of a field's list: a value that the field may have, or an operator with its operand.
 *
 * Sources: Amazon EventBridge User Guide, "Comparison operators for use in event patterns"; README of Event Ruler, which
 * EventBridge matches with, "Ruler by Example".
 *
 * @throws PatternError
 */
export function compileRule(element: unknown, path: Path): Rule {
  if (!isObject(element)) return equals(element, path)
  const [[name, operand] = [], ...others] = Object.entries(element)
  if (name === undefined || others.length > 0) {
    throw new PatternError(path, 'expected exactly one operator in each object of the list')
  }
  const compile = Object.hasOwn(operators, name) ? operators[name] : undefined
  if (!compile) throw new PatternError(path, `expected one of ${Object.keys(operators).join(', ')}, got ${name}`)
  return compile(operand, path)
}

/** Strings match character by character, and numbers as they are written: 300 doesn't match 300.0. */
function equals(wanted: unknown, path: Path): Test {
  if (wanted instanceof JsonNumber) return leaf => leaf instanceof JsonNumber && leaf.text === wanted.text
  if (Array.isArray(wanted)) throw new PatternError(path, 'expected no list within the list')
  return leaf => leaf === wanted
}

function affix(name: 'prefix' | 'suffix', operand: unknown, path: Path): Test {
  if (!isObject(operand)) return stringTest(name, operand, path)
  const wanted = operand['equals-ignore-case']
  if (Object.keys(operand).length !== 1 || typeof wanted !== 'string') {
    throw new PatternError(path, `expected text for ${name}, or an object with equals-ignore-case`)
  }
  const test = stringTests[name](folded(wanted))
  return ofString(text => test(folded(text)))
}

function stringTest(name: StringTest, operand: unknown, path: Path): Test {
  if (typeof operand !== 'string') throw new PatternError(path, `expected text for ${name}`)
  return ofString(stringTests[name](operand, path))
}

/** Passes everything but leaves that one of the tests passes, whatever their type. */
function anythingBut(operand: unknown, path: Path): Test {
  if (isObject(operand)) return noneOf(excludedStrings(operand, path))
  const excluded = Array.isArray(operand) ? operand : [operand]
  const types = new Set(excluded.map(value => (value instanceof JsonNumber ? 'number' : typeof value)))
  if (types.size !== 1 || !(types.has('string') || types.has('number'))) {
    throw new PatternError(path, 'expected text or numbers, not both, or an object with one operator for anything-but')
  }
  return noneOf(excluded.map(value => equals(value, path)))
}

function excludedStrings(operand: Record<string, unknown>, path: Path): Test[] {
  const [[name = '', wanted] = [], ...others] = Object.entries(operand)
  if (others.length > 0 || !Object.hasOwn(stringTests, name)) {
    throw new PatternError(path, `expected one of ${Object.keys(stringTests).join(', ')} within anything-but`)
  }
  const list = Array.isArray(wanted) ? wanted : [wanted]
  if (list.length === 0 || ((name === 'prefix' || name === 'suffix') && list.includes(''))) {
    throw new PatternError(path, `expected text for ${name} within anything-but, got none`)
  }
  return list.map(text => stringTest(name as StringTest, text, path))
}

function noneOf(tests: Test[]): Test {
  return leaf => !tests.some(test => test(leaf))
}

/** Letters whose lower and upper case differ are the same here. */
function folded(text: string): string {
  return text.toUpperCase().toLowerCase()
}
