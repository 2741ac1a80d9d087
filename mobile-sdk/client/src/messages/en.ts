// What went wrong and what to do, in English: one sentence for each code.

import type { Sentences } from '../messages.js'

export const en: Sentences = {
  // Requests
  bad_request: 'The request was not understood. Go back and try again.',
  body_not_json: 'What was sent is not in the right form. Go back and try again.',
  body_too_large: 'That is too much at once. Shorten it and send it again.',
  unsupported_media_type: 'This kind of file or content is not accepted. Choose another one.',
  validation_failed: 'Some values are not acceptable. Correct them as marked and send again.',
  method_not_allowed: 'This version does not support that. Update it and try again.',
  not_found: 'Not found, or not visible to you. Go back, refresh and try again.',
  not_acceptable: 'That format is not available. Choose another one.',
  // Log-in
  not_logged_in: 'Please log in first.',
  token_expired: 'Your log-in has expired. Log in again.',
  session_revoked: 'Your session has ended. Log in again.',
  forbidden: 'You do not have the right to do this. Ask an administrator if you need it.',
  bad_credentials: 'Wrong login or password. Check both and try again.',
  account_locked: 'Too many failures: the account is locked for a while. Try again later.',
  account_disabled: 'This account is disabled. Speak to an administrator.',
  second_factor_required: 'Enter the code from your authenticator.',
  bad_second_factor: 'The authenticator code is wrong or was already used. Wait for the next one and try again.',
  second_factor_missing: 'Set up a second factor under "Account security" first.',
  bad_code: 'The code is wrong or has expired. Ask for a new one.',
  wechat_bad_code: 'Logging in by WeChat did not succeed. Try again.',
  wechat_off: 'Log-in by WeChat is not available here. Log in by SMS code.',
  wechat_unavailable: 'WeChat cannot be reached at the moment. Log in by SMS code.',
  phone_required: 'The first log-in by WeChat needs your phone number. Tap to share it.',
  rate_limited: 'Too many requests. Try again {s}.',
  // Changes
  conflict: 'Somebody else changed this just now. Refresh and try again.',
  already_exists: 'It already exists. Refresh to see it.',
  wrong_state: 'Not possible in the present state. Refresh to see how it stands.',
  roster_empty: 'The roster is empty. Build it before you open the sitting.',
  idempotency_key_reused: 'The content has changed. Refresh and send it again.',
  import_too_large: 'The roster is too large. Split it into several files.',
  import_unreadable: 'The roster file cannot be read. Download the template and fill it in.',
  import_has_problems: 'The roster has problems and nothing was imported. Correct them as listed and import again.',
  // Sign-in
  code_invalid: 'This is not a sign-in code. Scan the code on the hall screen.',
  code_expired: 'The code has expired. Scan the code on the screen again.',
  code_for_other_sitting: 'This code belongs to another sitting. Scan the code in your own hall.',
  sitting_not_open: 'Sign-in has not opened yet. Please wait.',
  sitting_closed: 'Sign-in is closed. Speak to the staff in the hall.',
  not_on_roster: 'You are not on the roster of this sitting. Speak to the staff in the hall.',
  seat_suspended: 'This seat is suspended and cannot sign in. Speak to the staff.',
  not_checked_in: 'You have not signed in yet. Sign in first.',
  // Gates
  enrol_code_invalid: 'The enrolment code is not valid or was used. Ask the staff for a new one.',
  batch_too_large: 'Too many records in one upload. Send them in parts.',
  gate_revoked: 'This gate has been revoked. Ask the staff to enrol it again.',
  // The server
  overloaded: 'The server is busy. Try again {s}.',
  unavailable: 'The service is not available. Try again {s}.',
  internal: 'Something went wrong on the server. Try again later; if it persists, quote the request id {id}.',
  client_outdated: 'This version is too old. Please update it.',
  // This device
  offline: 'There is no network. Check the connection and try again.',
  timeout: 'The network is slow and no answer came. Try again.',
  aborted: 'Cancelled.',
  unreadable: 'This network asks you to log in first (a hotel or hall Wi-Fi). Log in to it or use mobile data.',
  storage_full: 'This device has no room left and nothing was saved. Free some space and try again.',
  queue_full: 'Too many records wait to be uploaded. Connect to a network and upload them first.',
  unknown: 'Something unexpected happened. Try again later.',
  // A time to wait
  later: 'later',
  seconds: 'in {n} s',
  minutes: 'in {n} min',
}
