//! The live socket: a signed snapshot, then what happens, on whichever process it happens.

use super::sign_in;
use crate::harness::{OpenSitting, TestApp};
use futures_util::{SinkExt, StreamExt};
use lvzhi::secrets::unb64;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};

type Socket = tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

/// Opens the socket as a browser does: the token among the sub-protocols.
async fn watch(url: &str, sitting: &OpenSitting, query: &str, token: &str) -> Result<Socket, Error> {
    let url = format!(
        "{}/api/v1/sittings/{}/live{query}",
        url.replace("http://", "ws://"),
        sitting.id
    );
    let mut request = url.into_client_request().unwrap();
    request.headers_mut().insert(
        "sec-websocket-protocol",
        format!("lvzhi.v1, bearer.{token}").parse().unwrap(),
    );
    let (socket, answer) = tokio_tungstenite::connect_async(request).await?;
    assert_eq!(answer.headers()["sec-websocket-protocol"], "lvzhi.v1");
    Ok(socket)
}

async fn text(socket: &mut Socket) -> String {
    loop {
        let message = tokio::time::timeout(std::time::Duration::from_secs(10), socket.next())
            .await
            .expect("a frame comes in time");
        match message.expect("the socket lives").unwrap() {
            Message::Text(text) => return text.to_string(),
            Message::Ping(_) | Message::Pong(_) => (),
            other => panic!("{other:?}"),
        }
    }
}

async fn frame(socket: &mut Socket) -> Value {
    serde_json::from_str(&text(socket).await).unwrap()
}

/// The next frame in which so many are present.
async fn until_present(socket: &mut Socket, n: u64) -> Value {
    loop {
        let frame = frame(socket).await;
        if frame["counts"]["voting_present"] == n {
            return frame;
        }
    }
}

async fn screen(app: &TestApp, sitting: &OpenSitting) -> String {
    let screen = app
        .congress
        .clerk
        .post(&format!("/sittings/{}/screens", sitting.id), json!({}))
        .await
        .json(200);
    screen["token"].as_str().unwrap().to_owned()
}

both! {
    async fn shows_a_signed_snapshot_and_then_arrivals(app) {
        let seats = app.seats(3).await;
        let sitting = app.open_sitting(&seats).await;
        sign_in(app, &sitting, &seats[0].client).await.json(201);
        let mut socket = watch(&app.url, &sitting, "", &screen(app, &sitting).await).await.unwrap();
        let first = text(&mut socket).await;
        let snapshot: Value = serde_json::from_str(&first).unwrap();
        assert_eq!(snapshot["type"], "snapshot");
        assert_eq!(snapshot["counts"]["voting_present"], 1);
        assert_eq!(snapshot["recent"][0]["name"], "代表000");
        assert_eq!(snapshot["sitting"]["title"], "第一次全体会议");
        // The signature is over the text without its last member.
        let (signed, rest) = first.rsplit_once(",\"signature\":\"").unwrap();
        let signature = unb64(rest.trim_end_matches("\"}")).unwrap();
        assert!(app.services.keys.check(snapshot["kid"].as_str().unwrap(), format!("{signed}}}").as_bytes(), &signature));
        sign_in(app, &sitting, &seats[1].client).await.json(201);
        let update = frame(&mut socket).await;
        assert_eq!((&update["type"], &update["arrivals"][0]["name"]), (&json!("update"), &json!("代表001")));
        assert_eq!(update["quorum"]["reached"], true);
        assert_eq!(update["delegations"].as_array().unwrap().len(), 1, "only the delegation that changed");
        seats[1].client.post(&format!("/sittings/{}/check_outs", sitting.id), json!({})).await.json(200);
        let update = frame(&mut socket).await;
        assert_eq!(update["departures"][0]["entry_id"], sitting.entries[1].to_string());
        assert_eq!(update["quorum"]["reached"], false);
    }

    async fn resumes_where_a_watcher_left_off(app) {
        let seats = app.seats(4).await;
        let sitting = app.open_sitting(&seats).await;
        let token = screen(app, &sitting).await;
        // Somebody else keeps the room open meanwhile.
        let mut steady = watch(&app.url, &sitting, "", &token).await.unwrap();
        let snapshot = frame(&mut steady).await;
        let epoch = snapshot["epoch"].as_str().unwrap().to_owned();
        for (n, seat) in seats[..3].iter().enumerate() {
            sign_in(app, &sitting, &seat.client).await.json(201);
            until_present(&mut steady, n as u64 + 1).await;
        }
        let mut back = watch(&app.url, &sitting, &format!("?epoch={epoch}&since=1"), &token).await.unwrap();
        let missed = [frame(&mut back).await, frame(&mut back).await];
        assert_eq!((&missed[0]["seq"], &missed[1]["seq"]), (&json!(2), &json!(3)));
        sign_in(app, &sitting, &seats[3].client).await.json(201);
        assert_eq!(frame(&mut back).await["seq"], 4);
        let mut stranger = watch(&app.url, &sitting, "?epoch=another&since=3", &token).await.unwrap();
        assert_eq!(frame(&mut stranger).await["type"], "snapshot");
        back.close(None).await.unwrap();
        let _ = back.send(Message::Ping(Default::default())).await;
    }

    async fn lets_only_those_watch_who_may(app) {
        let seats = app.seats(2).await;
        let sitting = app.open_sitting(&seats[..1]).await;
        let status = |answer: Result<Socket, Error>| match answer {
            Ok(_) => 101,
            Err(Error::Http(response)) => response.status().as_u16(),
            Err(e) => panic!("{e}"),
        };
        let token = |client: &crate::harness::Client| client.token.clone().unwrap();
        assert_eq!(status(watch(&app.url, &sitting, "", &token(&seats[0].client)).await), 101);
        assert_eq!(status(watch(&app.url, &sitting, "", &token(&app.congress.supervisor)).await), 101);
        assert_eq!(status(watch(&app.url, &sitting, "", &token(&seats[1].client)).await), 404);
        assert_eq!(status(watch(&app.url, &sitting, "", &token(&app.other.clerk)).await), 404);
        assert_eq!(status(watch(&app.url, &sitting, "", "nonsense").await), 401);
        app.congress.clerk.get(&format!("/sittings/{}/live", sitting.id)).await.problem("bad_request");
    }
}

/// Any process serves any screen: the arrival is on one, the watcher on the other.
#[actix_web::test]
async fn an_arrival_in_one_process_is_seen_in_another() {
    let app = TestApp::start(crate::harness::Backend::Postgres, json!({})).await;
    let second = app.second_process().await;
    let seats = app.seats(2).await;
    let sitting = app.open_sitting(&seats).await;
    let mut socket = watch(&second.url, &sitting, "", &screen(&app, &sitting).await)
        .await
        .unwrap();
    assert_eq!(frame(&mut socket).await["counts"]["voting_present"], 0);
    sign_in(&app, &sitting, &seats[0].client).await.json(201);
    assert_eq!(until_present(&mut socket, 1).await["arrivals"][0]["name"], "代表000");
    second.stop().await;
    app.stop().await;
}
