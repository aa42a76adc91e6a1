import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const pages = globSync(['*.md', 'docs/**/*.md', 'lib/**/*.md'], { cwd: root })
const text = (file: string) => readFileSync(join(root, file), 'utf8')

/** The page without its code blocks, where brackets and number signs mean something else. */
const prose = (file: string) => text(file).replaceAll(/^ *(?:\d+\. )?```[\s\S]*?^ *```/gm, '')

/** Anchors of a page's headings, as GitHub makes them: https://github.com/gjtorikian/html-pipeline, `toc_filter`. */
function anchorsOf(file: string): string[] {
  const headings = Array.from(prose(file).matchAll(/^#+ (.*)$/gm), ([, heading = '']) => heading)
  return headings.map(heading =>
    heading
      .replaceAll(/\[(.*?)\]\(.*?\)/g, '$1')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
      .replaceAll(' ', '-'),
  )
}

function brokenLinks(page: string): string[] {
  const links = Array.from(prose(page).matchAll(/\]\((?!\w+:)(.*?)\)/g), ([, link = '']) => link)
  return links.filter(link => {
    const [path = '', anchor] = link.split('#')
    const file = path === '' ? page : relative(root, join(root, dirname(page), path))
    return !existsSync(join(root, file)) || (anchor !== undefined && !anchorsOf(file).includes(anchor))
  })
}

test.each(pages)('the links of %s lead somewhere', page => {
  expect(brokenLinks(page)).toEqual([])
})

test('each page of the documentation is in its index', () => {
  for (const page of globSync('*.md', { cwd: join(root, 'docs'), exclude: ['README.md'] })) {
    expect(text('docs/README.md')).toContain(`](${page})`)
  }
})

/** Names in backticks that begin like a path of this project. */
const rooted = /^(?:lib|functions|local|deploy|docs|test|events|examples)\/./

test.each(pages)('the files and folders that %s names exist', page => {
  const named = Array.from(prose(page).matchAll(/`([^`\s]+)`/g), ([, name = '']) => name)
  const missing = named.filter(name => rooted.test(name) && globSync(name, { cwd: root }).length === 0)
  expect(missing).toEqual([])
})
