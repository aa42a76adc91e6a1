/** The placeholders of a template. */
export type Placeholder = 'topic' | 'partition' | 'path' | 'offsets'

/** A piece of a folder's or the object's name: a placeholder, or literal text. */
export type TemplatePart = { placeholder: Placeholder } | { text: string }

/** The folders of an object key and, last, the object's name without its extension. */
export type Template = TemplatePart[][]

/** `<topic>/<partitioner's path>/<topic>+<partition>+<first offset>-<last offset>`. */
export const DEFAULT_TEMPLATE = '{topic}/{path}/{topic}+{partition}+{offsets}'

/**
 * Parses a template such as {@link DEFAULT_TEMPLATE}; undefined when the text is not a valid one.
 *
 * A template contains `{topic}`, `{partition}` and `{offsets}`: without one of them, other records would overwrite the
 * object. Its keys must be readable in one way only. So `{offsets}` occurs once, at the end; `{path}` fills whole folders;
 * no folder contains `{topic}` twice; and text, not ending or beginning with a digit, separates placeholders.
 */
export function parseTemplate(text: string): Template | undefined {
  const folders = text.split('/')
  const template = folders.map(folder => folder.split(/(?=\{)|(?<=\})/).map(partOf))
  const holds = (['topic', 'partition', 'offsets'] as const).every(name => template.flat().some(isThe(name)))
  const once = (['path', 'offsets'] as const).every(name => template.flat().filter(isThe(name)).length < 2)
  const lastPart = template.at(-1)?.at(-1)
  const ends = lastPart !== undefined && isThe('offsets')(lastPart)
  return holds && once && ends && template.every(isReadable) ? template : undefined
}

const isThe = (name: Placeholder) => (part: TemplatePart) => 'placeholder' in part && part.placeholder === name

function partOf(text: string): TemplatePart {
  const name = /^\{(topic|partition|path|offsets)\}$/.exec(text)?.[1]
  return name ? { placeholder: name as Placeholder } : { text }
}

function isReadable(folder: TemplatePart[]): boolean {
  if (folder.some(isThe('path'))) return folder.length === 1
  return folder.filter(isThe('topic')).length < 2 && folder.every(isApart) && !isDots(folder)
}

/** Whether a part is text that needs no encoding and has no digit next to a placeholder, or a placeholder that follows text. */
function isApart(part: TemplatePart, index: number, { length, [index - 1]: before }: TemplatePart[]): boolean {
  if ('placeholder' in part) return before === undefined || 'text' in before
  const safe = /^[A-Za-z0-9._=+,@!-]+$/.test(part.text)
  const digitBehind = index > 0 && /^\d/.test(part.text)
  const digitBefore = index < length - 1 && /\d$/.test(part.text)
  return safe && !digitBehind && !digitBefore
}

/** Folders named `.` and `..` would lead elsewhere. */
function isDots([only, ...others]: TemplatePart[]): boolean {
  return others.length === 0 && only !== undefined && 'text' in only && /^\.{1,2}$/.test(only.text)
}
