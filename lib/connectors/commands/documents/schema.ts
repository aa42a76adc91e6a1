import * as z from 'zod'

/** The field with the version, which every document begins with. */
export const version = z.literal(1).describe('The version of these fields.')

export const connector = z.string().describe('The connector.')
export const topic = z.string().describe('On the source.')
export const partition = z.int().describe('On the source.')

/** Offsets as neighbours that belong together: the first one of each run and how many they are. */
export const runs = (meaning: string) =>
  z.array(z.tuple([z.int(), z.int()])).describe(`${meaning} Runs: the first offset, and how many.`)

/** Offsets as neighbours that belong together: the first and the last one of each range. */
export const ranges = (meaning: string) =>
  z.array(z.tuple([z.int(), z.int()])).describe(`${meaning} Ranges: the first and the last offset.`)

export const count = (meaning: string) => z.int().min(0).describe(meaning)

/** A time in milliseconds since the epoch. */
export const milliseconds = (meaning: string) => z.number().describe(`${meaning} In milliseconds since the epoch.`)
