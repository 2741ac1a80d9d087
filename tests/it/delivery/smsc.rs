//! A short message centre of an operator, written by hand from SMPP 3.4: it knows nothing of the crate that our driver uses.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

pub const PASSWORD: &str = "pw123456";

const SUBMIT_SM: u32 = 0x4;
const DELIVER_SM: u32 = 0x5;
const UNBIND: u32 = 0x6;
const BIND_TRANSCEIVER: u32 = 0x9;
const ENQUIRE_LINK: u32 = 0x15;
const RESPONSE: u32 = 0x8000_0000;
const INVALID_PASSWORD: u32 = 0x0e;
const THROTTLED: u32 = 0x58;

/// What the next part that is handed over meets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Mood {
    Throttled,
    /// Taken, and the connection cut instead of an answer.
    CutAfter,
    /// Taken and never answered.
    Silent,
    Undeliverable,
}

/// A part as it came.
#[derive(Debug, Clone)]
pub struct Part {
    pub id: String,
    pub source: String,
    pub to: String,
    pub esm_class: u8,
    pub registered_delivery: u8,
    /// Reference, parts, number, from the user data header.
    pub concatenation: Option<[u8; 3]>,
    pub text: String,
}

#[derive(Default)]
pub struct State {
    pub taken: Vec<Part>,
    pub moods: VecDeque<Mood>,
    pub binds: usize,
    pub refused_binds: usize,
    pub receipts_answered: usize,
}

pub struct Smsc {
    pub address: std::net::SocketAddr,
    pub state: Arc<Mutex<State>>,
    task: tokio::task::JoinHandle<()>,
}

struct Pdu {
    command: u32,
    sequence: u32,
    body: Vec<u8>,
}

fn pdu(command: u32, status: u32, sequence: u32, body: &[u8]) -> Vec<u8> {
    let mut out = vec![];
    for word in [16 + body.len() as u32, command, status, sequence] {
        out.extend(word.to_be_bytes());
    }
    out.extend(body);
    out
}

async fn read(stream: &mut (impl AsyncReadExt + Unpin)) -> Option<Pdu> {
    let mut words = [0; 4];
    for word in &mut words {
        *word = stream.read_u32().await.ok()?;
    }
    let mut body = vec![0; words[0] as usize - 16];
    stream.read_exact(&mut body).await.ok()?;
    Some(Pdu {
        command: words[1],
        sequence: words[3],
        body,
    })
}

/// Takes a text that ends with zero.
fn text(body: &mut &[u8]) -> String {
    let end = body.iter().position(|b| *b == 0).expect("texts end with zero");
    let text = String::from_utf8(body[..end].to_vec()).expect("ASCII");
    *body = &body[end + 1..];
    text
}

fn byte(body: &mut &[u8]) -> u8 {
    let first = body[0];
    *body = &body[1..];
    first
}

fn part(body: &[u8], id: String) -> Part {
    let mut rest = body;
    let b = &mut rest;
    let _service = text(b);
    let _source_kind = (byte(b), byte(b));
    let source = text(b);
    let _to_kind = (byte(b), byte(b));
    let to = text(b);
    let esm_class = byte(b);
    let _protocol_priority = (byte(b), byte(b));
    let _times = (text(b), text(b));
    let registered = byte(b);
    let _replace = byte(b);
    let data_coding = byte(b);
    let _default = byte(b);
    let length = byte(b) as usize;
    let mut message = &b[..length];
    let mut concatenation = None;
    if esm_class & 0x40 != 0 {
        let header = &message[1..=message[0] as usize];
        assert_eq!(
            &header[..2],
            &[0, 3],
            "a header of concatenation with a reference of one byte"
        );
        concatenation = Some([header[2], header[3], header[4]]);
        message = &message[1 + message[0] as usize..];
    }
    assert_eq!(data_coding, 8, "UCS-2");
    let units: Vec<u16> = message.chunks(2).map(|c| u16::from_be_bytes([c[0], c[1]])).collect();
    Part {
        id,
        source,
        to,
        esm_class,
        concatenation,
        registered_delivery: registered,
        text: String::from_utf16(&units).expect("UTF-16"),
    }
}

