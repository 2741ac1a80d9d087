// Spreadsheets as an office has them: writes a workbook to import, reads a workbook and a CSV file that were exported.

import { crc32, inflateRawSync } from 'node:zlib'

// ---- writing -------------------------------------------------------------------------------

export const csv = (rows) => Buffer.from(`\ufeff${rows.map((row) => row.join(',')).join('\r\n')}\r\n`)

const escaped = (text) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;')

/** One sheet of texts, as plain as a workbook can be. */
export function xlsx(rows) {
  const cells = rows.map((row, y) => `<row r="${y + 1}">${row.map((cell, x) => `<c r="${String.fromCharCode(65 + x)}${y + 1}" t="inlineStr"><is><t>${escaped(cell)}</t></is></c>`).join('')}</row>`)
  const office = 'http://schemas.openxmlformats.org'
  const head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
  return zip({
    '[Content_Types].xml': `${head}<Types xmlns="${office}/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>`,
    '_rels/.rels': `${head}<Relationships xmlns="${office}/package/2006/relationships"><Relationship Id="r1" Type="${office}/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    'xl/workbook.xml': `${head}<workbook xmlns="${office}/spreadsheetml/2006/main" xmlns:r="${office}/officeDocument/2006/relationships"><sheets><sheet name="名册" sheetId="1" r:id="r1"/></sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': `${head}<Relationships xmlns="${office}/package/2006/relationships"><Relationship Id="r1" Type="${office}/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
    'xl/worksheets/sheet1.xml': `${head}<worksheet xmlns="${office}/spreadsheetml/2006/main"><sheetData>${cells.join('')}</sheetData></worksheet>`,
  })
}

/** A ZIP archive of files that are stored as they are. */
function zip(files) {
  const parts = []
  const index = []
  let at = 0
  for (const [name, text] of Object.entries(files)) {
    const [title, bytes] = [Buffer.from(name), Buffer.from(text)]
    // From the version that is needed to the length of the extra field, alike in both places.
    const facts = Buffer.alloc(26)
    facts.writeUInt16LE(20, 0)
    facts.writeUInt32LE(crc32(bytes), 10)
    facts.writeUInt32LE(bytes.length, 14)
    facts.writeUInt32LE(bytes.length, 18)
    facts.writeUInt16LE(title.length, 22)
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), facts, title, bytes])
    const rest = Buffer.alloc(14)
    rest.writeUInt32LE(at, 10)
    index.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00', 'latin1'), facts, rest, title]))
    parts.push(local)
    at += local.length
  }
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 'latin1')
  end.writeUInt16LE(parts.length, 8)
  end.writeUInt16LE(parts.length, 10)
  end.writeUInt32LE(Buffer.concat(index).length, 12)
  end.writeUInt32LE(at, 16)
  return Buffer.concat([...parts, ...index, end])
}

// ---- reading -------------------------------------------------------------------------------

/** Rows as objects by the names in the first row. */
function named([head, ...rows]) {
  return rows.filter((row) => row.some(Boolean)).map((row) => Object.fromEntries(head.map((name, n) => [name, row[n] ?? ''])))
}

/** No cell of these lists holds a comma, a quote or a line break. */
export const readCsv = (bytes) => named(bytes.toString('utf8').replace(/^\ufeff/, '').split(/\r?\n/).map((line) => line.split(',')))

const plain = (text) => text.replace(/<[^>]*>/g, '').replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&quot;/g, '"').replace(/&amp;/g, '&')

/** The first sheet of a workbook. */
export function readXlsx(bytes) {
  const files = unzip(bytes)
  const shared = [...(files['xl/sharedStrings.xml'] ?? '').matchAll(/<si>(.*?)<\/si>/gs)].map(([, text]) => plain(text))
  const rows = [...files['xl/worksheets/sheet1.xml'].matchAll(/<row [^>]*>(.*?)<\/row>/gs)].map(([, row]) => {
    const cells = []
    for (const [, column, attributes, inside] of row.matchAll(/<c r="([A-Z])\d+"([^>]*?)(?:\/>|>(.*?)<\/c>)/gs)) {
      const text = plain(inside ?? '')
      cells[column.charCodeAt(0) - 65] = /t="s"/.test(attributes) ? shared[Number(text)] : text
    }
    return Array.from(cells, (one) => one ?? '')
  })
  return named(rows)
}

/** Names and texts of the files in a ZIP archive, by its index at the end. */
function unzip(bytes) {
  const end = bytes.lastIndexOf('PK\x05\x06', undefined, 'latin1')
  const files = {}
  let at = bytes.readUInt32LE(end + 16)
  for (let n = bytes.readUInt16LE(end + 10); n > 0; n -= 1) {
    const [method, packed] = [bytes.readUInt16LE(at + 10), bytes.readUInt32LE(at + 20)]
    const [title, extra, comment] = [28, 30, 32].map((where) => bytes.readUInt16LE(at + where))
    const local = bytes.readUInt32LE(at + 42)
    const begin = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28)
    const body = bytes.subarray(begin, begin + packed)
    files[bytes.toString('utf8', at + 46, at + 46 + title)] = (method === 8 ? inflateRawSync(body) : body).toString('utf8')
    at += 46 + title + extra + comment
  }
  return files
}
