//! What a demo prints for the person who started it: addresses, accounts, and every message as it is sent.

use super::accounts::DemoAccount;
use super::store;
use crate::db::DbError;
use crate::features::Services;
use std::time::Duration;

/// Prints where to go and as whom.
pub fn welcome(s: &Services, accounts: &[DemoAccount]) {
    let url = s.config.public_url();
    let line = "═".repeat(78);
    println!("╔{line}");
    println!("║ 履职 lvzhi — 演示 demo");
    println!("║");
    println!("║   演示入口 demo     {url}/demo");
    println!("║   手机端 phone      {url}/");
    println!("║   工作台 console    {url}/console");
    println!("║   接口文档 API      {url}/docs");
    println!("║   短信 messages     {url}/api/v1/demo/messages");
    for screen in accounts.iter().filter_map(|a| a.url.as_ref()) {
        println!("║   会场大屏 screen   {screen}");
    }
    println!("║");
    println!("║   工作人员 staff: 密码 password {}", super::city::PASSWORD);
    println!(
        "║   动态验证码密钥 second factor {}  (`lvzhi demo --accounts`)",
        super::city::TOTP_SECRET
    );
    for account in accounts.iter().filter(|a| a.login.is_some()) {
        println!(
            "║     {:<12} {}",
            account.login.as_deref().unwrap_or_default(),
            account.name
        );
    }
    println!("║   短信登录 by SMS code:");
    for account in accounts.iter().filter(|a| a.phone.is_some()) {
        println!(
            "║     {:<12} {} ({})",
            account.phone.as_deref().unwrap_or_default(),
            account.name,
            account.role
        );
    }
    println!("╚{line}");
}

/// Messages looked at per second; more than that in a second is no demo.
const NEWEST: i64 = 20;

/// Prints new messages until the database is closed.
pub async fn follow_messages(s: Services) {
    let mut seen = None;
    loop {
        let secrets = s.secrets.clone();
        let found =
            s.db.read(move |c| store::messages(c, &secrets, NEWEST).map_err(DbError::from))
                .await;
        match found {
            Ok(newest) => {
                let known: Vec<_> = newest.iter().map(|m| m.id).collect();
                // What was there before the start is old news.
                if let Some(seen) = seen.replace(known) {
                    for message in newest.iter().rev().filter(|m| !seen.contains(&m.id)) {
                        println!("[demo sms] {}: {}", message.to, message.text);
                    }
                }
            }
            Err(DbError::Dropped) => return,
            Err(e) => tracing::warn!(error = %e, "messages cannot be read"),
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}
