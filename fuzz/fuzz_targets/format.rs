//! Any bytes as a document: it may be refused, but nothing may panic, hang or take all memory.
//!
//! The format layer is compiled by itself, without the query engine, so a build takes a minute.
//!
//! ```console
//! $ cargo install cargo-fuzz
//! $ mkdir -p fuzz/corpus/format
//! $ cargo +nightly fuzz run format fuzz/corpus/format fuzz/seeds/format -- -max_total_time=300
//! ```
//!
//! Finds are kept in `fuzz/corpus/format`; `fuzz/seeds/format` holds a small document of each kind.
//! An input that fails is written to `fuzz/artifacts/format`: make it a test of the format's own
//! before mending it. Without a nightly compiler, `RUSTC_BOOTSTRAP=1` in the environment lets a
//! stable one take the sanitizer's flags: `RUSTC_BOOTSTRAP=1 cargo fuzz run format …`.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../src/format/mod.rs"]
mod format;

fuzz_target!(|data: &[u8]| {
    let redaction = format::Redaction::hiding(format::SecretNames::default());
    if let Ok(archive) = format::PlanArchive::open(data, 1 << 20) {
        if let Ok(plan) = archive.plan() {
            plan.shown(&redaction);
        }
        archive.providers();
        archive.modules();
    }
    let state = match format::read(data) {
        Ok(format::Document::State(state)) => state,
        Ok(format::Document::Plan(plan)) => {
            plan.shown(&redaction);
            return;
        }
        _ => return,
    };
    let redacted = redaction.of(&state);
    for resource in &state.resources {
        for instance in &resource.instances {
            let address = resource.instance_address(instance).to_string();
            assert!(address.contains('.'));
            instance.dependencies();
            redacted.attributes(resource, instance);
            redacted.identity(instance);
            redacted.sensitive_paths(instance);
        }
    }
    for output in redacted.outputs() {
        assert!(!output.sensitive || output.value.is_null() || output.value == format::HIDDEN);
    }
    redacted.checks().count();
});
