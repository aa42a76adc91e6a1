/** A source map, version 3, as far as it is read here. */
interface SourceMap {
  mappings: string
  names: string[]
}

/** Base64, a digit for six bits: the highest says whether others follow. Source: ECMA-426, "Source map format". */
const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const CONTINUES = 32

/** Where a segment begins, and where that comes from: column, source, original line, original column, name. */
type Place = number[]

/**
 * Leaves out of a source map what says that a token comes from the same place as the one before it: whoever looks up the token finds
 * the one before. What comes from the very start of a file comes from a dependency, of which the map has no more: its names are those
 * that esbuild gave, and are left out as well. Node.js reads all of a map in a cold start.
 *
 * @param text the map's JSON
 */
export function shorterMap(text: string): string {
  const map: SourceMap = JSON.parse(text)
  const read: Place = []
  const written: Place = []
  const names = new Map<string, number>()
  const rename = (place: Place): Place => {
    const [column = 0, source = 0, line = 0, at = 0, name] = place
    const original = name === undefined || (line === 0 && at === 0) ? undefined : map.names[name]
    if (original === undefined) return place.slice(0, 4)
    if (!names.has(original)) names.set(original, names.size)
    return [column, source, line, at, names.get(original) ?? 0]
  }
  const lines = map.mappings.split(';').map(line => {
    // Columns count from the start of the line, all else from the segment before.
    read[0] = 0
    written[0] = 0
    let before: Place | undefined
    const places = line === '' ? [] : line.split(',').map(segment => placeOf(segment, read))
    const kept = places.map(rename).filter(place => {
      const isNew = !isSame(place, before)
      before = place
      return isNew
    })
    return kept.map(place => segmentOf(place, written)).join()
  })
  return JSON.stringify({ ...map, names: [...names.keys()], mappings: lines.join(';') })
}

function isSame(place: Place, before: Place | undefined): boolean {
  return place.length === before?.length && place.every((value, index) => index === 0 || value === before[index])
}

/** @param read the values of the segment before, which become this one's */
function placeOf(segment: string, read: Place): Place {
  return decode(segment).map((difference, index) => {
    const value = (read[index] ?? 0) + difference
    read[index] = value
    return value
  })
}

function decode(segment: string): number[] {
  const values: number[] = []
  let bits = 0
  let shift = 0
  for (const digit of segment) {
    const value = DIGITS.indexOf(digit)
    bits |= (value % CONTINUES) << shift
    shift += 5
    if (value >= CONTINUES) continue
    // The lowest bit is the sign.
    values.push(bits & 1 ? -(bits >>> 1) : bits >>> 1)
    bits = 0
    shift = 0
  }
  return values
}

/** @param written the values of the segment before, which become this one's */
function segmentOf(place: Place, written: Place): string {
  return place
    .map((value, index) => {
      const difference = value - (written[index] ?? 0)
      written[index] = value
      return digitsOf(difference < 0 ? (-difference << 1) | 1 : difference << 1)
    })
    .join('')
}

function digitsOf(bits: number): string {
  const rest = bits >>> 5
  return rest === 0 ? `${DIGITS[bits]}` : `${DIGITS[(bits & 31) | CONTINUES]}${digitsOf(rest)}`
}
