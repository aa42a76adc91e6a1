import { releasedChangelog } from '../../../local/release-notes.ts'

test('what stood under Unreleased belongs to the version that is released, and nothing is lost', () => {
  const before =
    '# Changelog\n\n## 0.2.0\n\n### Minor Changes\n\n- A construct.\n\n## Unreleased\n\n### Upgrade\n\n- A header.\n'
  const after = '# Changelog\n\n## 0.2.0\n\n### Minor Changes\n\n- A construct.\n\n### Upgrade\n\n- A header.\n'
  expect(releasedChangelog(before)).toBe(after)
  expect(releasedChangelog(after)).toBe(after)
})
