/** What a connector may do with the records that it reads: each is the function that gets them. */
export const connectorTypes = ['dump', 'replicate'] as const
export type ConnectorType = (typeof connectorTypes)[number]
