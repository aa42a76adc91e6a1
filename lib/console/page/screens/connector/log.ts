import { useCallback, useEffect, useMemo, useState } from 'preact/hooks'
import type { ShownLine } from '../../../api/index.ts'
import { html } from '../../html.ts'
import { useFollowed } from '../../live.ts'
import { countText } from '../../parts/number.ts'
import { Shown, shownText } from '../../parts/shown-text.ts'
import { timeText } from '../../parts/time.ts'
import { Trouble } from '../../parts/trouble.ts'

/** Lines that are kept: what somebody looks through. Older ones are left to `connectors logs`. */
const MOST_LINES = 500

interface Filter {
  since: string
  level: string
  code: string
  function: string
}

const sinces = { '10m': '10 minutes', '1h': 'hour', '6h': '6 hours', '24h': '24 hours' }
const levels = { '': 'all', INFO: 'INFO and worse', WARN: 'WARN and worse', ERROR: 'ERROR' }

/** What the connector's functions log, as it comes. */
export function Log({ name, functions }: { name: string; functions: string[] }) {
  const [filter, setFilter] = useState<Filter>({ since: '10m', level: '', code: '', function: '' })
  const [codes, setCodes] = useState<string[]>([])
  const addCodes = useCallback((found: string[]) => setCodes(known => withNew(known, found)), [])
  const field = (key: keyof Filter) => ({
    value: filter[key],
    onChange: ({ target }: Event) => setFilter({ ...filter, [key]: (target as HTMLInputElement).value.trim() }),
  })
  return html`
    <section aria-labelledby="log">
      <form class="row connector-head" onSubmit=${(event: Event) => event.preventDefault()}>
        <h2 id="log">Log</h2>
        <label class="connector-inline">Last <select ...${field('since')}>${options(sinces)}</select></label>
        <label class="connector-inline">Level <select ...${field('level')}>${options(levels)}</select></label>
        <label class="connector-inline">Code <input list="codes" size="20" maxlength="200" placeholder="any" ...${field('code')} /></label>
        <datalist id="codes">${codes.map(code => html`<option value=${code}></option>`)}</datalist>
        <label class="connector-inline">Function
          <select ...${field('function')}>
            <option value="">all</option>
            ${functions.map(file => html`<option value=${file}>${file}</option>`)}
          </select>
        </label>
      </form>
      <${LogLines} key=${JSON.stringify(filter)} name=${name} filter=${filter} found=${addCodes} />
    </section>
  `
}

function options(all: Record<string, string>) {
  return Object.entries(all).map(([value, title]) => html`<option value=${value}>${title}</option>`)
}

function withNew(known: string[], found: string[]): string[] {
  const all = new Set([...known, ...found])
  return all.size === known.length ? known : Array.from(all).toSorted()
}

function LogLines({ name, filter, found }: { name: string; filter: Filter; found(codes: string[]): void }) {
  const [lines, setLines] = useState<ShownLine[]>([])
  const [held, setHeld] = useState<ShownLine[]>()
  const asked = Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== ''))
  const followed = useFollowed('logs', { name, ...asked }, part => setLines(known => withLines(known, part)))
  useEffect(() => found(lines.flatMap(({ code }) => (code === undefined ? [] : [code]))), [lines, found])
  const shown = held ?? lines
  const isRead = followed.time !== undefined
  return html`
    <${Trouble} of=${followed} what="the log" />
    <div class="row connector-logbar">
      <button type="button" aria-pressed=${held !== undefined} onClick=${() => setHeld(held ? undefined : lines)}>Hold</button>
      <span class="quiet">${statusOf(shown.length, lines, held, isRead)}</span>
    </div>
    <div class="connector-log panel" tabindex="0" role="region" aria-label="Lines of the log, the newest first">
      ${shown.map(line => html`<${Line} key=${`${line.functionName} ${line.id}`} line=${line} />`)}
    </div>
  `
}

function statusOf(count: number, lines: ShownLine[], held: ShownLine[] | undefined, isRead: boolean): string {
  if (!isRead && count === 0) return 'Reading …'
  if (held) return `Held at ${countText(count, 'line')}. ${newerText(lines, held)}`
  if (count === 0) return 'Nothing was logged that matches. New lines appear here.'
  return count === MOST_LINES
    ? `The newest ${MOST_LINES} lines, as they come.`
    : `${countText(count, 'line')}, as they come.`
}

function newerText(lines: ShownLine[], held: ShownLine[]): string {
  const newest = held[0]?.time ?? ''
  const newer = lines.filter(({ time }) => time > newest).length
  return newer === 0
    ? 'Nothing newer has come.'
    : `${countText(newer, 'newer line')} ${newer === 1 ? 'has' : 'have'} come.`
}

/** The newest first. Lines may come late, and twice when somebody begins to look again. */
function withLines(known: ShownLine[], part: ShownLine[]): ShownLine[] {
  const ids = new Set(known.map(idOf))
  const fresh = part.filter(line => !ids.has(idOf(line)))
  if (fresh.length === 0) return known
  // Sorting keeps the order of lines of one millisecond: the later one is above.
  return [...fresh.toReversed(), ...known]
    .toSorted((one, other) => (one.time < other.time ? 1 : one.time > other.time ? -1 : 0))
    .slice(0, MOST_LINES)
}

const idOf = ({ functionName, id }: ShownLine) => `${functionName} ${id}`

/** Colours of levels that are to be seen. */
const tones: Partial<Record<ShownLine['level'], string>> = { ERROR: 'bad', WARN: 'warn' }

/** A line doesn't change: what was made of it is kept while others come. */
function Line({ line }: { line: ShownLine }) {
  return useMemo(() => drawn(line), [line])
}

function drawn({ time, level, message, code, fields, function: file }: ShownLine) {
  const at = Date.parse(time)
  const shown = Object.entries(fields).filter(([field]) => field !== 'errorCode')
  return html`<div class="connector-line">
    <time datetime=${time} title=${timeText(at)}>${clock.format(at)}</time>
    <span class="badge ${tones[level] ?? ''}">${level}</span>
    <span class="quiet">${file}</span>
    <div>
      <${Shown} text=${message} />${' '}
      ${code !== undefined && html`<code class="connector-code"><${Shown} text=${code} /></code> `}
      ${shown.map(([field, value]) => html`<span class="quiet connector-field">${shownText(field)}=</span><${Shown} text=${valueText(value)} /> `)}
    </div>
  </div>`
}

const clock = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hour12: false,
})

function valueText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
