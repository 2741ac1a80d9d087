//! Where the operations of the features are registered: in a server, or in the contract.
//!
//! A server registers routes alone: describing each operation with its schemas and examples, only to throw it away, would
//! keep some megabytes of code and garbage in the memory of a process that never uses them.

use actix_web::dev::HttpServiceFactory;
use actix_web::web::ServiceConfig;
use utoipa_actix_web::OpenApiFactory;

/// Takes operations of features.
pub trait Operations: Sized {
    fn service<F>(&mut self, operation: F) -> &mut Self
    where
        F: HttpServiceFactory + OpenApiFactory + 'static;

    /// For handlers, as `App::app_data`.
    fn app_data<T: 'static>(&mut self, data: T) -> &mut Self;

    fn configure(&mut self, feature: impl FnOnce(&mut Self)) -> &mut Self {
        feature(self);
        self
    }
}

/// A server: the routes.
impl Operations for ServiceConfig {
    fn service<F>(&mut self, operation: F) -> &mut Self
    where
        F: HttpServiceFactory + OpenApiFactory + 'static,
    {
        ServiceConfig::service(self, operation)
    }
    fn app_data<T: 'static>(&mut self, data: T) -> &mut Self {
        ServiceConfig::app_data(self, data)
    }
}

/// The contract: the descriptions.
impl Operations for utoipa_actix_web::service_config::ServiceConfig<'_> {
    fn service<F>(&mut self, operation: F) -> &mut Self
    where
        F: HttpServiceFactory + OpenApiFactory + 'static,
    {
        utoipa_actix_web::service_config::ServiceConfig::service(self, operation)
    }
    fn app_data<T: 'static>(&mut self, data: T) -> &mut Self {
        utoipa_actix_web::service_config::ServiceConfig::app_data(self, data)
    }
}
