// Doing something on a click: one at a time, success said briefly, failure said in a sentence that tells what to do.
import { ApiError } from '@lvzhi/client'
import { explain } from '@lvzhi/client/messages'
import { ElMessage } from 'element-plus/es'
import { ref, type Ref } from 'vue'
import { lang } from '../i18n'
import { ask } from './client'

/** The sentence for an error; what the server adds in Chinese belongs to it. */
export function sentence(error: unknown): string {
  const text = explain(error, lang.value)
  const detail = error instanceof ApiError ? error.detail : undefined
  return detail && lang.value === 'zh-CN' && /[\u4e00-\u9fff]/.test(detail) ? `${text} (${detail})` : text
}

/** Which fields the server did not like, in its own technical words: small print for whoever helps. */
export function smallPrint(error: unknown): string {
  return error instanceof ApiError ? error.errors.slice(0, 5).map((one) => `${one.field}: ${one.message}`).join('; ') : ''
}

export function said(text: string): void {
  ElMessage({ type: 'success', message: text, duration: 2500, grouping: true })
}

export function failed(error: unknown): void {
  ElMessage({ type: 'error', message: sentence(error), duration: 8000, showClose: true, grouping: true })
}

export interface Act {
  busy: Ref<boolean>
  /** True when it succeeded. */
  run<T>(call: () => Promise<T>, success?: string): Promise<{ ok: true; value: T } | { ok: false; error: unknown }>
}

/** `quiet`: the caller shows the error itself, inside a dialog. */
export function useAct(quiet = false): Act {
  const busy = ref(false)
  return {
    busy,
    async run(call, success) {
      if (busy.value) return { ok: false, error: null }
      busy.value = true
      try {
        const value = await ask(call)
        if (success) said(success)
        return { ok: true, value }
      } catch (error) {
        if (!quiet) failed(error)
        return { ok: false, error }
      } finally {
        busy.value = false
      }
    }
  }
}
