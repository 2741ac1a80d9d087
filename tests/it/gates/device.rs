//! A phone that shows codes and a gate that scans them, written from the contract alone: no code of the server.

use crate::harness::{Client, Congress, Seat, TestApp};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use serde_json::{Value, json};

pub fn b64(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub fn unb64(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).unwrap()
}

pub fn fresh_key() -> SigningKey {
    SigningKey::from_bytes(&rand::random())
}

pub fn public(key: &SigningKey) -> String {
    b64(key.verifying_key().as_bytes())
}

/// Checks a signature by published keys.
pub fn signed_by(key: &str, message: &[u8], signature: &[u8]) -> bool {
    let key = VerifyingKey::from_bytes(&unb64(key).try_into().unwrap()).unwrap();
    Signature::from_slice(signature).is_ok_and(|s| key.verify_strict(message, &s).is_ok())
}

pub struct Phone {
    pub key: SigningKey,
    pub id: String,
    pub credential: Vec<u8>,
}

impl Phone {
    pub async fn of(seat: &Seat) -> Phone {
        let key = fresh_key();
        let body = json!({ "representative_id": seat.representative_id, "device_key": public(&key) });
        let issued = seat.client.post("/me/credential", body).await.json(201);
        Phone {
            key,
            id: issued["id"].as_str().unwrap().to_owned(),
            credential: unb64(issued["credential"].as_str().unwrap()),
        }
    }

    /// What the phone shows when its own clock says `at_ms`.
    pub fn code(&self, at_ms: i64) -> String {
        let step = ((at_ms / 15_000) as u32).to_be_bytes();
        let message = [b"lvzhi-proof-v1\0".as_slice(), &self.credential[1..17], &step].concat();
        let proof = [step.as_slice(), &self.key.sign(&message).to_bytes()].concat();
        format!("LZ1.{}.{}", b64(&self.credential), b64(&proof))
    }
}

pub struct Gate {
    pub id: String,
    pub key: SigningKey,
    pub client: Client,
    pub server_keys: Value,
    seq: i64,
}

impl Gate {
    pub async fn enrol(app: &TestApp, congress: &Congress) -> Gate {
        let path = format!("/congresses/{}/gates", congress.id);
        let made = congress.clerk.post(&path, json!({ "name": "东门" })).await.json(201);
        let key = fresh_key();
        let enrolled = app
            .nobody()
            .post("/gates/enrol", enrolment(&made["enrol_code"], &key))
            .await
            .json(200);
        assert_eq!(enrolled["gate_id"], made["id"]);
        assert_eq!(enrolled["account_id"], made["id"]);
        Gate {
            id: made["id"].as_str().unwrap().to_owned(),
            key,
            client: app.with_token(enrolled["access_token"].as_str().unwrap()),
            server_keys: enrolled["server_keys"].clone(),
            seq: 0,
        }
    }

    /// One signed event. The gate's clock says `at_ms`, and it thinks that the server's is ahead by `offset_ms`.
    pub fn event(&mut self, sitting: lvzhi::db::Id, at_ms: i64, offset_ms: i64, code: &str) -> Value {
        self.seq += 1;
        self.event_numbered(self.seq, sitting, at_ms, offset_ms, code)
    }

    pub fn event_numbered(&self, seq: i64, sitting: lvzhi::db::Id, at_ms: i64, offset_ms: i64, code: &str) -> Value {
        let text = format!(
            "lvzhi-gate-event-v1\n{}\n{seq}\n{sitting}\n{at_ms}\n{offset_ms}\n{code}",
            self.id
        );
        json!({
            "seq": seq, "scanned_at_ms": at_ms, "clock_offset_ms": offset_ms, "code": code,
            "signature": b64(&self.key.sign(text.as_bytes()).to_bytes()),
        })
    }

    pub async fn upload(&self, sitting: lvzhi::db::Id, events: &[Value]) -> Value {
        let path = format!("/sittings/{sitting}/gate_events");
        let answer = self.client.post(&path, json!({ "events": events })).await.json(200);
        answer["results"].clone()
    }

    /// The snapshot, after its signature was checked with the keys that the gate got when it was enrolled.
    pub async fn snapshot(&self, sitting: lvzhi::db::Id) -> Value {
        let answer = self
            .client
            .get(&format!("/sittings/{sitting}/gate_snapshot"))
            .await
            .json(200);
        let payload = answer["payload"].as_str().unwrap();
        let key = self
            .server_keys
            .as_array()
            .unwrap()
            .iter()
            .find(|k| k["kid"] == answer["kid"])
            .unwrap();
        let signature = unb64(answer["signature"].as_str().unwrap());
        assert!(signed_by(key["key"].as_str().unwrap(), payload.as_bytes(), &signature));
        assert!(!signed_by(
            key["key"].as_str().unwrap(),
            payload.replace("open", "shut").as_bytes(),
            &signature
        ));
        let snapshot: Value = serde_json::from_str(payload).unwrap();
        assert_eq!(snapshot["type"], "lvzhi-gate-snapshot-v1");
        assert_eq!(snapshot["gate_id"], self.id.as_str());
        snapshot
    }
}

pub fn enrolment(code: &Value, key: &SigningKey) -> Value {
    json!({ "enrol_code": code, "public_key": public(key), "device_id": "pad-1", "device_name": "签到平板" })
}

/// What a gate without a network makes of a code: the entry it lets in, or why not.
pub fn judge_offline(snapshot: &Value, code: &str, at_ms: i64) -> Result<Value, &'static str> {
    let mut parts = code.strip_prefix("LZ1.").ok_or("unreadable")?.split('.');
    let (credential, proof) = (unb64(parts.next().unwrap()), unb64(parts.next().unwrap()));
    assert_eq!((credential.len(), proof.len()), (153, 68));
    let uuid = |from: usize| {
        uuid::Uuid::from_slice(&credential[from..from + 16])
            .unwrap()
            .to_string()
    };
    let number = |b: &[u8]| i64::from(u32::from_be_bytes(b.try_into().unwrap()));
    let message = [b"lvzhi-credential-v1\0".as_slice(), &credential[..89]].concat();
    let keys = snapshot["server_keys"].as_array().unwrap();
    if !keys
        .iter()
        .any(|k| signed_by(k["key"].as_str().unwrap(), &message, &credential[89..]))
    {
        return Err("bad_credential");
    }
    if snapshot["revoked_credentials"]
        .as_array()
        .unwrap()
        .contains(&json!(uuid(1)))
    {
        return Err("credential_revoked");
    }
    if !(number(&credential[81..85])..number(&credential[85..89])).contains(&(at_ms / 1_000)) {
        return Err("credential_expired");
    }
    let message = [b"lvzhi-proof-v1\0".as_slice(), &credential[1..17], &proof[..4]].concat();
    if !signed_by(&b64(&credential[49..81]), &message, &proof[4..]) {
        return Err("unknown_device");
    }
    if (number(&proof[..4]) - at_ms / 15_000).abs() > 1 {
        return Err("proof_expired");
    }
    let entries = snapshot["entries"].as_array().unwrap();
    let entry = entries
        .iter()
        .find(|e| e["representative_id"] == uuid(17).as_str())
        .ok_or("not_on_roster")?;
    if entry["suspended"] == true {
        Err("seat_suspended")
    } else {
        Ok(entry.clone())
    }
}
