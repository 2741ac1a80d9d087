// Files that a person takes home, and SVG pictures from the server that must not become part of the page.

export interface Binary { bytes: ArrayBuffer; filename?: string | null; contentType?: string | null }

/** Offers a file for saving under the server's name for it. */
export function save(file: Binary | string, fallback: string, type = 'application/octet-stream'): void {
  const blob = typeof file === 'string' ? new Blob([file], { type }) : new Blob([file.bytes], { type: file.contentType ?? type })
  const url = URL.createObjectURL(blob)
  const link = document.createElement('a')
  link.href = url
  link.download = (typeof file === 'string' ? null : file.filename) ?? fallback
  document.body.append(link)
  link.click()
  link.remove()
  // Firefox starts reading after the click has returned.
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}

/** An SVG as a picture: nothing inside it can run or reach the page. */
export function picture(svg: string): string {
  return `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`
}
