// Starts the console.
import 'element-plus/theme-chalk/dark/css-vars.css'
import 'element-plus/es/components/message/style/css'
import './styles/theme.css'
import { createApp } from 'vue'
import App from './App.vue'
import './app/dark'
import { client } from './app/client'
import { keptLang, setLang } from './i18n'
import { router } from './router'
import { watch } from 'vue'
import { lang } from './i18n'

async function start(): Promise<void> {
  await setLang(keptLang())
  watch(lang, (wanted) => { client.language = wanted }, { immediate: true })
  createApp(App).use(router).mount('#app')
}

void start()
