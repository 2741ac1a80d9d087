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

    async fn tells_an_old_client_to_update(app) {
        let asks = |version: &'static str| {
            let client = app.nobody();
            async move { client.send(client.request("GET", "/congresses").header("lvzhi-client", version)).await }
        };
        let refused = asks("0.0.9").await;
        assert_eq!(refused.status, 426);
        refused.problem("client_outdated");
        for version in ["0.1.0", "12.0.0", "somebody else's"] {
            assert_eq!(asks(version).await.status, 200, "{version}");
        }
    }

    async fn refuses_json_that_is_deep_huge_or_not_utf8(app) {
        let client = &app.congress.admin;
        let path = format!("/congresses/{}/units", app.congress.id);
        let send = |body: Vec<u8>| client.send(client.request("POST", &path).header("content-type", "application/json").body(body));
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        for body in [b"{\"name\":\"\xff\xfe\"}".to_vec(), b"{".to_vec(), b"".to_vec(), b"nul".to_vec()] {
            send(body).await.problem("body_not_json");
        }
        send(deep.into_bytes()).await.problem("validation_failed");
        let huge = format!("{{\"name\":\"{}\"}}", "x".repeat(300_000));
        send(huge.into_bytes()).await.problem("body_too_large");
        send(b"{\"kind\":\"group\",\"name\":\"x\"} trailing".to_vec()).await.problem("body_not_json");
        send(b"[1,2]".to_vec()).await.problem("validation_failed");
        let form = client.request("POST", &path).header("content-type", "application/x-www-form-urlencoded").body("name=x");
        client.send(form).await.problem("unsupported_media_type");
        // Numbers beyond every type, a NUL inside a name, a moment that is none.
        for body in ["{\"kind\":\"group\",\"name\":\"a\\u0000b\"}", "{\"kind\":\"group\",\"name\":\"a\",\"position\":1e400}"] {
            let answer = send(body.as_bytes().to_vec()).await;
            assert!(answer.status == 422 || answer.status == 400, "{body}: {} {}", answer.status, answer.text());
        }
    }
}
