/** Metadata of an object that was emptied: the entry whose outputs have its records. */
export const REPLACED_BY = 'replaced-by'

/** Metadata of an object that lacks records of damaged inputs: see `gap` of an entry's outputs. */
export const LACKS = 'gap'

/** Metadata of an object: how many records it has. One that lacks records doesn't say it. */
export const RECORD_COUNT = 'record-count'
