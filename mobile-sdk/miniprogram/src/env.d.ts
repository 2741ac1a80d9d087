/// <reference types="vite/client" />

interface ImportMetaEnv {
  /** Where the server is, for the mini-program; the H5 always talks to its own host. */
  readonly VITE_LVZHI_BASE_URL?: string
}

declare module '*.vue' {
  import { DefineComponent } from 'vue'
  const component: DefineComponent<Record<string, unknown>, Record<string, unknown>, unknown>
  export default component
}

declare module '*.wasm?url' {
  const address: string
  export default address
}
