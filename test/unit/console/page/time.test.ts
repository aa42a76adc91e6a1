import { durationText, isTime, timeText } from '../../../../lib/console/page/parts/time.ts'

it('a number that is no time, which any producer may write into a header, is said to be none', () => {
  const latest = 8_640_000_000_000_000
  expect(isTime(latest)).toBe(true)
  expect(isTime(latest + 1)).toBe(false)
  for (const time of [Number.MAX_SAFE_INTEGER, Number.NaN]) expect(timeText(time)).toBe('no valid time')
})

it('a length of time has its two largest units', () => {
  expect(durationText(200_000)).toBe('3 min 20 s')
  expect(durationText(999)).toBe('999 ms')
})
