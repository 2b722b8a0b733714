//! The bytes of a connection that is a WebSocket: TCP, or in simulations a pipe.

use std::net::Shutdown;
use tokio::net::TcpStream;

#[cfg(feature = "simulation")]
pub(crate) use crate::simulation::Stream;
#[cfg(not(feature = "simulation"))]
pub(crate) use tokio::net::TcpStream as Stream;

#[cfg(feature = "simulation")]
pub(crate) fn of_tcp(stream: TcpStream) -> Stream {
    Stream::Tcp(stream)
}

#[cfg(not(feature = "simulation"))]
pub(crate) fn of_tcp(stream: TcpStream) -> Stream {
    stream
}

/// Ends a stream in the given directions; a reader that waits then sees the end.
pub(crate) fn shutdown(stream: &Stream, how: Shutdown) {
    #[cfg(feature = "simulation")]
    let stream = match stream {
        Stream::Tcp(stream) => stream,
        Stream::Pipe(pipe) => return pipe.shutdown(how),
    };
    let _ = socket2::SockRef::from(stream).shutdown(how);
}
