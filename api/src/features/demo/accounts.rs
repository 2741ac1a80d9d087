//! Who can log in to the demo and how, as data for people and for programs.

use super::{city, store};
use crate::auth::phone::Phone;
use crate::auth::{Claims, Role, TokenKind};
use crate::db::{DbConn, Id, Ts};
use crate::features::Services;
use crate::features::meetings::Sitting;
use crate::web::{ApiError, ApiResult};
use chrono::TimeDelta;
use serde::Serialize;

/// One way into the demo.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DemoAccount {
    /// A role of staff, `representative`, `voter` or `screen`.
    pub role: String,
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub login: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub totp_secret: Option<String>,
    /// Good now; a code is taken once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub totp_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// What to do with it.
    pub how: String,
    /// The open sitting in which this person or screen has a part.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sitting_id: Option<Id>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// The six digits of the second factor at this moment.
fn totp_code(now: Ts) -> String {
    let totp = totp_rs::Builder::new()
        .with_secret(city::totp_secret())
        .build_noncompliant();
    totp.generate(now.secs() as u64).to_string()
}

/// Representatives who can still sign in, that are listed.
const REPRESENTATIVES: i64 = 3;

/// All ways in; empty when the database holds no demo city.
pub async fn accounts(s: &Services) -> ApiResult<Vec<DemoAccount>> {
    let (services, now) = (s.clone(), s.clock.now());
    s.db.read(move |c| {
        let Some((congress, _)) = store::congress_by_region(c, city::REGION)? else {
            return Ok(vec![]);
        };
        let sitting = store::open_sitting(c, congress, now)?;
        let mut all = staff(c, congress, now)?;
        let opened = |sealed: Option<Vec<u8>>| {
            let phone = services.secrets.open_text("accounts.phone", &sealed?)?;
            Some(Phone::parse(&phone)?.local().to_owned())
        };
        let by_sms = |role: &str, name, phone, sitting_id| DemoAccount {
            phone,
            how: "输入手机号获取短信验证码；验证码显示在启动演示的终端和 /api/v1/demo/messages".into(),
            sitting_id,
            ..entry(role, name)
        };
        if let Some(sitting) = &sitting {
            for (name, phone) in store::not_signed_in(c, sitting.id, REPRESENTATIVES)? {
                all.push(by_sms("representative", name, opened(phone), Some(sitting.id)));
            }
        }
        for (name, phone) in store::voters(c, REPRESENTATIVES)? {
            all.push(by_sms("voter", name, opened(phone), None));
        }
        all.extend(sitting.map(|sitting| screen(&services, &sitting, now)));
        Ok::<_, ApiError>(all)
    })
    .await
}

fn entry(role: &str, name: String) -> DemoAccount {
    DemoAccount {
        role: role.to_owned(),
        name,
        login: None,
        password: None,
        totp_secret: None,
        totp_code: None,
        phone: None,
        how: String::new(),
        sitting_id: None,
        url: None,
    }
}

fn staff(c: &mut DbConn, congress: Id, now: Ts) -> ApiResult<Vec<DemoAccount>> {
    let mut all = vec![];
    for role in Role::ALL {
        for (_, name, login) in store::staff_with_role(c, congress, *role)? {
            all.push(DemoAccount {
                login,
                password: Some(city::PASSWORD.into()),
                totp_secret: Some(city::TOTP_SECRET.into()),
                totp_code: Some(totp_code(now)),
                how: "用账号、密码和动态验证码登录（POST /api/v1/auth/password）".into(),
                ..entry(role.as_str(), name)
            });
        }
    }
    Ok(all)
}

/// The hall screen with its token: opens without a log-in.
fn screen(s: &Services, sitting: &Sitting, now: Ts) -> DemoAccount {
    let token = s.keys.sign_access(&Claims {
        sub: sitting.id,
        sid: Id::new(),
        did: "screen".into(),
        kind: TokenKind::Screen,
        iat: now.secs(),
        exp: (sitting.ends_at + TimeDelta::hours(1)).secs(),
    });
    DemoAccount {
        how: "在会场电脑的浏览器中打开，显示签到二维码和实时人数".into(),
        sitting_id: Some(sitting.id),
        url: Some(format!("{}/screen/{}#token={token}", s.config.public_url(), sitting.id)),
        ..entry("screen", format!("会场大屏 {}", sitting.title))
    }
}
