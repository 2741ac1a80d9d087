// Unpredictable bytes for keys: from the browser, or from WeChat, which gives them through a callback.

// #ifdef MP-WEIXIN
// uni-app has no name of its own for this one.
declare const wx: { getRandomValues(options: { length: number; success(answer: { randomValues: ArrayBuffer }): void; fail(): void }): void }
// #endif

export function randomBytes(length: number): Promise<Uint8Array> {
  // #ifdef MP-WEIXIN
  return new Promise((resolve, reject) => {
    wx.getRandomValues({
      length,
      success: (answer) => resolve(new Uint8Array(answer.randomValues)),
      // A key from a weak source would be worse than none.
      fail: () => reject(new Error('this phone gives no random values')),
    })
  })
  // #endif
  // #ifdef H5
  return Promise.resolve(crypto.getRandomValues(new Uint8Array(length)))
  // #endif
}
