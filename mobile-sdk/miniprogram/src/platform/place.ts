// Where the phone is, asked only after the person agreed; any refusal simply means: no place.

import type { Place } from '../state/sign'

export function locate(): Promise<Place | null> {
  return new Promise((resolve) => {
    // #ifdef H5
    if (!navigator.geolocation) return resolve(null)
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => resolve({ latitude: coords.latitude, longitude: coords.longitude, accuracy_m: coords.accuracy }),
      () => resolve(null),
      { enableHighAccuracy: true, timeout: 8000, maximumAge: 60_000 },
    )
    // #endif
    // #ifdef MP-WEIXIN
    uni.getLocation({
      type: 'wgs84',
      success: (fix) => resolve({ latitude: fix.latitude, longitude: fix.longitude, accuracy_m: fix.accuracy }),
      fail: () => resolve(null),
    })
    // #endif
  })
}
