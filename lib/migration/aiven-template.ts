/** What a name’s template of Aiven’s sink becomes. */
export interface ConvertedTemplate {
  keyTemplate: string
  /** The format of the folders by time, if the template has any. */
  pathFormat?: string
}

/** A placeholder such as `{{topic}}` or `{{ start_offset:padding=true }}`. */
const PLACEHOLDER = /\{\{\s*(\w+)(?::\s*(\w+)\s*=\s*(\w+))?\s*\}\}/g

const names: Record<string, string> = { topic: '{topic}', partition: '{partition}', start_offset: '{offsets}' }

/**
 * A template of names of Aiven’s S3 sink, in our notation. Folders with times become `{path}` with their format. The extension at
 * its end is left out, as each format adds its own.
 * Source: README of Aiven’s S3 sink connector, "File name format".
 *
 * @returns undefined if there is no such template here: for names by key, and for times in the object’s name itself
 */
export function convertTemplate(template: string): ConvertedTemplate | undefined {
  const folders = template.replace(/(\.[a-z0-9]+)+$/i, '').split('/')
  const byTime = folders.map(folder => folder.includes('timestamp'))
  const [first, last] = [byTime.indexOf(true), byTime.lastIndexOf(true)]
  if (first === -1) return withNames(folders)
  if (last === folders.length - 1 || byTime.slice(first, last + 1).includes(false)) return undefined
  const formats = folders.slice(first, last + 1).map(timeFolder)
  const rest = withNames([...folders.slice(0, first), '{path}', ...folders.slice(last + 1)])
  if (!rest || formats.includes(undefined)) return undefined
  return { ...rest, pathFormat: formats.join('/') }
}

function withNames(folders: string[]): ConvertedTemplate | undefined {
  const keyTemplate = folders.join('/').replaceAll(PLACEHOLDER, (all, name) => names[name] ?? all)
  return keyTemplate.includes('{{') ? undefined : { keyTemplate }
}

/** A folder of times and text, as in `to.pathFormat`; undefined if it has another placeholder. */
function timeFolder(folder: string): string | undefined {
  const parts = folder.split(/(\{\{.*?\}\})/).filter(part => part !== '')
  const formats = parts.map(part => {
    const [, name, , unit] = new RegExp(PLACEHOLDER.source).exec(part) ?? []
    if (name === 'timestamp') return unit?.replace('YYYY', 'yyyy')
    return name ? undefined : `'${part}'`
  })
  return formats.includes(undefined) ? undefined : formats.join('')
}
