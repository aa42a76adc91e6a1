/** The number in a topic's setting such as `retention.ms`; infinite where it isn't set, or is -1, which means no limit. */
export function limitOf(setting: string | undefined): number {
  return setting === undefined || Number(setting) < 0 ? Number.POSITIVE_INFINITY : Number(setting)
}
