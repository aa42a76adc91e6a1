/**
 * Compressed bytes after which a row group of a joined Parquet file is closed. A reader loads a row group at once, and a file
 * that is being written holds one.
 */
export const ROW_GROUP_BYTES = 16 * 1024 * 1024
