import { clients, rooms } from '../../local/rooms.ts'
import { findCircle, importsOf } from '../support/imports.ts'

const root = new URL('../..', import.meta.url).pathname
const imports = importsOf(root, ['lib', 'functions'])
const order = Object.keys(rooms)

/** The room of a file of `lib`: the longest path in the table that it begins with. */
function roomOf(file: string): string {
  const found = order.filter(room => file === room || file.startsWith(`${room}/`))
  return found.toSorted((a, b) => b.length - a.length)[0] ?? file
}

const used = imports
  .filter(({ file, imported }) => file.startsWith('lib/') && imported.startsWith('lib/'))
  .map(({ file, imported }) => ({ file, from: roomOf(file), to: roomOf(imported) }))
  .filter(({ from, to }) => from !== to)

test('a room imports only the rooms that the table allows', () => {
  const forbidden = used.filter(({ from, to }) => !rooms[from]?.imports.includes(to))
  expect(forbidden).toEqual([])
})

test('the table allows nothing that the code doesn’t need', () => {
  const idle = order.flatMap(room =>
    (rooms[room]?.imports ?? [])
      .filter(other => !used.some(({ from, to }) => from === room && to === other))
      .map(other => `${room} → ${other}`),
  )
  expect(idle).toEqual([])
})

test('a room imports only rooms above it in the table', () => {
  const upward = order.flatMap((room, index) =>
    (rooms[room]?.imports ?? []).filter(other => !order.slice(0, index).includes(other)).map(other => [room, other]),
  )
  expect(upward).toEqual([])
})

test('no files import each other in a circle', () => {
  expect(findCircle(imports)).toBeUndefined()
})

test('a circle would be found', () => {
  const pairs = ['a b', 'b c', 'c d', 'd b'].map(pair => pair.split(' '))
  const circular = pairs.map(([file = '', imported = '']) => ({ file, imported }))
  expect(findCircle(circular)).toEqual(['b', 'c', 'd', 'b'])
})

test('`lib` imports nothing of `functions`, `local` or `test`', () => {
  const outside = imports.filter(
    ({ file, imported }) => file.startsWith('lib/') && /^(functions|local|test)\//.test(imported),
  )
  expect(outside).toEqual([])
})

test.each(Object.entries(clients))('%s is imported only where the table says', (name, allowed) => {
  const importing = imports.filter(({ imported }) => imported === name || imported.startsWith(`${name}/`))
  expect([...new Set(importing.map(({ file }) => roomOf(file)))].toSorted()).toEqual(allowed.toSorted())
})
