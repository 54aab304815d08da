//! The addresses of the pages.

use actix_web::web;

use super::{
    act, activity, assets, connect, customer, customers, live, people, person, plan, questions, refused,
    settings,
};

/// The pages.
pub fn table(config: &mut web::ServiceConfig) {
    config
        .route("/", web::get().to(customers::page))
        .route("/page.css", web::get().to(assets::style))
        .route("/page.js", web::get().to(assets::script))
        .route("/page.svg", web::get().to(assets::icon))
        .route("/events", web::get().to(live::stream))
        .route("/activity", web::get().to(activity::page))
        .route("/customers/{customer}", web::get().to(customer::page))
        .route("/customers/{customer}/do", web::post().to(act::act))
        .service(
            web::resource("/customers/{customer}/connect")
                .route(web::get().to(connect::page))
                .route(web::post().to(connect::act)),
        )
        .service(
            web::resource("/customers/{customer}/people")
                .route(web::get().to(people::page))
                .route(web::post().to(people::search)),
        )
        .route("/customers/{customer}/people.csv", web::get().to(people::table))
        .route("/customers/{customer}/questions", web::get().to(questions::page))
        .route("/customers/{customer}/plan", web::get().to(plan::page))
        .route("/customers/{customer}/settings", web::get().to(settings::page))
        .route("/customers/{customer}/people/{contact}", web::get().to(person::page))
        .route("/customers/{rest:.*}", web::get().to(refused::not_found));
}
