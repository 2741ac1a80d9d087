// Where the phone's code credential is kept, apart from what is needed to make one.

import { forget } from '../platform/store'

export function forgetCredential(): void {
  forget('credential')
}
