import { useEffect, useState } from 'preact/hooks'
import type { ObjectAnswer, ShownBytes, ShownStoredRecord } from '../../../api/index.ts'
import { html } from '../../html.ts'
import { consoleGone, useAsked } from '../../live.ts'
import { previewOf } from '../../parts/bytes.ts'
import { BytesView } from '../../parts/bytes-view.ts'
import { bytesText, numberText } from '../../parts/number.ts'
import { RecordFields } from '../../parts/record-fields.ts'
import { RecordTime } from '../../parts/record-time.ts'
import { Shown } from '../../parts/shown-text.ts'
import { Ago } from '../../parts/time.ts'
import { Trouble } from '../../parts/trouble.ts'
import { hrefOf } from '../../route.ts'
import { Copied } from './copied.ts'
import { Pages } from './pages.ts'
import { chosenNumber, type ViewProps } from './view.ts'

/** Records of a page, as the server has them. */
const PAGE = 100

/** Between two attempts to read an object, in milliseconds. */
const AGAIN_MS = 5_000

/** An object: what is in it, as a table. */
export function ObjectContent({ name, chosen }: ViewProps) {
  const { key = '' } = chosen
  const after = chosenNumber(chosen.after) ?? 0
  const asked = useAsked('object', { name, key, after })
  const { answer, error, tried, again } = asked
  useEffect(() => {
    if (!error || error === consoleGone) return
    const timer = setTimeout(again, AGAIN_MS)
    return () => clearTimeout(timer)
  }, [error, tried])
  return html`
    <${Path} name=${name} objectKey=${key} />
    <${Trouble} of=${asked} what="this object" />
    ${error?.code === 'STORE_OBJECT_MISSING' && html`<p>It may have been there: staged batches are deleted once they are compacted, and a retention deletes old objects.</p>`}
    ${!answer && !error && html`<p class="quiet">Reading …</p>`}
    ${answer && html`<${Facts} name=${name} answer=${answer} />`}
    ${answer && html`<${Content} name=${name} chosen=${chosen} answer=${answer} after=${after} />`}
  `
}

/** The folder that the object is in, and its name. */
function Path({ name, objectKey }: { name: string; objectKey: string }) {
  const folder = objectKey.slice(0, objectKey.lastIndexOf('/') + 1)
  return html`
    <h2 class="mono objects-key">
      ${folder !== '' && html`<a href=${hrefOf({ screen: 'objects', name, chosen: { view: 'bucket', prefix: folder } })}><${Shown} text=${folder} /></a>`}<${Shown} text=${objectKey.slice(folder.length)} />
    </h2>
  `
}

