//! Returns over the control API: each act is `POST /_sandbox/orders/{id}/{act}`.

use std::sync::Arc;

use serde::Deserialize;

use super::acts::Acts;
use super::{Order, ProcessUnits, Processing, Refusal, Returning};

#[derive(Default, Deserialize)]
#[serde(default)]
struct Which {
    #[serde(rename = "return")]
    id: u64,
    reason: Option<String>,
    note: String,
    processing: Processing,
    units: ProcessUnits,
}

/// Does an act, if this is one of returns.
pub(super) fn done(
    acts: &Acts,
    order: u64,
    act: &str,
    body: &[u8],
) -> serde_json::Result<Option<Result<Arc<Order>, Refusal>>> {
    let which = || serde_json::from_slice::<Which>(body);
    let returning = || serde_json::from_slice::<Returning>(body);
    Ok(Some(match act {
        "request_return" => acts.request_return(order, &returning()?).map(|it| it.0),
        "open_return" => acts.open_return(order, &returning()?).map(|it| it.0),
        "approve_return" => acts.approve_return(order, which()?.id),
        "decline_return" => {
            let which = which()?;
            let reason = which.reason.as_deref().unwrap_or("OTHER");
            acts.decline_return(order, which.id, reason, &which.note)
        }
        "cancel_return" => acts.cancel_return(order, which()?.id),
        "close_return" => acts.close_return(order, which()?.id),
        "reopen_return" => acts.reopen_return(order, which()?.id),
        "process_return" => {
            let which = which()?;
            let done = acts.process_return(order, which.id, &which.processing);
            done.map(|it| it.0)
        }
        "dispose" => {
            let which = which()?;
            acts.dispose(order, which.id, &which.units)
        }
        _ => return Ok(None),
    }))
}
