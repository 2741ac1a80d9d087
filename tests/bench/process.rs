//! A started program that cannot outlive the benchmark.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

pub struct Process {
    child: Child,
    stop_signal: libc::c_int,
}

impl Process {
    /// Starts `command`; dropping the value sends `stop_signal` and waits for the end.
    pub fn start(mut command: Command, stop_signal: libc::c_int) -> Result<Process> {
        // Destructors do not run when this process is killed outright: let the kernel deliver the signal then.
        // SAFETY: between fork and exec only an async-signal-safe system call is made.
        unsafe {
            command.pre_exec(move || match libc::prctl(libc::PR_SET_PDEATHSIG, stop_signal) {
                0 => Ok(()),
                _ => Err(io::Error::last_os_error()),
            });
        }
        let child = command
            .spawn()
            .with_context(|| format!("cannot start {:?}", command.get_program()))?;
        Ok(Process { child, stop_signal })
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether the program ended by itself, which none of them should.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.ended().is_some() {
            return;
        }
        // SAFETY: the child was not reaped yet, so its number still belongs to it.
        unsafe { libc::kill(self.child.id() as libc::pid_t, self.stop_signal) };
        let deadline = Instant::now() + Duration::from_secs(10);
        while self.ended().is_none() {
            if Instant::now() > deadline {
                let _ = self.child.kill();
                let _ = self.child.wait();
                return;
            }
            thread::sleep(Duration::from_millis(5));
        }
    }
}

/// Two thousand watchers need as many sockets on both sides; the server inherits the limit, as it would be given one
/// by its service file.
pub fn raise_open_file_limit() {
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: both calls get a valid pointer to a local value.
    unsafe {
        if libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit) == 0 {
            limit.rlim_cur = limit.rlim_max;
            libc::setrlimit(libc::RLIMIT_NOFILE, &limit);
        }
    }
}

/// What the kernel says about a running program in `/proc/<id>/status`, in KiB, for example under `VmRSS`.
pub fn status_kib(id: u32, field: &str) -> Result<u64> {
    let text = std::fs::read_to_string(format!("/proc/{id}/status"))?;
    text.lines()
        .find_map(|line| {
            line.strip_prefix(field)?
                .strip_prefix(':')?
                .trim()
                .strip_suffix("kB")?
                .trim()
                .parse()
                .ok()
        })
        .with_context(|| format!("no {field} in /proc/{id}/status"))
}

/// Processor time used so far.
pub fn cpu_time(id: u32) -> Result<Duration> {
    let text = std::fs::read_to_string(format!("/proc/{id}/stat"))?;
    // The program's name stands in parentheses and may hold spaces; the fixed fields begin after it.
    let (_, fields) = text.rsplit_once(')').context("no name in /proc/<id>/stat")?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let ticks: u64 = fields[11].parse::<u64>()? + fields[12].parse::<u64>()?;
    // SAFETY: reads a constant of the running kernel.
    let per_second = unsafe { libc::sysconf(libc::_SC_CLK_TCK) } as f64;
    Ok(Duration::from_secs_f64(ticks as f64 / per_second))
}

pub fn free_port() -> Result<u16> {
    Ok(std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
