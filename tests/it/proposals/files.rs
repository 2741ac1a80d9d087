//! Attachments: told by content, limited, seen by those who see the proposal.

use super::*;

const PDF: &[u8] = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n";

async fn attach(client: &Client, proposal: &str, name: &str, bytes: &[u8]) -> crate::harness::Answer {
    let request = client
        .request("POST", &format!("/proposals/{proposal}/attachments"))
        .query(&[("name", name)])
        .header("content-type", "application/pdf")
        .body(bytes.to_vec());
    client.send(request).await
}

both! {
    async fn a_file_is_what_its_bytes_say(app) {
        sitting_congress(app);
        let seats = app.seats(2).await;
        let author = &seats[0].client;
        let p = drafted(app, &seats[0]).await;
        let made = attach(author, &p, "调研报告.pdf", PDF).await.json(201);
        assert_eq!((&made["media_type"], &made["size"]), (&json!("application/pdf"), &json!(PDF.len())));
        for (name, bytes) in [
            ("报告.pdf", &b"MZ\x90\x00\x03"[..]),
            ("报告.docx", PDF),
            ("报告.exe", PDF),
            ("报告", PDF),
            ("页面.txt", b"<html><script>alert(1)</script>"),
            ("图.png", b"<svg onload=alert(1)>"),
            ("空.txt", b""),
            ("宏.docx", b"PK\x03\x04 word/document.xml word/vbaProject.bin"),
        ] {
            attach(author, &p, name, bytes).await.problem("file_not_accepted");
        }
        for name in ["", "../../etc/passwd.pdf", "a\u{202e}fdp.pdf", " a.pdf"] {
            attach(author, &p, name, PDF).await.problem("validation_failed");
        }
        let mut large = PDF.to_vec();
        large.resize(20 * 1024 * 1024 + 1, b'x');
        attach(author, &p, "大.pdf", &large).await.problem("body_too_large");
        assert_eq!(app.count("proposal_attachments"), 1);
        let got = author.get(&format!("/proposals/{p}/attachments/{}", id(&made))).await;
        assert_eq!((got.status, got.bytes.as_slice()), (200, PDF));
        assert!(got.headers["content-disposition"].to_str().unwrap().starts_with("attachment;"));
        assert_eq!(got.headers["x-content-type-options"], "nosniff");
    }

    async fn files_are_for_those_who_see_the_proposal(app) {
        sitting_congress(app);
        let seats = app.seats(2).await;
        let author = &seats[0].client;
        let p = drafted(app, &seats[0]).await;
        let file = id(&attach(author, &p, "调研报告.pdf", PDF).await.json(201));
        let path = format!("/proposals/{p}/attachments/{file}");
        for stranger in [&seats[1].client, &app.congress.liaison, &app.congress.voter, &app.other.admin] {
            stranger.get(&path).await.problem("not_found");
            stranger.delete(&path).await.problem("not_found");
            attach(stranger, &p, "x.pdf", PDF).await.problem("not_found");
        }
        app.nobody().get(&path).await.problem("not_logged_in");
        let other = drafted(app, &seats[1]).await;
        seats[1].client.get(&format!("/proposals/{other}/attachments/{file}")).await.problem("not_found");
        author.delete(&path).await.json(204);
        author.get(&path).await.problem("not_found");
        attach(author, &p, "调研报告.pdf", PDF).await.json(201);
        act(author, &p, "submit", json!({})).await;
        attach(author, &p, "补充.pdf", PDF).await.problem("wrong_state");
        attach(&app.congress.liaison, &p, "x.pdf", PDF).await.problem("forbidden");
    }
}
