import { decode, encode, type SourceMapSegment } from '@jridgewell/sourcemap-codec'

/** A source map, version 3, as far as it is read here. Source: ECMA-426, "Source map format". */
interface SourceMap {
  mappings: string
  names: string[]
}

/**
 * Leaves out of a source map what says that a token comes from the same place as the one before it: a lookup of the token finds
 * the one before. What comes from the very start of a file comes from a dependency, of which the map has no more: its names are those
 * that esbuild gave, and are left out as well. Node.js reads all of a map in a cold start.
 *
 * @param text the map's JSON
 */
export function shorterMap(text: string): string {
  const map: SourceMap = JSON.parse(text)
  const names = new Map<string, number>()
  const rename = (segment: SourceMapSegment): SourceMapSegment => {
    if (segment.length === 1) return segment
    const [column, source, line, at, name] = segment
    const original = name === undefined || (line === 0 && at === 0) ? undefined : map.names[name]
    if (original === undefined) return [column, source, line, at]
    if (!names.has(original)) names.set(original, names.size)
    return [column, source, line, at, names.get(original) ?? 0]
  }
  const lines = decode(map.mappings).map(line => {
    const renamed = line.map(rename)
    return renamed.filter((segment, at) => !isSamePlace(segment, renamed[at - 1]))
  })
  return JSON.stringify({ ...map, names: [...names.keys()], mappings: encode(lines) })
}

/** All but their columns. */
function isSamePlace(segment: SourceMapSegment, before: SourceMapSegment | undefined): boolean {
  return segment.length === before?.length && segment.every((value, at) => at === 0 || value === before[at])
}
