import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Java's options in the scripts of Apache Kafka 4.3, `connect-distributed.sh` and `kafka-run-class.sh`. */
export const javaOptions = [
  '-Xms256m',
  '-Xmx2g',
  '-server',
  '-XX:+UseG1GC',
  '-XX:MaxGCPauseMillis=20',
  '-XX:InitiatingHeapOccupancyPercent=35',
  '-XX:+ExplicitGCInvokesConcurrent',
  '-Djava.awt.headless=true',
]

/** The same in words. */
export const JAVA_SETTINGS = 'Java with G1 and up to 2 GB of heap, as in the scripts of Kafka'

/** The name and the version that a `pom.xml` is for. @param folder from the project's folder */
export function pomTitle(folder: string): string {
  const pom = readFileSync(join(import.meta.dirname, '../../..', folder, 'pom.xml'), 'utf8')
  const [name, version] = ['name', 'version'].map(
    element => new RegExp(`<${element}>(.*?)</${element}>`).exec(pom)?.[1],
  )
  return `${name} ${version}`
}
