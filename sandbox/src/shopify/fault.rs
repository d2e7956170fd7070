//! Faults on demand: each is armed once, hits the next call it fits, and is gone.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde::Deserialize;
use tokio::sync::watch;

use super::lock;

/// What goes wrong with an API call.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// Executed; the connection is reset instead of an answer.
    ReplyLost,
    /// Executed; answered with 502 and HTML.
    BadGatewayAfter,
    /// Executed; answered with 504 and HTML.
    GatewayTimeoutAfter,
    /// The connection is reset, nothing is executed.
    ResetBefore,
    /// Answered after this many milliseconds.
    SlowMs(u64),
    /// `THROTTLED` with HTTP 200, as if the bucket were empty.
    Throttled,
    /// HTTP 429 with `Retry-After: 2.0`.
    TooManyRequests,
    /// HTTP 500 with a JSON body.
    InternalError,
    /// HTTP 503 with an HTML body.
    Unavailable,
    /// HTTP 401, although the token is good.
    Unauthorized,
    /// HTTP 402: the shop is frozen.
    Frozen,
    /// Executed; the value at this dotted path of `data` becomes null and an INTERNAL_SERVER_ERROR is reported there.
    PartialErrors(String),
    /// The mutation is not executed; its payload is these messages as `userErrors`.
    UserErrors(Vec<String>),
}

struct Armed {
    on: Option<String>,
    what: What,
    times: u32,
}

#[derive(Clone)]
enum What {
    Fault(Fault),
    Park(When, Gate),
}

/// Where a parked call waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    BeforeExecution,
    AfterExecution,
}

/// What a call meets, in the order it meets it.
#[derive(Clone, Default)]
pub(crate) struct Met {
    pub(crate) before: Option<Gate>,
    pub(crate) after: Option<Gate>,
    pub(crate) fault: Option<Fault>,
}

/// All armed faults.
#[derive(Default)]
pub(crate) struct Faults(Mutex<Vec<Armed>>);

impl Faults {
    /// `on` is an operation name, a root field or `token`; `None` fits every call.
    pub(crate) fn arm(&self, on: Option<&str>, fault: Fault, times: u32) {
        self.push(on, What::Fault(fault), times);
    }

    pub(crate) fn park(&self, on: Option<&str>, when: When) -> Gate {
        let gate = Gate(Arc::new(watch::channel(Place::default()).0));
        self.push(on, What::Park(when, gate.clone()), 1);
        gate
    }

    fn push(&self, on: Option<&str>, what: What, times: u32) {
        lock(&self.0).push(Armed {
            on: on.map(str::to_owned),
            what,
            times,
        });
    }

    pub(crate) fn clear(&self) {
        lock(&self.0).clear();
    }

    /// Takes what is armed for a call with these names: at most one fault and one gate on each side.
    pub(crate) fn meet(&self, names: &[&str]) -> Met {
        let mut met = Met::default();
        let mut armed = lock(&self.0);
        for it in armed.iter_mut().filter(|it| it.fits(names)) {
            let free = match &it.what {
                What::Fault(fault) => fill(&mut met.fault, fault),
                What::Park(When::BeforeExecution, gate) => fill(&mut met.before, gate),
                What::Park(When::AfterExecution, gate) => fill(&mut met.after, gate),
            };
            it.times -= u32::from(free);
        }
        armed.retain(|it| it.times > 0);
        met
    }
}

fn fill<T: Clone>(place: &mut Option<T>, with: &T) -> bool {
    let free = place.is_none();
    if free {
        *place = Some(with.clone());
    }
    free
}

impl Armed {
    fn fits(&self, names: &[&str]) -> bool {
        self.times > 0
            && match &self.on {
                // A fault for any call means any GraphQL call; the token endpoint must be named.
                None => !names.contains(&super::TOKEN),
                Some(on) => names.contains(&on.as_str()),
            }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Place {
    arrived: bool,
    open: bool,
}

/// Holds one call until it is let go.
#[derive(Clone, Debug)]
pub struct Gate(Arc<watch::Sender<Place>>);

impl Gate {
    /// Waits until the call is here. `false` when it did not come in time.
    pub async fn arrived(&self, deadline: Duration) -> bool {
        let mut place = self.0.subscribe();
        let arrived = place.wait_for(|place| place.arrived);
        tokio::time::timeout(deadline, arrived).await.is_ok()
    }

    /// Lets the call go on. Harmless when repeated, or done before the call came.
    pub fn release(&self) {
        self.0.send_modify(|place| place.open = true);
    }

    pub(crate) fn is_here(&self) -> bool {
        self.0.borrow().arrived
    }

    pub(crate) async fn wait(&self) {
        let mut place = self.0.subscribe();
        self.0.send_modify(|place| place.arrived = true);
        // The sender lives in `self`, so the wait cannot fail.
        let _ = place.wait_for(|place| place.open).await;
    }
}
