import type { TreeEntry } from '../../../api/index.ts'
import { html } from '../../html.ts'
import { useLive } from '../../live.ts'
import { bytesText } from '../../parts/number.ts'
import { Shown } from '../../parts/shown-text.ts'
import { Ago } from '../../parts/time.ts'
import { Trouble } from '../../parts/trouble.ts'
import { go, hrefOf } from '../../route.ts'
import type { ViewProps } from './view.ts'

/** What folders of the connector hold, by their names in its folder. */
const meanings: Record<string, string> = {
  _staging: 'batches that wait to be compacted',
  _commits: 'logs that say which batches are in which objects',
  _quarantine: 'batches that a person has to look at',
  _overflow: 'large values',
  _next: 'where compaction continues',
  _snapshots: 'settings of topics and positions of consumer groups',
  _redrive: 'logs of redrives',
}

/** The bucket as a tree, one folder at a time. */
export function Bucket({ name, chosen }: ViewProps) {
  const { from, begins } = chosen
  // An empty prefix is the bucket's root, and no choice is the connector's folder: an address has no empty choices.
  const prefix = chosen.prefix === '/' ? '' : chosen.prefix
  const live = useLive('tree', { name, prefix, begins, after: from })
  const { answer } = live
  if (!answer)
    return html`<${Trouble} of=${live} what="the bucket" />${!live.error && html`<p class="quiet">Listing …</p>`}`
  const hrefAt = (prefix: string, more: Record<string, string> = {}) =>
    hrefOf({ screen: 'objects', name, chosen: { view: 'bucket', prefix: prefix || '/', ...more } })
  const hrefHere = (from: string) => hrefAt(answer.prefix, { begins: begins ?? '', from })
  return html`
    <${Trouble} of=${live} what="the bucket" />
    <${Path} bucket=${answer.bucket} prefix=${answer.prefix} hrefAt=${hrefAt} />
    ${(begins !== undefined || from !== undefined || answer.next !== undefined) && html`<${Begins} key=${`${answer.prefix}?${begins}`} name=${name} prefix=${answer.prefix} begins=${begins} />`}
    <div class="scroll">
      <table class="objects-tree">
        <thead><tr><th scope="col">Name</th><th scope="col" class="number">Size</th><th scope="col">Written</th></tr></thead>
        <tbody>
          ${answer.entries.map(entry => html`<${Entry} name=${name} entry=${entry} parent=${answer.prefix} home=${answer.home} hrefAt=${hrefAt} />`)}
        </tbody>
      </table>
    </div>
    ${answer.entries.length === 0 && html`<p class="quiet">${begins === undefined ? 'There is nothing in this folder.' : 'No name in this folder begins with that.'}</p>`}
    <p class="row">
      ${from !== undefined && html`<a href=${hrefHere('')}>First page</a>`}
      ${answer.next !== undefined && html`<a href=${hrefHere(answer.next)}>Next page</a>`}
    </p>
  `
}

/** A folder of thousands is narrowed by how the names begin, which is what a store can look for. */
function Begins({ name, prefix, begins }: { name: string; prefix: string; begins?: string }) {
  const submit = (event: Event) => {
    event.preventDefault()
    const begins = String(new FormData(event.target as HTMLFormElement).get('begins') ?? '')
    go({ screen: 'objects', name, chosen: { view: 'bucket', prefix: prefix || '/', begins } })
  }
  return html`
    <form class="fields" onSubmit=${submit}>
      <label>Names begin with <input name="begins" defaultValue=${begins ?? ''} maxlength="500" autocomplete="off" spellcheck=${false} /></label>
      <button type="submit">Show</button>
    </form>
  `
}

interface PathProps {
  bucket: string
  prefix: string
  hrefAt(prefix: string): string
}

/** The folders that lead to this one. */
function Path({ bucket, prefix, hrefAt }: PathProps) {
  const folders = prefix.split('/').slice(0, -1)
  const at = (index: number) => `${folders.slice(0, index + 1).join('/')}/`
  return html`
    <nav class="objects-path" aria-label="Folders">
      <ol>
        <li><a href=${hrefAt('')} aria-current=${prefix === '' ? 'location' : undefined}><${Shown} text=${bucket} /></a></li>
        ${folders.map(
          (folder, index) => html`<li>
            <a href=${hrefAt(at(index))} aria-current=${index === folders.length - 1 ? 'location' : undefined}><${Shown} text=${folder || '(no name)'} /></a>
          </li>`,
        )}
      </ol>
    </nav>
  `
}

interface EntryProps {
  name: string
  entry: TreeEntry
  parent: string
  home: string
  hrefAt(prefix: string): string
}

function Entry({ name, entry, parent, home, hrefAt }: EntryProps) {
  if (entry.kind === 'folder') {
    const folder = entry.prefix.slice(parent.length)
    const meaning = parent === home ? meanings[folder.replace(/\/$/, '')] : undefined
    return html`
      <tr>
        <td class="mono"><a href=${hrefAt(entry.prefix)}><${Shown} text=${folder} /></a>${meaning && html` <span class="quiet objects-meaning">${meaning}</span>`}</td>
        <td></td>
        <td></td>
      </tr>
    `
  }
  const { key, bytes, written } = entry
  return html`
    <tr>
      <td class="mono"><a href=${hrefOf({ screen: 'objects', name, chosen: { view: 'bucket', key } })}><${Shown} text=${key.slice(parent.length) || '(no name)'} /></a></td>
      <td class="number">${bytesText(bytes)}</td>
      <td>${written > 0 && html`<${Ago} time=${written} />`}</td>
    </tr>
  `
}
