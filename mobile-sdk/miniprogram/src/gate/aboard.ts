// Takes the gate's pages and the code reader aboard while there is a network: later there may be none.

/** In a mini-program everything is on the phone already. */
export function takeAboard(): void {
  // #ifdef H5
  const parts = [import('./scan/index.vue'), import('./events/index.vue'), import('../platform/barcode').then((reader) => reader.ready())]
  // What cannot be had now is asked for again when it is needed.
  void Promise.all(parts).catch(() => null)
  // #endif
}
