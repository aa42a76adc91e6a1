import { projects, settings } from '../../jest.config.js'

/** A step of its own, which CI leaves out: it takes ten minutes. */
export default { ...settings, ...projects.nightly, rootDir: '../..' }
