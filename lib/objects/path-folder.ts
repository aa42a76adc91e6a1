import { nameOf } from './field.ts'
import type { PartitionerSettings } from './partitioners.ts'
import { encodeSegment } from './segment.ts'
import type { PathFormat, PathPart } from './time-path.ts'

/** One folder of a partitioner's path: a text with a value in it. */
export interface PathFolder {
  /** The column that query engines make of `name=value`; absent where the folder is a value alone. */
  name?: string
  /** The text before the value, such as `year=`. */
  before: string
  /** Of which units and texts the value consists; `field`: of anything. */
  value: PathPart[] | 'field'
  /** The text behind the value. */
  after: string
}

/** The folders of a partitioner's path, outermost first. None with the default partitioner. */
export function pathFolders(settings: PartitionerSettings): PathFolder[] {
  if (settings.name === 'default') return []
  if (settings.name === 'time') return timeFolders(settings.format)
  if (settings.name === 'field') return [fieldFolder(nameOf(settings.field))]
  return settings.parts.flatMap(part =>
    'field' in part ? fieldFolder(part.name ?? nameOf(part.field)) : timeFolders(part.format),
  )
}

function fieldFolder(name: string): PathFolder {
  return { name, before: `${encodeSegment(name)}=`, value: 'field', after: '' }
}

function timeFolders(format: PathFormat): PathFolder[] {
  return format.map(parts => {
    const isUnit = (part: PathPart) => 'unit' in part
    const first = parts.findIndex(isUnit)
    const last = parts.findLastIndex(isUnit)
    const before = textOf(parts.slice(0, first))
    const name = /^([^=]+)=/.exec(before)?.[1]
    const folder = { before, value: parts.slice(first, last + 1), after: textOf(parts.slice(last + 1)) }
    return name === undefined ? folder : { name, ...folder }
  })
}

function textOf(parts: PathPart[]): string {
  return parts.map(part => ('text' in part ? part.text : '')).join('')
}
