//! A small HTTP/1.1 client: the load generator must cost little beside the server it loads.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A request with a token and a JSON body, both optional.
pub struct Request<'a> {
    pub method: &'a str,
    pub path: &'a str,
    pub token: Option<&'a str>,
    pub body: Option<&'a str>,
}

impl<'a> Request<'a> {
    pub fn get(path: &'a str) -> Request<'a> {
        Request {
            method: "GET",
            path,
            token: None,
            body: None,
        }
    }

    pub fn write_to(&self, bytes: &mut Vec<u8>) {
        for part in [self.method, " ", self.path, " HTTP/1.1\r\nhost: 127.0.0.1\r\n"] {
            bytes.extend_from_slice(part.as_bytes());
        }
        if let Some(token) = self.token {
            for part in ["authorization: Bearer ", token, "\r\n"] {
                bytes.extend_from_slice(part.as_bytes());
            }
        }
        if let Some(body) = self.body {
            let length = body.len().to_string();
            for part in [
                "content-type: application/json\r\ncontent-length: ",
                &length,
                "\r\n\r\n",
                body,
            ] {
                bytes.extend_from_slice(part.as_bytes());
            }
        } else {
            bytes.extend_from_slice(b"\r\n");
        }
    }
}

/// One kept-alive connection; the last answer's body stays readable until the next exchange.
pub struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
    body: Vec<u8>,
}

struct Head {
    status: u16,
    /// Where the body begins in `received`.
    end: usize,
    length: Length,
}

enum Length {
    Known(usize),
    Chunked,
}

impl Connection {
    pub async fn open(address: SocketAddr) -> io::Result<Connection> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Connection {
            stream,
            received: Vec::with_capacity(8 * 1024),
            body: Vec::new(),
        })
    }

    /// Sends a finished request and reads the whole answer.
    pub async fn exchange(&mut self, request: &[u8]) -> io::Result<u16> {
        self.stream.write_all(request).await?;
        self.received.clear();
        self.body.clear();
        let head = self.read_head().await?;
        match head.length {
            Length::Known(length) => {
                self.read_until(head.end + length).await?;
                self.body.extend_from_slice(&self.received[head.end..head.end + length]);
            }
            Length::Chunked => self.read_chunks(head.end).await?,
        }
        Ok(head.status)
    }

    pub fn body(&self) -> &[u8] {
        &self.body
    }

    async fn read_head(&mut self) -> io::Result<Head> {
        loop {
            self.read_more().await?;
            if let Some(head) = parse_head(&self.received)? {
                return Ok(head);
            }
        }
    }

    async fn read_chunks(&mut self, begin: usize) -> io::Result<()> {
        let mut at = begin;
        loop {
            match httparse::parse_chunk_size(&self.received[at..]) {
                Ok(httparse::Status::Complete((size_line, length))) => {
                    let data = at + size_line;
                    let next = data + length as usize + 2;
                    self.read_until(next).await?;
                    self.body.extend_from_slice(&self.received[data..next - 2]);
                    at = next;
                    if length == 0 {
                        return Ok(());
                    }
                }
                Ok(httparse::Status::Partial) => self.read_more().await?,
                Err(_) => return Err(malformed("chunk size")),
            }
        }
    }

    async fn read_until(&mut self, length: usize) -> io::Result<()> {
        while self.received.len() < length {
            self.read_more().await?;
        }
        Ok(())
    }

    async fn read_more(&mut self) -> io::Result<()> {
        match self.stream.read_buf(&mut self.received).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }
}

fn parse_head(bytes: &[u8]) -> io::Result<Option<Head>> {
    let mut headers = [httparse::EMPTY_HEADER; 48];
    let mut response = httparse::Response::new(&mut headers);
    let end = match response.parse(bytes) {
        Ok(httparse::Status::Complete(end)) => end,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(error) => return Err(malformed(&error.to_string())),
    };
    let mut length = Length::Known(0);
    for header in response.headers.iter() {
        let value = std::str::from_utf8(header.value).unwrap_or("");
        if header.name.eq_ignore_ascii_case("content-length") {
            length = Length::Known(value.trim().parse().map_err(|_| malformed("content-length"))?);
        } else if header.name.eq_ignore_ascii_case("transfer-encoding") {
            length = Length::Chunked;
        }
    }
    Ok(Some(Head {
        status: response.code.unwrap_or(0),
        end,
        length,
    }))
}

fn malformed(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("malformed answer: {what}"))
}
