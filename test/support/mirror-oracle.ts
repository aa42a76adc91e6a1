import { type JavaProgram, startJavaProgram } from './java-program.ts'

/** MirrorMaker 2's own classes: `test/java/MirrorOracle.java`. */
export type MirrorOracle = JavaProgram

export function startMirrorOracle(): Promise<MirrorOracle> {
  return startJavaProgram('org.apache.kafka.connect.mirror.MirrorOracle', 'mirror-maker')
}
