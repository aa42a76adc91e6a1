import zlib from 'node:zlib'

const GZIP_HEADER_BYTES = 10

/** Something that compresses, and the bytes with which each of its streams begins. */
const packings = [
  // With no flags, so neither the name of a file nor anything else comes before the data.
  { magic: Buffer.from('1f8b0800', 'hex'), unpack: (bytes: Buffer) => inflate(bytes.subarray(GZIP_HEADER_BYTES)) },
  // Decompresses one frame, and leaves alone whatever follows it.
  { magic: Buffer.from('28b52ffd', 'hex'), unpack: (bytes: Buffer) => zlib.zstdDecompressSync(bytes) },
]

/** A stream in a stream, as a Parquet object in a compressed archive. */
const DEEPEST = 3

/**
 * Bytes, and everything that is compressed in them: streams of gzip and zstd wherever they begin, so also the pages of Parquet,
 * and the blocks of Avro. Knows nothing of what the product reads, which could be wrong in the same way as what it writes.
 */
export function unpacked(bytes: Buffer, depth = 0): Buffer[] {
  const parts = depth < DEEPEST ? [...streamsIn(bytes), ...avroBlocksIn(bytes)] : []
  return [bytes, ...parts.flatMap(part => unpacked(part, depth + 1))]
}

function streamsIn(bytes: Buffer): Buffer[] {
  return packings.flatMap(({ magic, unpack }) =>
    placesOf(magic, bytes).flatMap(place => ifReadable(() => unpack(bytes.subarray(place)))),
  )
}

/** Unpacks a stream that may be cut off, and leaves alone whatever follows it: gunzip would take that for another stream. */
function inflate(bytes: Buffer): Buffer {
  return zlib.inflateRawSync(bytes, { finishFlush: zlib.constants.Z_SYNC_FLUSH })
}

/** Bytes that look like the beginning of a stream may be none. */
function ifReadable(unpack: () => Buffer): Buffer[] {
  try {
    return [unpack()]
  } catch {
    return []
  }
}

function placesOf(searched: Buffer, bytes: Buffer): number[] {
  const places: number[] = []
  for (let at = bytes.indexOf(searched); at >= 0; at = bytes.indexOf(searched, at + 1)) places.push(at)
  return places
}

const AVRO_MAGIC = Buffer.from('Obj\x01')
const AVRO_MARKER_BYTES = 16

/**
 * The blocks of an Avro container that deflate has compressed, which has no magic of its own. The marker that ends the file also
 * ends the header and each block. Source: Apache Avro 1.12 specification, "Object Container Files".
 */
function avroBlocksIn(bytes: Buffer): Buffer[] {
  if (!bytes.subarray(0, AVRO_MAGIC.length).equals(AVRO_MAGIC)) return []
  const starts = placesOf(bytes.subarray(-AVRO_MARKER_BYTES), bytes).map(place => place + AVRO_MARKER_BYTES)
  return starts.flatMap(start => {
    // In front of the data are the numbers of records and of bytes.
    const data = bytes.subarray(behindNumber(bytes, behindNumber(bytes, start)))
    return ifReadable(() => inflate(data))
  })
}

/** Where a number of variable length ends, of which each byte but the last has its highest bit set. */
function behindNumber(bytes: Buffer, start: number): number {
  let at = start
  while ((bytes[at] ?? 0) >= 0x80) at++
  return at + 1
}
