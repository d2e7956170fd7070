//! Serves a router over HTTP/1 with deadlines, a cap on connections, and an orderly end.
//!
//! `axum::serve` has no deadline for a half-sent header, and hyper's own also runs while a connection is idle;
//! here a header has its deadline from its first byte, and an idle connection its own.

use std::convert::Infallible;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

/// About the most bytes of a request's head: what has come is looked at before more is read.
const HEAD_LIMIT: usize = 64 << 10;

/// What a listener allows its clients.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Connections at once; further ones wait to be accepted.
    pub connections: usize,
    /// From the first byte of a request's head to its last.
    pub header: Duration,
    /// Without a request.
    pub idle: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 512,
            header: Duration::from_secs(10),
            idle: Duration::from_secs(30),
        }
    }
}

/// Serves until `stop` is cancelled, and returns when every request in flight has been answered.
pub async fn serve(listener: TcpListener, router: Router, stop: CancellationToken, limits: Limits) {
    let free = Arc::new(Semaphore::new(limits.connections));
    let connections = TaskTracker::new();
    while let Some((stream, permit)) = accept(&listener, &free, &stop).await {
        connections.spawn(connection(
            stream,
            router.clone(),
            stop.clone(),
            limits,
            permit,
        ));
    }
    drop(listener);
    connections.close();
    connections.wait().await;
}

async fn accept(
    listener: &TcpListener,
    free: &Arc<Semaphore>,
    stop: &CancellationToken,
) -> Option<(TcpStream, OwnedSemaphorePermit)> {
    let next = async {
        let permit = Arc::clone(free).acquire_owned().await.ok()?;
        loop {
            match listener.accept().await {
                Ok((stream, _)) => return Some((stream, permit)),
                Err(error) => {
                    // Out of file descriptors, or a client that left: neither ends the service.
                    tracing::warn!(%error, "a connection could not be accepted");
                    sleep(Duration::from_millis(50)).await;
                }
            }
        }
    };
    tokio::select! {
        biased;
        () = stop.cancelled() => None,
        accepted = next => accepted,
    }
}

async fn connection(
    stream: TcpStream,
    router: Router,
    stop: CancellationToken,
    limits: Limits,
    _permit: OwnedSemaphorePermit,
) {
    // Answers are small and must not wait for more.
    let _ = stream.set_nodelay(true);
    let (clock, mut deadline) = Clock::new(limits.header);
    let io = TokioIo::new(Timed {
        stream,
        clock: clock.clone(),
    });
    let service = service_fn(move |request| respond(router.clone(), request, clock.clone()));
    let mut builder = auto::Builder::new(TokioExecutor::new()).http1_only();
    builder
        .http1()
        .timer(TokioTimer::new())
        .max_buf_size(HEAD_LIMIT)
        .header_read_timeout(limits.idle);
    let mut serving = pin!(builder.serve_connection(io, service));
    let mut stopping = false;
    loop {
        tokio::select! {
            // An error is the client's: it left, or did not speak HTTP.
            _ = serving.as_mut() => return,
            () = passed(&mut deadline) => return,
            () = stop.cancelled(), if !stopping => {
                stopping = true;
                serving.as_mut().graceful_shutdown();
            }
        }
    }
}

async fn respond(
    router: Router,
    request: Request<Incoming>,
    clock: Clock,
) -> Result<Response, Infallible> {
    clock.head_is_read();
    let response = router.oneshot(request.map(Body::new)).await;
    clock.request_is_answered();
    response
}

/// Waits until the deadline, if there is one, has passed.
async fn passed(deadline: &mut watch::Receiver<Option<Instant>>) {
    loop {
        let at = *deadline.borrow_and_update();
        let changed = match at {
            Some(at) => tokio::select! {
                () = sleep_until(at) => return,
                changed = deadline.changed() => changed,
            },
            None => deadline.changed().await,
        };
        if changed.is_err() {
            // The connection is at its end by itself.
            std::future::pending::<()>().await;
        }
    }
}

/// Knows whether a head is being read, and until when it may be.
#[derive(Debug, Clone)]
struct Clock {
    in_request: Arc<AtomicBool>,
    deadline: watch::Sender<Option<Instant>>,
    allowed: Duration,
}

impl Clock {
    fn new(allowed: Duration) -> (Self, watch::Receiver<Option<Instant>>) {
        let (deadline, receiver) = watch::channel(None);
        let clock = Self {
            in_request: Arc::default(),
            deadline,
            allowed,
        };
        (clock, receiver)
    }

    fn bytes_came(&self) {
        if !self.in_request.load(Ordering::Relaxed) {
            self.deadline.send_if_modified(|deadline| {
                let first = deadline.is_none();
                deadline.get_or_insert_with(|| Instant::now() + self.allowed);
                first
            });
        }
    }

    fn head_is_read(&self) {
        self.in_request.store(true, Ordering::Relaxed);
        self.deadline.send_replace(None);
    }

    fn request_is_answered(&self) {
        self.in_request.store(false, Ordering::Relaxed);
    }
}

/// A stream that tells its clock when bytes come.
#[derive(Debug)]
struct Timed {
    stream: TcpStream,
    clock: Clock,
}

impl AsyncRead for Timed {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        if buffer.filled().len() > before {
            self.clock.bytes_came();
        }
        polled
    }
}

impl AsyncWrite for Timed {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
