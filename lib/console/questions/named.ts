import * as z from 'zod'

/** The name of a connector, as a page sends it. */
export const connectorName = z.string().min(1).max(200)

/** The arguments of a question about one connector. */
export const named = z.strictObject({ name: connectorName })
