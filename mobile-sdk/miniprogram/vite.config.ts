// Builds both targets and keeps every byte on the own host: the component library's icon font and shadow picture stay out.

import { fileURLToPath } from 'node:url'
import { defineConfig, type Plugin } from 'vite'
import uniPlugin from '@dcloudio/vite-plugin-uni'

// The plugin is CommonJS: depending on the loader its function is the module or the module's default.
const uni = (uniPlugin as unknown as { default?: typeof uniPlugin }).default ?? uniPlugin

/** The library's icon loads a font from another host; ours draws the few icons that are used with masks. */
const ownIcon = (): Plugin => ({
  name: 'lvzhi-own-icon',
  enforce: 'pre',
  resolveId(source) {
    if (/wd-icon\/wd-icon\.vue$/.test(source)) return fileURLToPath(new URL('./src/components/WdIcon.vue', import.meta.url))
    return null
  },
})

/** uni-app draws the shadow of its bars with a picture from another host. */
const noShadowPicture = (): Plugin => ({
  name: 'lvzhi-no-shadow-picture',
  enforce: 'post',
  generateBundle(_options, bundle) {
    for (const file of Object.values(bundle)) {
      if (file.type === 'asset' && typeof file.source === 'string') {
        file.source = file.source.replace(/url\(["']?https:\/\/cdn\.dcloud\.net\.cn\/img\/shadow-\w+\.png["']?\)/g, 'none')
      }
    }
  },
})

export default defineConfig({
  plugins: [ownIcon(), uni(), noShadowPicture()],
  build: { sourcemap: false },
})
