//! Mail over SMTP: text and HTML; the Message-ID is made of our id of the attempt.

use super::{Driver, Outgoing};
use crate::config::SmtpConfig;
use crate::notify::rules::{Failure, Sent, words};
use crate::notify::templates::SIGN;
use crate::notify::{Channel, Template};
use futures_util::future::BoxFuture;
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use secrecy::ExposeSecret;
use std::time::Duration;

pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    /// The address people use, for the link in the mail.
    public_url: String,
}

impl Smtp {
    /// The reason of an error names what is wrong with the settings.
    pub fn new(config: &SmtpConfig, public_url: &str, call_seconds: u64) -> Result<Smtp, String> {
        // reqwest's way: whoever comes first installs the one provider of cryptography.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let from: Mailbox = config
            .from
            .parse()
            .map_err(|e| format!("`{}` is no mail address ({e})", config.from))?;
        let builder = match config.tls.as_str() {
            "tls" => AsyncSmtpTransport::<Tokio1Executor>::relay(&config.host),
            "starttls" => AsyncSmtpTransport::<Tokio1Executor>::starttls_relay(&config.host),
            _ => Ok(AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&config.host)),
        };
        let mut builder = builder.map_err(|e| e.to_string())?;
        if let Some(port) = config.port {
            builder = builder.port(port);
        }
        if !config.user.is_empty() {
            let password = config.password.expose_secret().to_owned();
            builder = builder.credentials(Credentials::new(config.user.clone(), password));
        }
        let transport = builder.timeout(Some(Duration::from_secs(call_seconds.max(1)))).build();
        Ok(Smtp {
            transport,
            from,
            public_url: public_url.to_owned(),
        })
    }

    fn message(&self, message: &Outgoing) -> Result<(String, Message), String> {
        let id = format!("<{}@{}>", message.delivery_id, self.from.email.domain());
        let to: Mailbox = message.to.parse().map_err(|_| "no mail address".to_owned())?;
        let title = message.template.text().title;
        let mail = Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(format!("【{SIGN}】{title}"))
            .message_id(Some(id.clone()))
            .multipart(MultiPart::alternative_plain_html(
                format!("{}\n\n{}\n", message.body, self.public_url),
                html(title, &message.body, &self.public_url),
            ))
            .map_err(|e| e.to_string())?;
        Ok((id, mail))
    }
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
    out
}

/// Without images, scripts or style sheets, so that every mail program shows it whole.
fn html(title: &str, body: &str, link: &str) -> String {
    let (title, body, link) = (escape(title), escape(body), escape(link));
    format!(
        "<!DOCTYPE html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\"><title>{title}</title></head>\
         <body style=\"font-family:sans-serif;line-height:1.6\"><h1 style=\"font-size:1.2em\">{title}</h1>\
         <p>{body}</p><p><a href=\"{link}\">{link}</a></p></body></html>"
    )
}

/// What an error of the transport means: replies to the sender's log-in are no fault of the message.
fn failure(e: &lettre::transport::smtp::Error) -> Sent {
    let why = words(&e.to_string());
    let code = e.status().map(u16::from);
    match code {
        Some(530 | 534 | 535 | 538 | 454) => Sent::failed(Failure::Technical, why),
        Some(400..=499) => Sent::failed(Failure::Temporary, why),
        Some(_) => Sent::failed(Failure::Permanent, why),
        // The transport names its kinds in the text only; these come before anything was handed over.
        None if why.starts_with("Connection error") || e.is_tls() || e.is_client() => {
            Sent::failed(Failure::Technical, why)
        }
        None => Sent::unknown(why),
    }
}

impl Driver for Smtp {
    fn name(&self) -> &'static str {
        "smtp"
    }
    fn channel(&self) -> Channel {
        Channel::Mail
    }
    /// A code that opens an account goes to the phone that asked for it, and nowhere else.
    fn takes(&self, template: Template) -> bool {
        template != Template::LoginCode
    }

    fn send<'a>(&'a self, message: &'a Outgoing) -> BoxFuture<'a, Sent> {
        Box::pin(async move {
            let (id, mail) = match self.message(message) {
                Ok(made) => made,
                Err(why) => return Sent::failed(Failure::Permanent, words(&why)),
            };
            match self.transport.send(mail).await {
                Ok(_) => Sent::Accepted { provider_id: Some(id) },
                Err(e) => failure(&e),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_wrote_is_no_markup() {
        let page = html(
            "标题",
            "<script>alert(1)</script> & \"x\"",
            "https://npc.example/?a=1&b=2",
        );
        assert!(!page.contains("<script>"));
        assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;x&quot;"));
        assert!(page.contains("href=\"https://npc.example/?a=1&amp;b=2\""));
    }
}
