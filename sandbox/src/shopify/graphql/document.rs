//! Documents, each validated once: a client sends the same few texts over and over, and to validate one costs
//! more than to run it.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

use apollo_compiler::ExecutableDocument;
use apollo_compiler::validation::Valid;
use serde_json::Value;

use super::{VENDOR, diagnostics};
use crate::shopify::lock;

/// More texts than any client has; then all are forgotten.
const KEPT: usize = 1_000;

type Documents = HashMap<String, Arc<Valid<ExecutableDocument>>>;

static VALID: LazyLock<Mutex<Documents>> = LazyLock::new(Mutex::default);

/// The valid document of this text, or the answer's `errors`, which are found anew each time.
pub(super) fn document(text: &str) -> Result<Arc<Valid<ExecutableDocument>>, Vec<Value>> {
    if let Some(known) = lock(&VALID).get(text) {
        return Ok(Arc::clone(known));
    }
    let document = ExecutableDocument::parse_and_validate(&VENDOR.schema, text, "query.graphql")
        .map_err(|invalid| diagnostics(&invalid.errors))?;
    let document = Arc::new(document);
    let mut valid = lock(&VALID);
    if valid.len() == KEPT {
        valid.clear();
    }
    valid.insert(text.to_owned(), Arc::clone(&document));
    Ok(document)
}