function Facts({ name, answer }: { name: string; answer: ObjectAnswer }) {
  const { bucket, key, bytes, written, format, quarantined, problem, query } = answer
  const command = `npx serverless connectors cat --name ${name} --key '${key.replaceAll("'", "'\\''")}'`
  return html`
    <p class="row">
      <span><strong>${format ?? 'no format with records'}</strong></span>
      <span>${bytesText(bytes)}</span>
      <span>written <${Ago} time=${written} /></span>
    </p>
    ${quarantined !== undefined && html`<p class="trouble">Compaction has put this batch aside: <${Shown} text=${quarantined} />.</p>`}
    ${problem !== undefined && html`<p class="trouble">It can’t be read further: <${Shown} text=${problem} /></p>`}
    <details class="objects-elsewhere">
      <summary>Address, command and queries</summary>
      <${Copied} what="Address of the object" text=${`s3://${bucket}/${key}`} />
      ${format !== null && html`<h3>Command that prints all of it</h3><${Copied} what="Command that prints all of it" text=${command} />`}
      ${query && html`<h3>DuckDB</h3><${Copied} what="DuckDB" text=${query.duckdb} /><h3>Athena</h3><${Copied} what="Athena" text=${query.athena} />`}
    </details>
  `
}

interface ContentProps extends ViewProps {
  answer: ObjectAnswer
  after: number
}

function Content({ name, chosen, answer, after }: ContentProps) {
  const { content, next } = answer
  if ('bytes' in content)
    return content.bytes.size > 0
      ? html`<${BytesView} title="Content" shown=${content.bytes} />`
      : html`<p class="quiet">It is empty.</p>`
  const shown = 'records' in content ? content.records.length : content.lines.length
  const what = 'records' in content ? 'records' : 'lines'
  return html`
    ${shown === 0 && html`<p>It has no ${what}${after > 0 && ' here'}.</p>`}
    ${'records' in content ? html`<${Records} name=${name} answer=${answer} records=${content.records} after=${after} />` : html`<${Lines} name=${name} answer=${answer} lines=${content.lines} after=${after} />`}
    <${Pages} name=${name} chosen=${chosen} what=${what} shown=${shown} next=${next} page=${PAGE} />
  `
}

interface RecordsProps {
  name: string
  answer: ObjectAnswer
  records: ShownStoredRecord[]
  after: number
}

function Records({ name, answer, records, after }: RecordsProps) {
  if (records.length === 0) return null
  return html`
    <div>
      <table class="objects-records">
        <thead>
          <tr>
            <th scope="col" class="number">Offset</th>
            <th scope="col">Time</th>
            <th scope="col">Key</th>
            <th scope="col">Value</th>
            <th scope="col" class="number">Size</th>
          </tr>
        </thead>
        <tbody>${records.map((record, index) => html`<${Row} key=${after + index} name=${name} objectKey=${answer.key} record=${record} index=${after + index} />`)}</tbody>
      </table>
    </div>
  `
}

interface RowProps {
  name: string
  objectKey: string
  record: ShownStoredRecord
  index: number
}

function Row({ name, objectKey, record, index }: RowProps) {
  const [isOpen, setOpen] = useState(false)
  const { partition, offset, timestamp, key, value } = record
  return html`
    <tr>
      <td class="number"><button type="button" class="objects-open" aria-expanded=${isOpen} onClick=${() => setOpen(!isOpen)} title="partition ${partition}">${offset < 0 ? 'show' : numberText(offset)}</button></td>
      <td><${RecordTime} time=${timestamp} /></td>
      <td class="mono objects-cut"><${Preview} shown=${key} none="none" /></td>
      <td class="mono objects-cut">${record.valueObject === undefined ? html`<${Preview} shown=${value} none="none: a tombstone" />` : html`<${LargeValue} name=${name} valueObject=${record.valueObject} />`}</td>
      <td class="number">${value !== null && bytesText(value.size)}</td>
    </tr>
    ${isOpen && html`<tr><td colspan="5" class="objects-whole"><${Whole} name=${name} objectKey=${objectKey} index=${index} /></td></tr>`}
  `
}

function Preview({ shown, none }: { shown: ShownBytes | null; none: string }) {
  if (!shown) return html`<span class="quiet">${none}</span>`
  return shown.size === 0 ? html`<span class="quiet">empty</span>` : html`<${Shown} text=${previewOf(shown)} />`
}

function LargeValue({ name, valueObject }: { name: string; valueObject: string }) {
  return html`<a href=${hrefOf({ screen: 'objects', name, chosen: { key: valueObject } })}>in an object of its own</a>`
}

/** One record or line with all that a page shows of it. */
function Whole({ name, objectKey, index }: { name: string; objectKey: string; index: number }) {
  const asked = useAsked('object', { name, key: objectKey, after: index, whole: true })
  const { answer, error } = asked
  const record = answer && 'records' in answer.content ? answer.content.records[0] : undefined
  const line = answer && 'lines' in answer.content ? answer.content.lines[0] : undefined
  return html`
    <${Trouble} of=${asked} what="this record" />
    ${!answer && !error && html`<p class="quiet">Reading …</p>`}
    ${record && html`<${RecordFields} record=${record} />`}
    ${line && html`<${BytesView} title="Line" shown=${line} />`}
    ${record?.valueObject !== undefined && html`<p>Its value is <${LargeValue} name=${name} valueObject=${record.valueObject} />.</p>`}
  `
}

function Lines({ name, answer, lines, after }: Omit<RecordsProps, 'records'> & { lines: ShownBytes[] }) {
  return html`
    <table class="objects-lines">
      <thead><tr><th scope="col" class="number">Line</th><th scope="col">Content</th><th scope="col" class="number">Size</th></tr></thead>
      <tbody>${lines.map((line, index) => html`<${Line} key=${after + index} name=${name} objectKey=${answer.key} line=${line} index=${after + index} />`)}</tbody>
    </table>
  `
}

function Line({ name, objectKey, line, index }: Omit<RowProps, 'record'> & { line: ShownBytes }) {
  const [isOpen, setOpen] = useState(false)
  return html`
    <tr>
      <td class="number"><button type="button" class="objects-open" aria-expanded=${isOpen} onClick=${() => setOpen(!isOpen)}>${numberText(index + 1)}</button></td>
      <td class="mono objects-cut"><${Preview} shown=${line} none="" /></td>
      <td class="number">${bytesText(line.size)}</td>
    </tr>
    ${isOpen && html`<tr><td colspan="3"><${Whole} name=${name} objectKey=${objectKey} index=${index} /></td></tr>`}
  `
}
