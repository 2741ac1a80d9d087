// Builds the console and the hall screen into one folder; every address inside begins with /console/.
import vue from '@vitejs/plugin-vue'
import Components from 'unplugin-vue-components/vite'
import { ElementPlusResolver } from 'unplugin-vue-components/resolvers'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  base: '/console/',
  plugins: [
    vue(),
    // Element Plus comes in component by component, each with its own style sheet; our own parts are imported by hand.
    Components({ dirs: [], dts: 'src/components.d.ts', resolvers: [ElementPlusResolver({ importStyle: 'css', directives: false })] })
  ],
  build: {
    target: 'es2022',
    // The policy of the pages knows no `data:` fonts and no inline script.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rollupOptions: { input: { console: 'index.html', screen: 'screen.html' } }
  },
  test: { include: ['tests/unit/**/*.test.ts'], environment: 'node' }
})
