// Tells a representative's code by its first letters, without loading what is needed to check one.

export const CODE_MARK = 'LZ1.'

export function isCode(text: string): boolean {
  return text.startsWith(CODE_MARK)
}
