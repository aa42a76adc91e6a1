import { useState } from 'preact/hooks'
import type { RecordArgs, ShownBytes } from '../../../api/index.ts'
import { html } from '../../html.ts'
import { ask } from '../../live.ts'
import { bytesOf, textOf } from '../../parts/bytes.ts'
import { CopyButton } from '../../parts/copy-button.ts'
import { bytesText } from '../../parts/number.ts'
import { saveFile } from '../../parts/save-file.ts'

/** Copies the value where all of it is shown, or saves it as a file. A large one is loaded in parts first. */
export function WholeValue({ args, value }: { args: RecordArgs; value: ShownBytes }) {
  const [state, setState] = useState('')
  const save = async () => {
    try {
      const bytes = await wholeValue(args, value, loaded =>
        setState(`${bytesText(loaded)} of ${bytesText(value.size)} …`),
      )
      saveFile(`${args.topic}-${args.partition}-${args.offset}.bin`, new Blob(bytes))
      setState('Saved.')
    } catch (error) {
      setState((error as Error).message)
    }
  }
  const { text, isText } = textOf(bytesOf(value), value.isCut)
  return html`
    ${isText && !value.isCut && html`<${CopyButton} text=${text} />`}
    <button type="button" onClick=${save}>Save as a file</button>
    <span class="quiet" role="status">${state}</span>
  `
}

async function wholeValue(
  args: RecordArgs,
  value: ShownBytes,
  tell: (loaded: number) => void,
): Promise<Uint8Array<ArrayBuffer>[]> {
  const parts = [bytesOf(value)]
  let loaded = parts[0]?.length ?? 0
  while (loaded < value.size) {
    tell(loaded)
    const part = (await ask('record', { ...args, valueFrom: loaded }))?.value
    const bytes = part && bytesOf(part)
    if (!bytes || bytes.length === 0) throw new Error('The record was removed in the meantime.')
    parts.push(bytes)
    loaded += bytes.length
  }
  return parts
}
