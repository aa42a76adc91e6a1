import { redrivenLines, redrivenNumbers } from '../../connectors/commands/redrive-text.ts'
import type { DocumentOf, RedrivenNumbers, ShownRedrive } from '../api/index.ts'

type RedriveDocument = DocumentOf<'redrive'>
type Planned = NonNullable<RedriveDocument['failed']>[number]
type Place = NonNullable<RedriveDocument['places']>[number]

const MOST_ROWS = 200
const MOST_RANGES = 20
const MOST_LINES = 50
/** Characters of a line: messages of others may be long. */
const MOST_TEXT = 1_000

/** What a page shows of a redrive. */
export function shownRedrive({ outcome, failed = [], places = [], problems }: RedriveDocument): ShownRedrive {
  const tried = failed.filter(({ place, offsets }) => place.kind !== 'waiting' && offsets.length > 0)
  const records = (some: Planned[]) => some.reduce((sum, { records }) => sum + records, 0)
  const lines = places.flatMap(place => redrivenLines(placeOf(place)))
  return {
    outcome,
    planned: tried.slice(0, MOST_ROWS).map(rowOf),
    morePlanned: Math.max(tried.length - MOST_ROWS, 0),
    ...{ tried: records(tried), left: records(failed) - records(tried) },
    places: places.slice(0, MOST_ROWS).map(numbersOf),
    morePlaces: Math.max(places.length - MOST_ROWS, 0),
    lines: lines.slice(0, MOST_LINES).map(line => line.slice(0, MOST_TEXT)),
    moreLines: Math.max(lines.length - MOST_LINES, 0),
    problems: problems.slice(0, MOST_LINES),
  }
}

function rowOf({ topic, partition, code, offsets, records, gone }: Planned): ShownRedrive['planned'][number] {
  const ranges = offsets.map(lengthOf)
  return {
    ...{ topic, partition, records, code: code.slice(0, MOST_TEXT) },
    ...{ ranges: ranges.slice(0, MOST_RANGES), more: Math.max(ranges.length - MOST_RANGES, 0) },
    gone: gone.reduce((sum, range) => sum + lengthOf(range)[1], 0),
  }
}

/** Of a range that ends with its last offset, one that ends with its length. */
function lengthOf([first, last]: [number, number]): [first: number, count: number] {
  return [first, last - first + 1]
}

function numbersOf(place: Place): RedrivenNumbers {
  const { topic, partition } = place
  const [redriven = 0, present = 0, failed = 0, gone = 0, refused = 0, waiting = 0] = redrivenNumbers(placeOf(place))
  return { topic, partition, redriven, present, failed, gone, refused, waiting }
}

const placeOf = (place: Place) => place as Parameters<typeof redrivenNumbers>[0]
