// Makes the app; in a browser an address that the server gave out (/c/…, /certificate/…, /gate) becomes a page of the app first.

import { createSSRApp } from 'vue'
import App from './App.vue'
// #ifdef H5
import { landAt } from './platform/landing'

landAt(location)
// #endif

export function createApp() {
  return { app: createSSRApp(App) }
}
