// Loads the QR reader only when a camera is opened; its WebAssembly comes from our own host.

import { BarcodeDetector, prepareZXingModule } from 'barcode-detector/ponyfill'
import wasm from 'zxing-wasm/reader/zxing_reader.wasm?url'

const overrides = { locateFile: (path: string, prefix: string) => (path.endsWith('.wasm') ? wasm : prefix + path) }
prepareZXingModule({ overrides })

const detector = new BarcodeDetector({ formats: ['qr_code'] })

/** The text of a QR code in the picture, if there is one. */
export async function readQr(picture: CanvasImageSource): Promise<string | null> {
  const [found] = await detector.detect(picture as HTMLVideoElement)
  return found?.rawValue ?? null
}

/** Fetches and starts the reader now, so that it works without a network later. */
export async function ready(): Promise<void> {
  await prepareZXingModule({ overrides, fireImmediately: true })
}
