import type { System } from '../system.ts'
import { aiven } from './aiven.ts'
import { confluent } from './confluent.ts'
import { kafkaBackup } from './kafka-backup.ts'
import { mirrorMaker } from './mirror-maker.ts'
import { tencent } from './tencent.ts'

/** The systems whose settings are read from a file. The first one that matches is taken. */
export const systems = { confluent, aiven, kafkaBackup, mirrorMaker, tencent } satisfies Record<string, System>

export type SystemName = keyof typeof systems
