import { html } from '../html.ts'
import { consoleGone, type Live } from '../live.ts'
import { Shown } from './shown-text.ts'
import { Ago } from './time.ts'

/**
 * Says what can't be seen now, since when, and why. The screen below keeps what was seen last. That the console itself does not
 * answer is said once for the whole page.
 */
export function Trouble({ of, what }: { of: Pick<Live<never>, 'error' | 'since' | 'time'>; what: string }) {
  const { error, since, time } = of
  if (!error || error === consoleGone) return null
  return html`
    <div class="trouble">
      <span role="status"><strong>Can’t see ${what}:</strong> <${Shown} text=${error.message} /></span>
      ${error.code && html` <code>${error.code}</code>`}
      <span class="quiet">
        ${since !== undefined && html` Since <${Ago} time=${since} />.`}
        ${time !== undefined && html` What is below is from <${Ago} time=${time} />.`}
      </span>
    </div>
  `
}
