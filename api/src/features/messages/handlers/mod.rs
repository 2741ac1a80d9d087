//! Handlers of messages, by topic.

mod messages;
mod receipts;
mod templates;

use utoipa_actix_web::service_config::ServiceConfig;

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(messages::message_list)
        .service(messages::message_get)
        .service(messages::message_retry)
        .service(messages::message_settle)
        .service(templates::template_list)
        .service(templates::template_preview)
        .service(receipts::receipt_aliyun)
        .service(receipts::receipt_tencent)
        .service(receipts::receipt_mas);
}
