//! Any bytes through what is written for speed and through its plain twins: both must say the same.
//!
//! ```console
//! $ mkdir -p fuzz/corpus/twins
//! $ cargo +nightly fuzz run twins fuzz/corpus/twins fuzz/seeds/format -- -max_total_time=600
//! ```
//!
//! The rest is as in the target `format`.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../src/format/mod.rs"]
mod format;

fuzz_target!(|data: &[u8]| {
    format::compare(data);
    lazily_as_at_once(data);
});

/// A state whose values are parsed when they are asked for is the one that is parsed at once, unless a
/// value is damaged.
fn lazily_as_at_once(data: &[u8]) {
    let mut skim = format::Skim::default();
    let Ok(format::Document::State(lazy)) = format::read_lazily(data, &mut skim) else {
        assert!(!matches!(format::read(data), Ok(format::Document::State(_))));
        return;
    };
    let redaction = format::Redaction::hiding(format::SecretNames::default());
    let shown = |state: &format::State<'_>| {
        let redacted = redaction.of(state);
        let rows = state.resources.iter().flat_map(|resource| {
            resource.instances.iter().map(|instance| {
                let address = resource.instance_address(instance).to_string();
                let dependencies = instance.dependencies();
                let attributes = redacted.attributes(resource, instance);
                let identity = redacted.identity(instance);
                let paths = redacted.sensitive_paths(instance);
                (address, dependencies, attributes, identity, paths)
            })
        });
        let rows: Vec<_> = rows.collect();
        let outputs: Vec<_> = redacted
            .outputs()
            .map(|output| (output.name.to_owned(), output.value))
            .collect();
        (rows, outputs)
    };
    let Ok(format::Document::State(whole)) = format::read(data) else {
        return;
    };
    let (lazy, whole) = (shown(&lazy), shown(&whole));
    assert_eq!(lazy, whole);
}
