"""Signs in to a demo server as one role and prints the access token.

    lvzhi demo --accounts | python3 demo_token.py http://127.0.0.1:8080 clerk

Only the standard library, so that it runs before anything is installed.
"""

import base64
import hashlib
import hmac
import json
import struct
import sys
import time
import urllib.error
import urllib.request

STEP_S = 30


def totp(secret: str, at: float) -> str:
    """RFC 6238 with its defaults: SHA-1, 30 seconds, six digits."""
    text = secret.replace(" ", "").rstrip("=").upper()
    key = base64.b32decode(text + "=" * (-len(text) % 8))
    digest = hmac.new(key, struct.pack(">Q", int(at) // STEP_S), hashlib.sha1).digest()
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start:start + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


def sign_in(base_url: str, account: dict) -> dict:
    body = {
        "login": account["login"],
        "password": account["password"],
        "device_id": "018f0000-0000-7000-8000-00000000c0de",
        "device_name": "contract test",
    }
    if account.get("totp_secret"):
        body["totp_code"] = totp(account["totp_secret"], time.time())
    request = urllib.request.Request(
        f"{base_url}/api/v1/auth/password",
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    # The server is on this machine: a proxy named in the environment must not get the request.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=60) as answer:
        return json.load(answer)


def main() -> None:
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    base_url, role = sys.argv[1].rstrip("/"), sys.argv[2]
    accounts = json.load(sys.stdin)
    account = next((a for a in accounts if a["role"] == role and a.get("password")), None)
    if account is None:
        sys.exit(f"demo_token: no demo account with a password has the role {role!r}: {[a['role'] for a in accounts]}")
    for last_try in (False, True):
        try:
            print(sign_in(base_url, account)["access_token"])
            return
        except urllib.error.HTTPError as refusal:
            text = refusal.read().decode(errors="replace")
            # A second factor counts once: after a sign-in in the same half minute the next one has to wait.
            if last_try or "bad_second_factor" not in text:
                sys.exit(f"demo_token: {refusal.code} {text}")
            time.sleep(STEP_S - time.time() % STEP_S + 1)


if __name__ == "__main__":
    main()
