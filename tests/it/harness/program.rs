//! The program as a process of its own, in an empty folder.

use super::Client;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// The program and its folder.
pub struct Program {
    folder: tempfile::TempDir,
}

/// A serving process; it does not outlive the test.
pub struct Running {
    pub url: String,
    child: Child,
    log: std::path::PathBuf,
}

impl Program {
    pub fn new() -> Program {
        Program {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A sub-command with nothing configured but the folder.
    pub fn command(&self, name: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lvzhi"));
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("LVZHI_")) {
            command.env_remove(name);
        }
        command
            .arg(name)
            .current_dir(self.folder.path())
            .env("LVZHI_DATA_DIR", self.folder.path().join("data"));
        command.env("LVZHI_LISTEN", "127.0.0.1:0").stdin(Stdio::null());
        command
    }

    /// Starts serving and waits until it is ready.
    pub async fn start(&self, arguments: &[&str], settings: &[(&str, &str)]) -> Running {
        let listen = std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .to_string();
        let log = self.folder.path().join("log");
        let mut command = self.command(arguments[0]);
        command
            .args(&arguments[1..])
            .envs(settings.iter().copied())
            .env("LVZHI_LISTEN", &listen);
        command
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(&log).unwrap());
        let running = Running {
            url: format!("http://{listen}"),
            child: command.spawn().unwrap(),
            log,
        };
        let client = Client::new(&running.url, None);
        for _ in 0..1200 {
            if client
                .try_send(client.request("GET", "//readyz"))
                .await
                .is_ok_and(|a| a.status == 200)
            {
                return running;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("not ready: {}", running.log());
    }
}

impl Running {
    /// What was written to standard error.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.log).unwrap()).into_owned()
    }

    /// Asks the process to end and waits for it.
    pub async fn terminate(&mut self, patience: Duration) -> ExitStatus {
        let asked = Command::new("kill")
            .args(["-TERM", &self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(asked.success());
        let until = Instant::now() + patience;
        while Instant::now() < until {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("still running {patience:?} after SIGTERM: {}", self.log());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
