//! Handlers of messages, by topic.

mod messages;
mod receipts;
mod templates;

use crate::web::Operations;

pub fn routes(config: &mut impl Operations) {
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
