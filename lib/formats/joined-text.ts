import { compressions } from './compression.ts'
import type { EncodeOptions } from './format.ts'
import type { JoinedObject } from './joining.ts'

/** The text around and between the frames of an object. */
interface Around {
  open: string
  between: string
  close: string
}

/**
 * An object of text whose frames are compressed by themselves: gzip members or zstd frames one behind the other, which decode
 * to the joined text (RFC 1952, 2.2; RFC 8878, 3.1). What stands around the frames is compressed the same way.
 */
export function joinedText({ compression }: EncodeOptions, { open, between, close }: Around): JoinedObject {
  const { compress } = compressions[compression]
  const compressed = async (text: string) => (text === '' ? [] : [await compress(Buffer.from(text))])
  let frames = 0
  let betweenFrames: Buffer[] | undefined
  return {
    async add(frame) {
      frames += 1
      if (frames === 1) return [...(await compressed(open)), frame]
      betweenFrames ??= await compressed(between)
      return [...betweenFrames, frame]
    },
    async end() {
      if (frames > 0) return await compressed(close)
      // Readers take nothing for damaged data where something compressed belongs.
      return [await compress(Buffer.from(open + close))]
    },
  }
}

/** An object of lines is a frame as it is, if each line ends with the separator that the other frames have. */
export async function linesAsFrame(object: Buffer, options: EncodeOptions): Promise<Buffer | undefined> {
  const text = await compressions[options.compression].decompress(object)
  const separator = Buffer.from(options.recordSeparator)
  const end = text.subarray(-separator.length)
  return end.equals(separator) ? object : undefined
}
