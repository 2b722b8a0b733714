//! Handshakes, upgrades and polls that nobody goes on with. Slow and few, so plain blocking sockets do.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::cli::AbandonArgs;
use crate::failure::{Failure, Result};
use crate::gauges::Gauges;
use crate::process::resident_kib;
use crate::stats::round;
use crate::wire::frame::write_text;

const PATIENCE: Duration = Duration::from_secs(5);
/// Longer than any patience of the server.
const HELD: Duration = Duration::from_secs(120);

#[derive(Debug, Serialize)]
pub(super) struct Report {
    abandoned: u64,
    /// Highest number of Engine.IO sessions seen.
    most_sessions: u64,
    /// When the last try was long enough ago; 0 is right.
    sessions_left: u64,
    /// How long after the last try there was none left.
    gone_after_seconds: Option<f64>,
    /// Resident memory while as many were abandoned as were given up: the line through a sample a second.
    resident_slope_kib_per_minute: f64,
    /// The same for each that was abandoned.
    resident_bytes_each: f64,
    resident_before_mib: f64,
    resident_after_mib: f64,
    refusals: BTreeMap<String, u64>,
}

/// What is begun and not gone on with.
#[derive(Clone, Copy)]
enum Kind {
    /// Half a request; the socket stays open.
    HalfRequest,
    /// Half a request; the socket is closed.
    HalfRequestCut,
    /// A WebSocket that never joins a namespace.
    SilentWebSocket,
    /// A WebSocket that ends without a close frame.
    CutWebSocket,
    /// A polling session that is opened and never polled.
    NeverPolled,
    /// A poll whose client goes away.
    CutPoll,
    /// An upgrade that stops after the probe.
    HalfUpgrade,
}

const KINDS: [Kind; 7] = [
    Kind::HalfRequest,
    Kind::HalfRequestCut,
    Kind::SilentWebSocket,
    Kind::CutWebSocket,
    Kind::NeverPolled,
    Kind::CutPoll,
    Kind::HalfUpgrade,
];

pub(super) fn run(args: &AbandonArgs) -> Result<Report> {
    let resident = || resident_kib(&args.target).ok_or_else(|| Failure::Usage("memory needs --pid".into()));
    let before = resident()?;
    let (start, interval) = (Instant::now(), Duration::from_secs(1) / args.rate.max(1));
    let (mut held, mut samples, mut most, mut abandoned) = (Vec::new(), Vec::new(), 0, 0_u64);
    while start.elapsed() < Duration::from_secs(args.seconds) {
        std::thread::sleep((start + interval * abandoned as u32).saturating_duration_since(Instant::now()));
        let kind = KINDS[abandoned as usize % KINDS.len()];
        held.extend(begin(args, kind)?.map(|stream| (Instant::now(), stream)));
        abandoned += 1;
        if abandoned.is_multiple_of(u64::from(args.rate.max(1))) {
            held.retain(|(since, _)| since.elapsed() < HELD);
            most = most.max(Gauges::read(args.target.address)?.connections);
            if start.elapsed() > Duration::from_secs(args.steady_after) {
                samples.push((start.elapsed().as_secs_f64(), resident()?));
            }
        }
    }
    let slope = slope(&samples);
    let (left, gone_after) = wait_until_gone(args)?;
    drop(held);
    Ok(Report {
        abandoned,
        most_sessions: most,
        sessions_left: left.connections,
        gone_after_seconds: gone_after,
        resident_slope_kib_per_minute: round(slope * 60.0),
        resident_bytes_each: round(slope * 1024.0 / f64::from(args.rate)),
        resident_before_mib: round(before / 1024.0),
        resident_after_mib: round(resident()? / 1024.0),
        refusals: left.refusals,
    })
}

