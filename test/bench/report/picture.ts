/** The beginning of a picture whose text and grid are legible on light and dark pages. */
export function pictureHead(title: string, width: number, height: number): string[] {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="12">`,
    `<title>${title}</title>`,
    '<style>text{fill:#24292f}.grid{stroke:#d0d7de;fill:none}.paper{fill:#fff}',
    '@media(prefers-color-scheme:dark){text{fill:#e6edf3}.grid{stroke:#30363d}.paper{fill:#0d1117}}</style>',
    `<rect class="paper" width="${width}" height="${height}"/>`,
  ]
}

/** A coordinate to the tenth of a pixel. */
export function tenth(value: number): number {
  return Math.round(value * 10) / 10
}
