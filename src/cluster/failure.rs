//! Errors on their way between machines: packed into the message of a failed task, rebuilt at the client.
//!
//! Ballista carries nothing but text, and prints errors in their debug form. What we pack has no character that such
//! printing changes.

use ballista_core::error::BallistaError;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use datafusion::error::DataFusionError;

use crate::error::{Error, Kind};

/// Where a packed error begins in a message.
const MARK: &str = "gravimeter-error:";

/// Packs an error.
pub(super) fn pack(error: &Error) -> String {
    let json = serde_json::to_vec(error).unwrap_or_default();
    format!("{MARK}{};", URL_SAFE_NO_PAD.encode(json))
}

/// Finds the packed error in a message.
pub(super) fn unpack(text: &str) -> Option<Error> {
    let (_, rest) = text.split_once(MARK)?;
    let (packed, _) = rest.split_once(';')?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(packed).ok()?).ok()
}

/// Packs what made a task fail; what Ballista repeats by itself stays as it is.
pub(super) fn packed(error: DataFusionError) -> DataFusionError {
    if let Some(own) = Error::within(&error) {
        return DataFusionError::Execution(pack(&own));
    }
    let told = match error.find_root() {
        DataFusionError::IoError(_) => None,
        DataFusionError::External(inner) => match inner.downcast_ref() {
            Some(ballista) => told(ballista),
            None => Some(Error::runtime(inner.to_string())),
        },
        _ => return DataFusionError::Execution(pack(&Error::from(error))),
    };
    told.map_or(error, |told| DataFusionError::Execution(pack(&told)))
}

/// Returns what an error of Ballista says of the task itself; output that cannot be fetched is made anew instead.
fn told(error: &BallistaError) -> Option<Error> {
    match error {
        BallistaError::DataFusionError(inner) => Error::within(inner.as_ref()).or_else(|| match inner.find_root() {
            DataFusionError::IoError(_) => None,
            DataFusionError::External(inner) => inner.downcast_ref().and_then(told),
            root => Some(Error::runtime(root.strip_backtrace())),
        }),
        BallistaError::ArrowError(inner) => Some(Error::runtime(inner.to_string())),
        BallistaError::General(text) | BallistaError::Internal(text) | BallistaError::NotImplemented(text) => {
            Some(Error::runtime(text))
        }
        _ => None,
    }
}

/// Understands why a job failed.
pub(super) fn of_job(error: &DataFusionError) -> Error {
    let text = error.strip_backtrace();
    if let Some(packed) = unpack(&text) {
        return packed;
    }
    if text.contains("runtime execution error") {
        return Error::runtime(format!("a task failed on the cluster: {text}"));
    }
    lost(&text)
}

/// How the message of a cluster that broke begins.
const LOST: &str = "an executor of the cluster was lost, or the scheduler";

/// Builds the error of a cluster that broke.
pub(super) fn lost(reason: &str) -> Error {
    let reason = reason.lines().next().unwrap_or("").trim();
    Error::new(Kind::Transient, format!("{LOST}: {reason}"))
        .hint("run the command again; the cluster's own messages say more")
        .hint("without the option --cluster this machine does all the work")
}

/// Tells whether it was the cluster that broke, and not what a task found: then another try may succeed at once.
pub(super) fn is_lost(error: &Error) -> bool {
    error.kind() == Kind::Transient && error.to_string().starts_with(LOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_survive_the_way() {
        let error = Error::changed("s3://b/\"odd\" name;\n").hint("second \\ hint");
        let on_its_way = packed(DataFusionError::from(error.clone()));
        let shown = format!(
            "Job x failed: Task failed due to runtime execution error: {:?}",
            BallistaError::DataFusionError(Box::new(on_its_way))
        );
        let arrived = of_job(&DataFusionError::Execution(shown));
        assert_eq!((arrived.kind(), arrived.to_string()), (error.kind(), error.to_string()));
        assert_eq!(arrived.hints(), error.hints());
    }

    #[test]
    fn errors_of_the_engine_keep_their_kind() {
        let kind = |error| of_job(&DataFusionError::Execution(format!("{:?}", packed(error)))).kind();
        assert_eq!(kind(DataFusionError::Plan("no such column".to_owned())), Kind::Usage);
        assert_eq!(kind(DataFusionError::ResourcesExhausted("x".to_owned())), Kind::Runtime);
        let divided = BallistaError::ArrowError(Box::new(arrow::error::ArrowError::DivideByZero));
        let arrived = packed(DataFusionError::External(Box::new(divided)));
        assert_eq!(of_job(&arrived).to_string(), "Divide by zero error");
        let wrapped = BallistaError::DataFusionError(Box::new(Error::incomplete("half").into()));
        assert_eq!(kind(DataFusionError::External(Box::new(wrapped))), Kind::Incomplete);
    }

    #[test]
    fn what_ballista_repeats_stays_as_it_is() {
        let fetch = BallistaError::FetchFailed("e".to_owned(), 1, 2, "gone".to_owned());
        let kept = packed(DataFusionError::External(Box::new(fetch)));
        assert!(matches!(kept, DataFusionError::External(inner) if inner.is::<BallistaError>()));
        assert!(is_lost(&lost("Stream closed\nmore")));
        assert!(!is_lost(&Error::new(Kind::Transient, "S3 does not answer")));
    }
}
