import { readFileSync } from 'node:fs'

const versionOf = (path: string): string => JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')).version

const node = `Node.js ${process.versions.node}`

/** This project, and what it runs on. */
export const ownVersion = `kafka-functions ${versionOf('../../../package.json')}, ${node}`

export const kafkajsVersion = `kafkajs ${versionOf('../../../node_modules/kafkajs/package.json')}, ${node}`