fn wait_until_gone(args: &AbandonArgs) -> Result<(Gauges, Option<f64>)> {
    let start = Instant::now();
    loop {
        let gauges = Gauges::read(args.target.address)?;
        let waited = start.elapsed();
        if gauges.connections == 0 {
            return Ok((gauges, Some(round(waited.as_secs_f64()))));
        } else if waited > Duration::from_secs(args.patience) {
            return Ok((gauges, None));
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// What remains open of it.
fn begin(args: &AbandonArgs, kind: Kind) -> Result<Option<TcpStream>> {
    let address = args.target.address;
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let polling = "/socket.io/?EIO=4&transport=polling";
    match kind {
        Kind::HalfRequest | Kind::HalfRequestCut => {
            stream.write_all(format!("GET {polling} HTTP/1.1\r\nHost: {address}\r\nX-Half: ").as_bytes())?;
        }
        Kind::SilentWebSocket | Kind::CutWebSocket => upgrade(&mut stream, None)?,
        Kind::NeverPolled => drop(open(&mut stream, polling)?),
        Kind::CutPoll => {
            let sid = open(&mut stream, polling)?;
            stream.write_all(
                format!("GET {polling}&sid={sid} HTTP/1.1\r\nHost: {address}\r\n\r\n").as_bytes(),
            )?;
        }
        Kind::HalfUpgrade => {
            let sid = open(&mut stream, polling)?;
            upgrade(&mut stream, Some(&sid))?;
            let mut probe = Vec::new();
            write_text(&mut probe, b"2probe");
            stream.write_all(&probe)?;
        }
    }
    let stays = matches!(kind, Kind::HalfRequest | Kind::SilentWebSocket | Kind::HalfUpgrade);
    Ok(stays.then_some(stream))
}

/// Opens a polling session; its id.
fn open(stream: &mut TcpStream, path: &str) -> Result<String> {
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: load\r\n\r\n").as_bytes())?;
    let answer = until(stream, b"}")?;
    let (_, tail) = answer.split_once("\"sid\":\"").ok_or(Failure::Protocol("no session id"))?;
    Ok(tail.split('"').next().unwrap_or_default().to_owned())
}

fn upgrade(stream: &mut TcpStream, sid: Option<&str>) -> Result<()> {
    let sid = sid.map(|sid| format!("&sid={sid}")).unwrap_or_default();
    let request = format!(
        "GET /socket.io/?EIO=4&transport=websocket{sid} HTTP/1.1\r\nHost: load\r\nUpgrade: websocket\r\n\
         Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    );
    stream.write_all(request.as_bytes())?;
    let answer = until(stream, b"\r\n\r\n")?;
    if answer.starts_with("HTTP/1.1 101") { Ok(()) } else { Err(Failure::Refused(answer)) }
}

/// Reads until these bytes have come.
fn until(stream: &mut TcpStream, end: &[u8]) -> Result<String> {
    let (mut answer, mut part) = (Vec::new(), [0; 1024]);
    while !answer.windows(end.len()).any(|window| window == end) {
        match stream.read(&mut part)? {
            0 => return Err(Failure::Refused(String::from_utf8_lossy(&answer).into_owned())),
            length => answer.extend_from_slice(&part[..length]),
        }
    }
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

/// Of the line with the least squares, per second.
fn slope(samples: &[(f64, f64)]) -> f64 {
    let count = samples.len().max(1) as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| samples.iter().map(of).sum::<f64>() / count;
    let (mid, level) = (mean(|sample| sample.0), mean(|sample| sample.1));
    let spread: f64 = samples.iter().map(|(time, _)| (time - mid).powi(2)).sum();
    let common: f64 = samples.iter().map(|(time, kib)| (time - mid) * (kib - level)).sum();
    if spread > 0.0 { common / spread } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slope_is_that_of_the_line() {
        let samples: Vec<_> =
            (0..10).map(|second| (f64::from(second), 7.0 + 3.0 * f64::from(second))).collect();
        assert!((slope(&samples) - 3.0).abs() < 1e-9);
        assert_eq!(slope(&[]), 0.0);
    }
}
