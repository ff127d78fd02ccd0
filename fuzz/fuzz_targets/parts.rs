//! Any bytes taken apart and put together again: what comes out is what went in.
//!
//! ```console
//! $ mkdir -p fuzz/corpus/parts
//! $ cargo +nightly fuzz run parts fuzz/corpus/parts fuzz/seeds/format -- -max_total_time=300
//! ```
//!
//! The rest is as in the target `format`.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../src/format/mod.rs"]
mod format;

fuzz_target!(|data: &[u8]| {
    let Ok(compact) = format::compact(data) else {
        assert!(format::Parts::of(data).is_none());
        return;
    };
    let pretty = format::pretty(&compact);
    assert_eq!(format::compact(pretty.as_bytes()).as_ref(), Ok(&compact));
    let Some(parts) = format::Parts::of(data) else {
        return;
    };
    assert!(parts.compose() == compact);
    for resource in &parts.resources {
        assert!(resource.key.to_string().contains('.'));
        for instance in &resource.instances {
            assert!(instance.key.to_string().contains('.'));
            instance.dependencies();
        }
    }
});
