import config from '../../jest.config.js'

/** A step of its own: the first time, Lambda's runtime client is compiled for a minute. */
export default {
  ...config.projects[0],
  rootDir: '../..',
  displayName: 'runtime',
  testTimeout: 60_000,
  testMatch: ['<rootDir>/test/runtime/**/*.test.ts'],
}
