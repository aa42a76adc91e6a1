/** How long the file stays for the browser to read, in milliseconds. */
const BEGUN_MS = 60_000

/** Saves a file where the browser keeps downloads. */
export function saveFile(name: string, file: Blob): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(file)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), BEGUN_MS)
}
