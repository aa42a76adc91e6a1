import { projects, settings } from '../../jest.config.js'

/** A step of its own: the service that the console shows runs all the time, under load, and would slow down the other tests. */
export default { ...settings, ...projects.browser, rootDir: '../..' }
