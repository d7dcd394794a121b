//! A request that is whole only when its sender says so: all bytes but the last one go out, then the last one is held
//! until it is written down that the message counts as sent.
//!
//! A process that dies before that has sent no whole request, and one that dies after it does not send it again.

use std::{
    fmt, io,
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tokio::{sync::oneshot, time::timeout};

use crate::error::{Error, Result};

/// The last byte is still held.
const HELD: u8 = 0;
/// The last byte was handed out.
const GIVEN: u8 = 1;
/// The last byte will never be handed out.
const KEPT: u8 = 2;

/// The body of a request, of known length, that asks before it hands out its last byte.
#[derive(Debug)]
pub(super) struct HeldBody {
    head: Option<Bytes>,
    last: Option<Bytes>,
    ask: Option<oneshot::Sender<()>>,
    go: oneshot::Receiver<()>,
    state: Arc<AtomicU8>,
}

/// What decides about the last byte of a body.
#[derive(Debug)]
pub(super) struct Gate {
    asked: oneshot::Receiver<()>,
    go: oneshot::Sender<()>,
    state: Arc<AtomicU8>,
}

/// Makes the body once its bytes are known.
#[derive(Debug)]
pub(super) struct Holder {
    ask: oneshot::Sender<()>,
    go: oneshot::Receiver<()>,
    state: Arc<AtomicU8>,
}

/// Returns what makes a body, and what decides about its last byte.
pub(super) fn hold() -> (Holder, Gate) {
    let (ask, asked) = oneshot::channel();
    let (go, gone) = oneshot::channel();
    let state = Arc::new(AtomicU8::new(HELD));
    (Holder { ask, go: gone, state: Arc::clone(&state) }, Gate { asked, go, state })
}

impl Holder {
    /// Returns the body.
    pub(super) fn body(self, mut bytes: Bytes) -> HeldBody {
        let last = bytes.split_off(bytes.len().saturating_sub(1));
        let head = Some(bytes).filter(|head| !head.is_empty());
        HeldBody { head, last: Some(last), ask: Some(self.ask), go: self.go, state: self.state }
    }
}

impl http_body::Body for HeldBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if let Some(head) = self.head.take() {
            return Poll::Ready(Some(Ok(Frame::data(head))));
        }
        if self.last.is_none() {
            return Poll::Ready(None);
        }
        if let Some(ask) = self.ask.take() {
            // Whoever no longer waits for it has dropped the other channel too.
            let _ = ask.send(());
        }
        let may_go = ready!(Pin::new(&mut self.go).poll(context)).is_ok()
            && self.state.compare_exchange(HELD, GIVEN, Ordering::SeqCst, Ordering::SeqCst).is_ok();
        if may_go {
            Poll::Ready(self.last.take().map(|last| Ok(Frame::data(last))))
        } else {
            Poll::Ready(Some(Err(io::Error::other("the request was called off"))))
        }
    }

    fn is_end_stream(&self) -> bool {
        self.last.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        let left = [&self.head, &self.last].into_iter().flatten().map(Bytes::len).sum::<usize>();
        SizeHint::with_exact(left as u64)
    }
}

/// How a request went.
pub(super) enum Exchange<T> {
    /// The call came to its end; `whole` says whether the whole request was on its way.
    Ended {
        /// What the call returned.
        result: T,
        /// The whole request was on its way.
        whole: bool,
    },
    /// Nothing came in time.
    Silent {
        /// The whole request was on its way.
        whole: bool,
    },
    /// It could not be written down that the message counts as sent, so it was not.
    Unmarked(Error),
}

impl<T> fmt::Debug for Exchange<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ended { whole, .. } => write!(f, "Ended {{ whole: {whole} }}"),
            Self::Silent { whole } => write!(f, "Silent {{ whole: {whole} }}"),
            Self::Unmarked(error) => write!(f, "Unmarked({error:?})"),
        }
    }
}

/// How long is waited.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// For everything but the last byte to be sent.
    pub sending: Duration,
    /// For the answer after that.
    pub answering: Duration,
}