/// A receipt as appendix B of the specification shows it.
fn receipt(part: &Part, stat: &str, sequence: u32) -> Vec<u8> {
    let message = format!(
        "id:{} sub:001 dlvrd:001 submit date:2611220330 done date:2611220331 stat:{stat} err:000 text:",
        part.id
    );
    let mut body = vec![0, 0, 0];
    body.extend(part.to.as_bytes());
    body.extend([0, 0, 0]);
    body.extend(part.source.as_bytes());
    body.extend([0, 0x04, 0, 0, 0, 0, 0, 0, 0, 0, message.len() as u8]);
    body.extend(message.as_bytes());
    pdu(DELIVER_SM, 0, sequence, &body)
}

async fn serve(stream: TcpStream, state: Arc<Mutex<State>>) {
    let (mut from, mut to) = stream.into_split();
    let (out, mut queue) = mpsc::unbounded_channel::<Option<Vec<u8>>>();
    tokio::spawn(async move {
        while let Some(Some(bytes)) = queue.recv().await {
            if to.write_all(&bytes).await.is_err() {
                return;
            }
        }
        let _ = to.shutdown().await;
    });
    let mut sequence = 1_000_000;
    while let Some(pdu_) = read(&mut from).await {
        let send = |status: u32, body: &[u8]| {
            let _ = out.send(Some(pdu(pdu_.command | RESPONSE, status, pdu_.sequence, body)));
        };
        match pdu_.command {
            BIND_TRANSCEIVER => {
                let mut rest = pdu_.body.as_slice();
                let (_system, password) = (text(&mut rest), text(&mut rest));
                let good = password == PASSWORD;
                {
                    let mut state = state.lock().unwrap();
                    if good {
                        state.binds += 1
                    } else {
                        state.refused_binds += 1
                    }
                }
                send(if good { 0 } else { INVALID_PASSWORD }, b"SMSC\0");
            }
            SUBMIT_SM => {
                let (mood, part) = {
                    let mut state = state.lock().unwrap();
                    let mood = state.moods.pop_front();
                    if mood == Some(Mood::Throttled) {
                        send(THROTTLED, b"");
                        continue;
                    }
                    let part = part(&pdu_.body, format!("M{}", state.taken.len() + 1));
                    state.taken.push(part.clone());
                    (mood, part)
                };
                match mood {
                    Some(Mood::CutAfter) => {
                        let _ = out.send(None);
                        return;
                    }
                    Some(Mood::Silent) => continue,
                    _ => send(0, format!("{}\0", part.id).as_bytes()),
                }
                if part.registered_delivery & 1 == 1 {
                    sequence += 1;
                    let stat = if mood == Some(Mood::Undeliverable) {
                        "UNDELIV"
                    } else {
                        "DELIVRD"
                    };
                    let _ = out.send(Some(receipt(&part, stat, sequence)));
                }
            }
            ENQUIRE_LINK => send(0, b""),
            UNBIND => send(0, b""),
            c if c == DELIVER_SM | RESPONSE => state.lock().unwrap().receipts_answered += 1,
            _ => (),
        }
    }
}

impl Smsc {
    pub async fn start() -> Smsc {
        Self::start_on("127.0.0.1:0".parse().unwrap(), Arc::default()).await
    }

    /// The same centre again after it was down.
    pub async fn start_on(address: std::net::SocketAddr, state: Arc<Mutex<State>>) -> Smsc {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.set_reuseaddr(true).unwrap();
        socket.bind(address).unwrap();
        let listener: TcpListener = socket.listen(64).unwrap();
        let address = listener.local_addr().unwrap();
        let shared = state.clone();
        let task = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(serve(stream, shared.clone()));
            }
        });
        Smsc { address, state, task }
    }

    pub fn will(&self, moods: &[Mood]) {
        self.state.lock().unwrap().moods.extend(moods);
    }

    pub fn taken(&self) -> Vec<Part> {
        self.state.lock().unwrap().taken.clone()
    }

    /// Everything that came, parts put together, by reference and number.
    pub fn texts(&self) -> Vec<String> {
        let mut whole: BTreeMap<(String, u8), BTreeMap<u8, String>> = BTreeMap::new();
        let mut single = vec![];
        for part in self.taken() {
            match part.concatenation {
                None => single.push(part.text),
                Some([reference, _, number]) => {
                    whole.entry((part.to, reference)).or_default().insert(number, part.text);
                }
            }
        }
        single.extend(whole.into_values().map(|parts| parts.into_values().collect::<String>()));
        single
    }

    /// Goes down: the port is closed and every connection cut.
    pub async fn stop(self) -> (std::net::SocketAddr, Arc<Mutex<State>>) {
        self.task.abort();
        let _ = self.task.await;
        (self.address, self.state)
    }
}
