/**
 * Compressed bytes after which a row group of a joined Parquet file is closed. Readers spread a file over processors by row
 * groups, and pass over those whose bounds they don't need: of 4, 8, 16, 32 and 64 MB, up to 8 MB were read fastest by DuckDB.
 * A file that is being written holds one.
 */
export const ROW_GROUP_BYTES = 8 * 1024 * 1024

/** Rows after which a row group of a joined file is closed, however small they are. */
export const ROW_GROUP_ROWS = 500_000