/// Makes a call that sends a held body, with `mark` before the last byte.
pub(super) async fn exchange<T>(
    call: impl Future<Output = T>,
    gate: Gate,
    patience: Patience,
    mark: &impl AsyncFn() -> Result<()>,
) -> Exchange<T> {
    let Gate { asked, go, state } = gate;
    // Returns whether the last byte is out; keeps it for good where it is not.
    let whole = || state.compare_exchange(HELD, KEPT, Ordering::SeqCst, Ordering::SeqCst).is_err();
    let mut call = pin!(call);
    let sent = async {
        tokio::select! {
            biased;
            result = &mut call => Some(result),
            Ok(()) = asked => None,
        }
    };
    match timeout(patience.sending, sent).await {
        Ok(Some(result)) => return Exchange::Ended { result, whole: whole() },
        Ok(None) => {}
        Err(_) => return Exchange::Silent { whole: whole() },
    }
    if let Err(error) = mark().await {
        return Exchange::Unmarked(error);
    }
    // The connection may have gone meanwhile: then nobody takes the last byte.
    let _ = go.send(());
    match timeout(patience.answering, call).await {
        Ok(result) => Exchange::Ended { result, whole: whole() },
        Err(_) => Exchange::Silent { whole: whole() },
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use http_body::Body;
    use http_body_util::BodyExt;

    use super::*;

    const PATIENCE: Patience = Patience { sending: Duration::from_mins(1), answering: Duration::from_mins(1) };

    fn hello() -> (HeldBody, Gate) {
        let (holder, gate) = hold();
        (holder.body(Bytes::from_static(b"hello")), gate)
    }

    #[tokio::test]
    async fn the_last_byte_waits_for_the_mark() {
        let (mut body, gate) = hello();
        assert_eq!(body.size_hint().exact(), Some(5));
        let marked = Cell::new(false);
        let call = async {
            let head = body.frame().await.unwrap().unwrap().into_data().unwrap();
            assert_eq!((&head[..], marked.get(), body.is_end_stream()), (&b"hell"[..], false, false));
            let last = body.frame().await.unwrap().unwrap().into_data().unwrap();
            assert_eq!((&last[..], marked.get(), body.is_end_stream()), (&b"o"[..], true, true));
            assert!(body.frame().await.is_none());
        };
        let mark = async || {
            marked.set(true);
            Ok(())
        };
        assert!(matches!(exchange(call, gate, PATIENCE, &mark).await, Exchange::Ended { whole: true, .. }));
    }

    #[tokio::test]
    async fn nothing_is_whole_without_the_mark() {
        let (mut body, gate) = hello();
        let call = async {
            body.frame().await.unwrap().unwrap();
            body.frame().await
        };
        let mark = async || Err(Error::runtime("disk full"));
        assert!(matches!(exchange(call, gate, PATIENCE, &mark).await, Exchange::Unmarked(_)));
        assert!(body.frame().await.unwrap().is_err());
    }

    #[tokio::test]
    async fn a_call_that_ends_early_was_not_whole() {
        let (mut body, gate) = hello();
        let mark = async || panic!("nothing was asked for");
        let ended = exchange(async { body.frame().await }, gate, PATIENCE, &mark).await;
        assert!(matches!(ended, Exchange::Ended { whole: false, .. }));
        assert!(body.frame().await.unwrap().is_err());
    }

    #[tokio::test]
    async fn whoever_is_late_gets_nothing_more() {
        let (mut body, gate) = hello();
        let mark = async || Ok(());
        // Asks for the last byte and goes away before it comes, as a broken connection does.
        let call = async {
            body.frame().await.unwrap().unwrap();
            assert!(futures::poll!(body.frame()).is_pending());
            std::future::pending::<()>().await;
        };
        let patience = Patience { answering: Duration::from_millis(1), ..PATIENCE };
        assert!(matches!(exchange(call, gate, patience, &mark).await, Exchange::Silent { whole: false }));
        assert!(body.frame().await.unwrap().is_err());
    }
}
