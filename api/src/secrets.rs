//! Keys derived from the one master secret: sealing of personal data, blind look-up, hall codes, hashes of codes.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use rand::RngCore;
use sha2::{Digest, Sha256};
use std::sync::Arc;

type HmacSha256 = Hmac<Sha256>;

/// Everything that is derived from the master secret; clones share it.
#[derive(Clone)]
pub struct Secrets {
    inner: Arc<Derived>,
}

struct Derived {
    seal: XChaCha20Poly1305,
    blind: [u8; 32],
    hall: HmacSha256,
    codes: [u8; 32],
}

impl Secrets {
    /// `master` needs at least 32 bytes; the configuration checks that.
    pub fn new(master: &[u8]) -> Secrets {
        let hkdf = Hkdf::<Sha256>::new(Some(b"lvzhi"), master);
        let derive = |label: &str| {
            let mut out = [0u8; 32];
            hkdf.expand(label.as_bytes(), &mut out)
                .expect("32 bytes is a valid length");
            out
        };
        let hall = <HmacSha256 as Mac>::new_from_slice(&derive("hall code")).expect("any key length");
        Secrets {
            inner: Arc::new(Derived {
                seal: XChaCha20Poly1305::new(Key::from_slice(&derive("seal"))),
                blind: derive("blind index"),
                hall,
                codes: derive("one-time codes"),
            }),
        }
    }

    /// Encrypts; `purpose` must be the same when opening, so that a value cannot be moved to another column.
    pub fn seal(&self, purpose: &str, plain: &[u8]) -> Vec<u8> {
        let mut out = random_bytes::<24>().to_vec();
        let nonce = *XNonce::from_slice(&out);
        let sealed = self.inner.seal.encrypt(
            &nonce,
            Payload {
                msg: plain,
                aad: purpose.as_bytes(),
            },
        );
        out.extend(sealed.expect("encryption of short data cannot fail"));
        out
    }

    /// Decrypts; `None` when the key, the purpose or the data is another.
    pub fn open(&self, purpose: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, data) = sealed.split_at_checked(24)?;
        self.inner
            .seal
            .decrypt(
                XNonce::from_slice(nonce),
                Payload {
                    msg: data,
                    aad: purpose.as_bytes(),
                },
            )
            .ok()
    }

    /// [`Secrets::open`] for text.
    pub fn open_text(&self, purpose: &str, sealed: &[u8]) -> Option<String> {
        String::from_utf8(self.open(purpose, sealed)?).ok()
    }

    /// A keyed index for looking up an encrypted value, such as a phone number.
    pub fn blind_index(&self, value: &str) -> String {
        URL_SAFE_NO_PAD.encode(keyed(&self.inner.blind, &[value.as_bytes()]))
    }

    /// The MAC behind the codes shown in the hall.
    pub fn hall_mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = self.inner.hall.clone();
        parts.iter().for_each(|p| mac.update(p));
        mac.finalize().into_bytes().into()
    }

    /// A keyed hash of a short one-time code, useless without the key.
    pub fn code_hash(&self, parts: &[&[u8]]) -> Vec<u8> {
        keyed(&self.inner.codes, parts).to_vec()
    }
}

fn keyed(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = <HmacSha256 as Mac>::new_from_slice(key).expect("any key length");
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// SHA-256.
pub fn sha256(data: &[u8]) -> [u8; 32] {
    Sha256::digest(data).into()
}

/// Random bytes from the system.
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut out = [0u8; N];
    rand::rng().fill_bytes(&mut out);
    out
}

/// A fresh random string of `N` bytes, safe in URLs.
pub fn random_token<const N: usize>() -> String {
    URL_SAFE_NO_PAD.encode(random_bytes::<N>())
}

/// Base64 without padding, safe in URLs and headers.
pub fn b64(data: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(data)
}

/// Reverses [`b64`].
pub fn unb64(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// Equality that takes the same time wherever the difference is.
pub fn same(a: &[u8], b: &[u8]) -> bool {
    subtle::ConstantTimeEq::ct_eq(a, b).into()
}
