import { useState } from 'preact/hooks'
import { html } from '../../html.ts'
import { ask } from '../../live.ts'
import { saveFile } from '../../parts/save-file.ts'
import { Shown } from '../../parts/shown-text.ts'

const kinds = { html: 'text/html', json: 'application/json' }
type Kind = keyof typeof kinds

/** The report as files, as the command writes them. */
export function Downloads({ run, name }: { run: string; name: string }) {
  const [problem, setProblem] = useState('')
  const save = async (kind: Kind) => {
    try {
      setProblem('')
      const { [kind]: text } = await ask('restore-report', { run })
      saveFile(`restore-${name}.${kind}`, new Blob([text], { type: kinds[kind] }))
    } catch (error) {
      setProblem((error as Error).message)
    }
  }
  return html`
    <button type="button" onClick=${() => save('html')}>Report as a page</button>
    <button type="button" onClick=${() => save('json')}>Report as JSON</button>
    ${problem && html`<p class="problem" role="alert"><${Shown} text=${problem} /></p>`}
  `
}
