//! Errors as people and programs see them: RFC 9457 problem documents with a stable code, from one table.

use crate::db::DbError;
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use serde::Serialize;
use utoipa::ToSchema;

macro_rules! error_codes {
    ($($(#[$meta:meta])* $v:ident = $code:tt, $status:literal, $zh:literal, $en:literal;)+) => {
        /// Stable codes of errors; the status and the two titles belong to the code.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, ToSchema)]
        pub enum ErrorCode { $($(#[$meta])* #[serde(rename = $code)] $v),+ }
        impl ErrorCode {
            /// Every code, in the order of the table.
            pub const ALL: &'static [ErrorCode] = &[$(Self::$v),+];
            pub fn as_str(self) -> &'static str { match self { $(Self::$v => $code),+ } }
            pub fn status(self) -> u16 { match self { $(Self::$v => $status),+ } }
            /// What went wrong and what to do, in Chinese.
            pub fn zh(self) -> &'static str { match self { $(Self::$v => $zh),+ } }
            /// The same in English.
            pub fn en(self) -> &'static str { match self { $(Self::$v => $en),+ } }
        }
    };
}

error_codes! {
    // Requests that cannot be understood
    BadRequest = "bad_request", 400, "请求无法识别，请检查后重试", "The request could not be understood; check it and try again";
    BodyNotJson = "body_not_json", 400, "提交的内容不是有效的 JSON（须为 UTF-8）", "The body is not valid JSON in UTF-8";
    BodyTooLarge = "body_too_large", 413, "提交的内容过大", "The body is too large";
    UnsupportedMediaType = "unsupported_media_type", 415, "不支持这种内容类型", "This content type is not supported here";
    ValidationFailed = "validation_failed", 422, "有内容填写不正确，请按提示修改", "Some values are not acceptable; see the list of errors";
    MethodNotAllowed = "method_not_allowed", 405, "此地址不支持这种操作", "This address does not support that method";
    NotFound = "not_found", 404, "没有找到，或者您无权查看", "Not found, or not visible to you";
    NotAcceptable = "not_acceptable", 406, "无法提供所要求的格式", "The requested format cannot be provided";
    ClientOutdated = "client_outdated", 426, "当前版本过旧，请更新后继续使用", "This version of the app is too old; update it to go on";
    // Who is calling
    NotLoggedIn = "not_logged_in", 401, "请先登录", "Please log in first";
    TokenExpired = "token_expired", 401, "登录已过期，请刷新", "The access token has expired; refresh it";
    SessionRevoked = "session_revoked", 401, "登录已失效，请重新登录", "This session has ended; log in again";
    Forbidden = "forbidden", 403, "您的角色不能进行此操作", "Your role does not allow this";
    BadCredentials = "bad_credentials", 401, "账号或密码不正确", "Wrong login or password";
    AccountLocked = "account_locked", 423, "失败次数过多，账号已暂时锁定，请稍后再试", "Too many failures; the account is locked for a while";
    AccountDisabled = "account_disabled", 403, "账号已停用，请联系管理员", "This account is disabled; speak to an administrator";
    SecondFactorRequired = "second_factor_required", 401, "请输入动态验证码", "A second factor is required";
    BadSecondFactor = "bad_second_factor", 401, "动态验证码不正确或已使用", "The second factor is wrong or was already used";
    SecondFactorMissing = "second_factor_missing", 403, "请先设置动态验证码（第二重验证）", "Set up a second factor first";
    BadCode = "bad_code", 401, "验证码不正确或已过期，请重新获取", "The code is wrong or has expired; ask for a new one";
    WechatBadCode = "wechat_bad_code", 401, "微信登录凭证无效，请重试", "WeChat did not accept the code; try again";
    WechatOff = "wechat_off", 409, "本平台未开通微信登录，请改用短信登录", "This installation has no log-in by WeChat; log in by SMS";
    WechatUnavailable = "wechat_unavailable", 503, "微信暂时无法使用，请改用短信登录", "WeChat is not available; log in by SMS";
    PhoneRequired = "phone_required", 409, "请授权手机号以完成登录", "A phone number is needed to finish the log-in";
    RateLimited = "rate_limited", 429, "操作过于频繁，请稍后再试", "Too many requests; try again later";
    ReceiptRefused = "receipt_refused", 401, "回执地址中的令牌不正确，或未启用该服务商", "The token in the receipt's address is wrong, or this provider is not in use";
    // Changes that do not fit
    Conflict = "conflict", 409, "与现有数据冲突，请刷新后重试", "This conflicts with existing data; reload and try again";
    AlreadyExists = "already_exists", 409, "已经存在", "It already exists";
    WrongState = "wrong_state", 409, "当前状态不能进行此操作", "Not possible in the present state";
    RosterEmpty = "roster_empty", 409, "应到名单为空，请先生成应到名单再开放签到", "The roster is empty; build it before opening the sitting";
    IdempotencyKeyReused = "idempotency_key_reused", 409, "同一幂等键已用于不同的请求", "This idempotency key was used for another request";
    ImportTooLarge = "import_too_large", 413, "表格过大，请拆分后导入", "The sheet is too large; split it";
    ImportUnreadable = "import_unreadable", 422, "无法读取文件，请使用模板（CSV 或 XLSX）", "The file cannot be read; use the template (CSV or XLSX)";
    ImportHasProblems = "import_has_problems", 422, "表格中有问题，未导入任何数据", "The sheet has problems; nothing was imported";
    // Sign-in
    CodeInvalid = "code_invalid", 422, "签到码无效，请扫描会场大屏上的二维码", "This is not a valid sign-in code; scan the code on the hall screen";
    CodeExpired = "code_expired", 422, "签到码已过期，请重新扫描大屏上的二维码", "The code has expired; scan the code on the screen again";
    CodeForOtherSitting = "code_for_other_sitting", 422, "这是另一场会议的签到码", "This code belongs to another sitting";
    SittingNotOpen = "sitting_not_open", 409, "签到尚未开始，请稍候", "Sign-in has not opened yet";
    SittingClosed = "sitting_closed", 409, "签到已结束，请联系会务人员", "Sign-in is closed; speak to the staff";
    NotOnRoster = "not_on_roster", 403, "您不在本场会议的名册上，请联系会务人员", "You are not on this sitting's roster; speak to the staff";
    SeatSuspended = "seat_suspended", 403, "代表职务暂停执行期间不能签到，请联系会务人员", "This seat is suspended; speak to the staff";
    NotCheckedIn = "not_checked_in", 409, "尚未签到", "Not signed in yet";
    // Proposals
    CosignersMissing = "cosigners_missing", 409, "联名代表人数未达到法定人数，请继续邀请联名", "Fewer co-signers than the law asks for; invite more";
    ConsultationMissing = "consultation_missing", 409, "尚无双方确认的面商记录，请先完成面商", "No consultation confirmed by both sides yet; hold one first";
    OpinionsMissing = "opinions_missing", 409, "协办单位意见尚未收齐，请先取得全部协办意见", "A co-handler's opinion is still missing; obtain all of them first";
    ReplyIncomplete = "reply_incomplete", 422, "答复不完整，请补充类别、正文、联系人及承诺事项", "The reply lacks class, text, contact or promise; complete it";
    SameReviewer = "same_reviewer", 409, "同一人不能既初审又会审，请由另一位工作人员会审", "Who passed it first cannot confirm it; let a colleague do so";
    FeedbackClosed = "feedback_closed", 409, "反馈期限已过或已提交评价，不能再评价", "The time for feedback is over, or it was given already";
    FileNotAccepted = "file_not_accepted", 422, "不接受这种文件，或文件内容与文件名不符", "This kind of file is not accepted, or its content does not match its name";
    // Gates
    EnrolCodeInvalid = "enrol_code_invalid", 422, "签到点注册码无效或已使用", "The gate's enrolment code is not valid or was used";
    BatchTooLarge = "batch_too_large", 413, "一次上传的记录过多，请分批上传", "Too many events in one upload; split it";
    GateRevoked = "gate_revoked", 401, "此签到点已停用", "This gate has been revoked";
    // The server
    Overloaded = "overloaded", 503, "系统繁忙，请稍后重试", "The server is busy; try again shortly";
    Unavailable = "unavailable", 503, "服务暂时不可用，请稍后重试", "Temporarily unavailable; try again shortly";
    Internal = "internal", 500, "系统出错，请稍后重试；如仍有问题请提供请求编号", "Something went wrong on our side; quote the request id";
}

/// One field that was not acceptable.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FieldError {
    /// The field, with dots and indexes (`items[3].name`).
    #[schema(example = "phone")]
    pub field: String,
    /// A stable word for the kind of problem.
    #[schema(example = "invalid")]
    pub code: String,
    #[schema(example = "must be a phone number")]
    pub message: String,
}

/// An RFC 9457 problem document.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Problem {
    /// A URI reference for the kind of problem; its last part is `code`.
    #[serde(rename = "type")]
    #[schema(example = "/problems/not_found")]
    pub kind: String,
    /// What went wrong and what to do, in the language of `Accept-Language`.
    pub title: String,
    #[schema(minimum = 400, maximum = 599)]
    pub status: u16,
    pub code: ErrorCode,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// Quote this when you ask for help.
    pub request_id: String,
    /// Seconds after which another try makes sense; also in `Retry-After`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_s: Option<u64>,
}

/// An error on its way to the caller. What the log sees is another text: `source`.
#[derive(Debug, Clone)]
pub struct ApiError {
    pub code: ErrorCode,
    pub detail: Option<String>,
    pub errors: Vec<FieldError>,
    pub retry_after_s: Option<u64>,
    /// For the log only; never leaves the server.
    pub source: Option<String>,
}

impl ApiError {
    pub fn new(code: ErrorCode) -> ApiError {
        ApiError {
            code,
            detail: None,
            errors: vec![],
            retry_after_s: None,
            source: None,
        }
    }

    /// Adds a sentence for developers; it must hold nothing secret.
    pub fn detail(mut self, detail: impl Into<String>) -> ApiError {
        self.detail = Some(detail.into());
        self
    }

    /// A single field that is not acceptable.
    pub fn field(field: &str, code: &str, message: impl Into<String>) -> ApiError {
        let error = FieldError {
            field: field.into(),
            code: code.into(),
            message: message.into(),
        };
        ApiError {
            errors: vec![error],
            ..ApiError::new(ErrorCode::ValidationFailed)
        }
    }

    pub fn retry_after(mut self, seconds: u64) -> ApiError {
        self.retry_after_s = Some(seconds);
        self
    }

    /// Something that should not happen; the text is for the log.
    pub fn internal(source: impl std::fmt::Display) -> ApiError {
        ApiError {
            source: Some(source.to_string()),
            ..ApiError::new(ErrorCode::Internal)
        }
    }

    /// The document, in the caller's language.
    pub fn problem(&self, english: bool, request_id: String) -> Problem {
        Problem {
            kind: format!("/problems/{}", self.code.as_str()),
            title: if english { self.code.en() } else { self.code.zh() }.to_owned(),
            status: self.code.status(),
            code: self.code,
            detail: self.detail.clone(),
            errors: self.errors.clone(),
            request_id,
            retry_after_s: self.retry_after_s,
        }
    }

    /// The response; `request.rs` calls this with the language and id of the request.
    pub fn respond(&self, english: bool, request_id: String) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        if let Some(seconds) = self.retry_after_s {
            response.insert_header((header::RETRY_AFTER, seconds));
        }
        if self.code == ErrorCode::NotLoggedIn || self.code == ErrorCode::TokenExpired {
            response.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
        }
        response.content_type("application/problem+json; charset=utf-8");
        let problem = self.problem(english, request_id);
        response.body(serde_json::to_string(&problem).expect("a problem document is plain data"))
    }
}

impl From<ErrorCode> for ApiError {
    fn from(code: ErrorCode) -> ApiError {
        ApiError::new(code)
    }
}

impl std::fmt::Display for ApiError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.code.as_str())?;
        if let Some(source) = &self.source {
            write!(f, ": {source}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ApiError {}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.code.status()).expect("the table holds valid statuses")
    }
    fn error_response(&self) -> HttpResponse {
        self.respond(false, String::new())
    }
}

impl From<DbError> for ApiError {
    fn from(e: DbError) -> ApiError {
        use diesel::result::{DatabaseErrorKind as Kind, Error};
        match &e {
            DbError::Query(Error::NotFound) => ErrorCode::NotFound.into(),
            DbError::Query(Error::DatabaseError(Kind::UniqueViolation, _)) => ErrorCode::AlreadyExists.into(),
            DbError::Query(Error::DatabaseError(Kind::ForeignKeyViolation, _)) => {
                ApiError::new(ErrorCode::Conflict).detail("something it refers to does not exist or is still in use")
            }
            DbError::Overloaded => ApiError::new(ErrorCode::Overloaded).retry_after(1),
            DbError::Connection(_) | DbError::Dropped => ApiError {
                source: Some(e.to_string()),
                ..ApiError::new(ErrorCode::Unavailable).retry_after(2)
            },
            DbError::Query(_) => ApiError::internal(&e),
        }
    }
}
impl From<diesel::result::Error> for ApiError {
    fn from(e: diesel::result::Error) -> ApiError {
        DbError::from(e).into()
    }
}

/// True when the caller prefers English; Chinese is the first language.
pub fn prefers_english(request: &HttpRequest) -> bool {
    let accept = request
        .headers()
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|v| v.to_str().ok())
        .unwrap_or("");
    let first = accept.split(',').next().unwrap_or("").trim().to_ascii_lowercase();
    !first.is_empty() && !first.starts_with("zh") && !first.starts_with('*')
}
