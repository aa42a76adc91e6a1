import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { extractApi } from './api-model.ts'
import { API_ENTRY, compile } from './build.ts'
import { runCommand } from './command.ts'
import { root } from './framework.ts'

/** The page about what the package exports to code, from the project's folder. */
export const API_PAGE = 'docs/api.md'

const INTRODUCTION = `# The typed API

What \`kafka-functions\` exports to code. [own-handler.md](own-handler.md) shows how to use it. The interfaces \`…Variables\` are left out here:
they are the environment variables of [variables.md](variables.md). This page is written by \`npm run docs:api\` from the docstrings.`

/** A declaration with its comment. */
interface Declaration {
  name: string
  comment: string
  code: string
}

/**
 * The page about the typed API.
 *
 * @param rollup all declarations that the entry exports, as api-extractor writes them
 */
export function apiPage(rollup: string): string {
  const declarations = declarationsOf(rollup).filter(({ name }) => !name.endsWith('Variables'))
  const isFunction = ({ code }: Declaration) => code.startsWith('function ')
  const ordered = [...declarations.filter(isFunction), ...declarations.filter(one => !isFunction(one))]
  return `${[INTRODUCTION, ...ordered.map(sectionOf)].join('\n\n')}\n`
}

/** A blank line stands between declarations and nowhere else. What follows a long comment is indented. */
function declarationsOf(rollup: string): Declaration[] {
  return rollup.split(/\n{2,}/).flatMap(chunk => {
    const [indent = ''] = /^ */.exec(chunk) ?? []
    const [, comment = '', code] = DECLARATION.exec(chunk.replaceAll(new RegExp(`^${indent}`, 'gm'), '')) ?? []
    const [, name] = /^(?:function|interface|class|type|const) (\w+)/.exec(code ?? '') ?? []
    return code && name ? [{ name, comment: textOf(comment), code: code.trim() }] : []
  })
}

const DECLARATION = /^(\/\*\*[\s\S]*?\*\/)\nexport declare ([\s\S]*)$/

/** The text of a comment without its frame. */
function textOf(comment: string): string {
  const lines = comment.slice(3, -2).split('\n')
  return lines
    .map(line => line.replace(/^\s*\* ?/, ''))
    .join('\n')
    .trim()
}

function sectionOf({ name, comment, code }: Declaration): string {
  const [text = '', ...examples] = comment.replace(/\n*@public\s*$/, '').split(/\n*@example\n/)
  const example = examples.map(example => example.trim())
  return [`## ${name}`, prose(text), fence(code), ...example].filter(part => part !== '').join('\n\n')
}

/** Paragraphs, and a list of what the tags say. */
function prose(text: string): string {
  const linked = text.replaceAll(/\{@link (\w+)\}/g, (_, name: string) => `[${name}](#${name.toLowerCase()})`)
  return linked
    .replaceAll(/^@param (\w+) /gm, '- `$1`: ')
    .replaceAll(/^@returns /gm, '- returns ')
    .replaceAll(/^@throws /gm, '- throws ')
    .trim()
}

function fence(code: string): string {
  return `\`\`\`ts\n${code.replaceAll(/\{@link (\w+)\}/g, '$1')}\n\`\`\``
}

/** `npm run docs:api`: writes the page. */
if (import.meta.main) {
  await runCommand(() =>
    compile('tsconfig.build.json', async output => {
      const folder = await mkdtemp(join(tmpdir(), 'kafka-functions-api-'))
      const rollup = join(folder, 'index.d.ts')
      extractApi({ entry: join(output, `${API_ENTRY}.d.ts`), rollup, model: join(folder, 'model.json') })
      await writeFile(join(root, API_PAGE), apiPage(await readFile(rollup, 'utf8')))
      await rm(folder, { recursive: true })
    }),
  )
}
