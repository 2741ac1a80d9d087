// What is wrong with the camera, in words that tell what to do.

import { t } from '../i18n'
import type { Trouble } from '../state/trouble'

/** `reason`: the name of the browser's error, or `insecure`, `no_camera`, `refused`, `reader`. */
export function cameraTrouble(reason: string): Trouble {
  const refused = reason === 'NotAllowedError' || reason === 'SecurityError' || reason === 'refused'
  const busy = reason === 'NotReadableError' || reason === 'AbortError'
  const insecure = reason === 'insecure'
  const reader = reason === 'reader'
  return {
    code: 'camera',
    icon: 'camera',
    title: reader ? t('scan.reader') : refused ? t('scan.refused') : busy ? t('scan.camera_busy') : t('scan.no_camera'),
    text: reader ? t('scan.reader_text') : refused ? t('scan.refused_text') : busy ? t('scan.camera_busy_text') : insecure ? t('scan.insecure_text') : t('scan.no_camera_text'),
    retry: true,
    logIn: false,
    requestId: '',
    waitS: 0,
  }
}
