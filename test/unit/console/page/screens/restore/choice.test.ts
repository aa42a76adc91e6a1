import { type Choice, emptyChoice, optionsOf } from '../../../../../../lib/console/page/screens/restore/choice.ts'

const options = (part: Partial<Choice>) => optionsOf({ ...emptyChoice, ...part })

test('what is the usual is not asked for', () => {
  expect(options({})).toEqual({})
  expect(options({ topics: ['orders', 'clicks'], strict: true, keys: 'a' })).toEqual({
    ...{ topics: 'orders,clicks', strict: true, keys: 'a' },
  })
})

test('only chosen topics get another name', () => {
  const names = { orders: 'orders-restored', clicks: 'clicks', payments: 'other' }
  expect(options({ names })).toEqual({ rename: ['orders=orders-restored', 'payments=other'] })
  expect(options({ names, topics: ['orders'] })).toEqual({ topics: 'orders', rename: ['orders=orders-restored'] })
})

test('only ticked topics are deleted first, by their names on the target', () => {
  expect(options({ present: 'purge' })).toEqual({})
  expect(options({ present: 'purge', topics: ['orders'], names: { orders: 'orders-restored' } })).toEqual({
    ...{ topics: 'orders', rename: ['orders=orders-restored'], purge: ['orders-restored'] },
  })
  expect(options({ present: 'purge', topics: ['orders'], groupsOnly: true })).not.toHaveProperty('purge')
  expect(options({ present: 'append', topics: ['orders'] })).toEqual({ topics: 'orders', append: true })
})

test('times are fixed points, so that a restore is about what its plan was about', () => {
  const local = '2026-11-29T12:00:00'
  const time = new Date(local).toISOString()
  expect(options({ since: local, strategy: 'time', groupsTime: local })).toEqual({ since: time, groups: time })
  expect(options({ until: 'nonsense' })).toEqual({})
})
