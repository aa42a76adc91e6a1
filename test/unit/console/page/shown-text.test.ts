import { shownText } from '../../../../lib/console/page/parts/shown-text.ts'

it.each([
  ['a control character', 'a\u0007b', 'a⟨0007⟩b'],
  ['a mark that turns the text', 'a\u202eb', 'a⟨202E⟩b'],
  ['a character of no width', 'a\u200bb', 'a⟨200B⟩b'],
  ['a separator of paragraphs', 'a\u2029b', 'a⟨2029⟩b'],
  ['an invisible tag', 'a\u{e0041}b', 'a⟨E0041⟩b'],
])('%s is written as its code', (_, text, written) => {
  expect(shownText(text)).toBe(written)
})

it('what can be seen stays as it is', () => {
  expect(shownText('Größe 中文 🙂')).toBe('Größe 中文 🙂')
})
