// Opens the scanner of this platform: WeChat's own, or our page with the camera in a browser.

import { go, replaceWith } from '../state/navigation'
import { t } from '../i18n'
import { targetOf } from './landing'

/** What the scanner is opened for; what else was scanned is said, not followed. */
export type Purpose = 'sign' | 'gate' | 'gate_sitting' | 'any'

/** Follows a scanned text; the sentence to show when it leads nowhere. */
export function follow(text: string, purpose: Purpose, replace = false): string {
  const target = targetOf(text)
  if (!target) return t('scan.foreign')
  if (target.kind === 'representative_code') return t('scan.representative_code')
  if (purpose === 'gate' && target.kind !== 'gate') return t('scan.not_gate')
  const hall = /code=([^&]+)/.exec(target.path)?.[1]
  if (purpose === 'gate_sitting' && (target.kind !== 'sign' || !hall)) return t('scan.foreign')
  const path = purpose === 'gate_sitting' ? `/gate/desk/index?hall=${hall}` : target.kind === 'sign' && hall ? target.path + '&now=1' : target.path
  if (replace) replaceWith(path)
  else go(path)
  return ''
}

export function scanInto(purpose: Purpose): void {
  // #ifdef H5
  go(`/pages/scan/index?for=${purpose}`)
  // #endif
  // #ifdef MP-WEIXIN
  uni.scanCode({
    onlyFromCamera: purpose !== 'any',
    scanType: ['qrCode'],
    success: ({ result }) => {
      const complaint = follow(result, purpose)
      if (complaint) uni.showModal({ title: t('scan.foreign_title'), content: complaint, showCancel: false })
    },
    fail: ({ errMsg }: { errMsg: string }) => {
      if (/cancel/.test(errMsg)) return
      const refused = /auth|deny|permission/.test(errMsg)
      uni.showModal({
        title: t(refused ? 'scan.refused' : 'scan.no_camera'),
        content: t(refused ? 'scan.refused_text_mp' : 'scan.no_camera_text'),
        confirmText: t(refused ? 'scan.open_settings' : 'sign.type_instead_short'),
        cancelText: t('app.cancel'),
        success: ({ confirm }) => {
          if (!confirm) return
          if (refused) uni.openSetting({})
          else go('/pages/typed/index')
        },
      })
    },
  })
  // #endif
}
