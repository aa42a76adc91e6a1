/** The lines of a changelog are the texts of the changesets, as they were written: no hashes of commits, no names. */
module.exports = {
  getReleaseLine: async ({ summary }) => (/^[-#]/.test(summary) ? summary : `- ${summary.replaceAll('\n', '\n  ')}`),
  getDependencyReleaseLine: async () => '',
}
