import { type Variant, variantName } from './variant.ts'

/** The steps of the floor, in their order. */
export const floorSteps = ['parse', 'decode', 'encode', 'compress', 'put'] as const
export type FloorStep = (typeof floorSteps)[number]

/** A step as it is measured once, however many variants have it in common. */
export interface MeasuredStep extends Variant {
  step: FloorStep
  name: string
}

/** The steps of a variant's floor. JSON Lines have that of JSON; nothing is compressed without compression. */
export function stepsOf(variant: Variant): MeasuredStep[] {
  const format = variant.format === 'jsonl' ? 'json' : variant.format
  const names: Record<FloorStep, string | undefined> = {
    parse: 'parse',
    decode: format === 'json' ? 'decode to text' : 'decode to bytes',
    encode: `encode ${format}`,
    compress: variant.compression === 'none' ? undefined : `compress ${variantName({ ...variant, format })}`,
    put: `put ${variantName({ ...variant, format })}`,
  }
  return floorSteps.flatMap(step => {
    const name = names[step]
    return name === undefined ? [] : [{ ...variant, format, step, name }]
  })
}
