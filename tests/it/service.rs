//! What every server answers: health, readiness, metrics, the contract, and problems in two languages.

both! {
    async fn answers_health_and_metrics(app) {
        assert_eq!(app.nobody().get("//healthz").await.status, 200);
        assert_eq!(app.nobody().get("//readyz").await.status, 200);
        let metrics = app.nobody().get("//metrics").await;
        assert_eq!(metrics.status, 200);
        assert!(metrics.text().contains("lvzhi_http_requests_total"), "{}", metrics.text());
    }

    async fn speaks_of_errors_in_the_callers_language(app) {
        let nobody = app.nobody();
        let chinese = nobody.get("/nowhere").await.problem("not_found");
        assert_eq!(chinese["title"], "没有找到，或者您无权查看");
        let request = nobody.request("GET", "/nowhere").header("accept-language", "en-GB,zh;q=0.5").header("x-request-id", "my-own-id-1");
        let english = nobody.send(request).await;
        assert_eq!(english.problem("not_found")["title"], "Not found, or not visible to you");
        assert_eq!(english.headers["x-request-id"], "my-own-id-1");
    }
}
