//! Each rule of what overlaps and what does not.

use super::model::{State, Store};
use super::{Change, Delta, Known, PartKey, fingerprint, known};
use crate::format::{Parts, TopMember};

/// What a writer is told whose change came after another's, both made from the same version; `None` where
/// it was written.
fn refused(base: &State, first: &State, second: &State) -> Vec<String> {
    let mut store = Store::new(base);
    let version = store.newest();
    store
        .commit(version, &first.parts())
        .expect("nobody was before");
    match store.commit(version, &second.parts()) {
        Ok(()) => Vec::new(),
        Err(overlaps) => overlaps.iter().map(ToString::to_string).collect(),
    }
}

/// What is there when both were written.
fn merged(base: &State, first: &State, second: &State) -> Parts {
    let mut store = Store::new(base);
    let version = store.newest();
    for state in [first, second] {
        store
            .commit(version, &state.parts())
            .expect("they do not overlap");
    }
    store.parts()
}

fn addresses(parts: &Parts) -> Vec<String> {
    let objects = parts
        .resources
        .iter()
        .flat_map(|resource| &resource.instances);
    objects.map(|object| object.key.to_string()).collect()
}

fn state() -> State {
    State::default()
        .by("1.11.4")
        .with("aws_vpc.main", 0, &[])
        .with("aws_instance.web[0]", 0, &[])
}

const THERE: &str = "in version 7 by Ada at 1970-01-01T00:00:00Z";

#[test]
fn other_parts_do_not_overlap() {
    let base = state();
    let first = base
        .clone()
        .with("aws_instance.web[0]", 1, &[])
        .with_output("ip", 1);
    let second = base
        .clone()
        .with("aws_vpc.main", 1, &[])
        .with("aws_instance.web[1]", 1, &[]);
    let both = base
        .clone()
        .with("aws_instance.web[0]", 1, &[])
        .with_output("ip", 1)
        .with("aws_vpc.main", 1, &[])
        .with("aws_instance.web[1]", 1, &[]);
    assert_eq!(merged(&base, &first, &second), both.parts());
}

#[test]
fn the_same_part_changed_differently_overlaps() {
    let base = state().with_output("ip", 0);
    let first = base
        .clone()
        .with("aws_vpc.main", 1, &[])
        .with_output("ip", 1);
    let second = base
        .clone()
        .with("aws_vpc.main", 2, &[])
        .with_output("ip", 2);
    assert_eq!(
        refused(&base, &first, &second),
        [
            format!("output ip: changed here; changed {THERE}"),
            format!("aws_vpc.main: changed here; changed {THERE}"),
        ]
    );
    let gone = base.clone().without("aws_vpc.main");
    assert_eq!(
        refused(&base, &first, &gone),
        [format!("aws_vpc.main: removed here; changed {THERE}")]
    );
    assert_eq!(
        refused(&base, &gone, &second),
        [format!("aws_vpc.main: changed here; removed {THERE}")]
    );
}

#[test]
fn the_same_change_twice_does_not_overlap() {
    let base = state();
    let changed = base
        .clone()
        .with("aws_vpc.main", 1, &[])
        .without("aws_instance.web[0]")
        .with("aws_eip.ip", 1, &[]);
    assert_eq!(merged(&base, &changed, &changed), changed.parts());
}

#[test]
fn the_same_new_part_overlaps_where_it_holds_something_else() {
    let base = state();
    let [first, second] = [1, 2].map(|value| base.clone().with("aws_instance.web[1]", value, &[]));
    assert_eq!(
        refused(&base, &first, &second),
        [format!("aws_instance.web[1]: added here; added {THERE}")]
    );
}

#[test]
fn deposed_objects_are_parts_of_their_own() {
    let base = state();
    let first = base
        .clone()
        .with("aws_instance.web[0] deposed 1a2b3c4d", 0, &[]);
    let second = base.clone().with("aws_instance.web[0]", 1, &[]);
    assert_eq!(
        merged(&base, &first, &second),
        first.clone().with("aws_instance.web[0]", 1, &[]).parts()
    );
    let changed = first
        .clone()
        .with("aws_instance.web[0] deposed 1a2b3c4d", 1, &[]);
    let gone = first
        .clone()
        .without("aws_instance.web[0] deposed 1a2b3c4d");
    assert_eq!(
        refused(&first, &changed, &gone),
        [format!(
            "aws_instance.web[0] (deposed 1a2b3c4d): removed here; changed {THERE}"
        )]
    );
}

#[test]
fn what_someone_came_to_depend_on_cannot_be_removed() {
    let base = state();
    let dependent = base.clone().with("aws_eip.ip", 0, &["aws_vpc.main"]);
    let gone = base.clone().without("aws_vpc.main");
    assert_eq!(
        refused(&base, &dependent, &gone),
        [format!(
            "aws_vpc.main: removed here; aws_eip.ip, which depends on it, was added {THERE}"
        )]
    );
    assert_eq!(
        refused(&base, &gone, &dependent),
        [format!(
            "aws_eip.ip: added here; aws_vpc.main, which it depends on, was removed {THERE}"
        )]
    );
}

#[test]
fn dependencies_are_config_addresses() {
    let base = state()
        .with("module.a[\"x\"].aws_subnet.s[0]", 0, &[])
        .with("module.a[\"y\"].aws_subnet.s", 0, &[])
        .with("data.aws_ami.this", 0, &[]);
    for (gone, needed) in [
        ("module.a[\"x\"].aws_subnet.s[0]", "module.a.aws_subnet.s"),
        ("data.aws_ami.this", "data.aws_ami.this"),
        ("aws_instance.web[0]", "aws_instance.web"),
    ] {
        let dependent = base.clone().with("aws_eip.ip", 0, &[needed]);
        assert_eq!(
            refused(&base, &dependent, &base.clone().without(gone)),
            [format!(
                "{gone}: removed here; aws_eip.ip, which depends on it, was added {THERE}"
            )]
        );
    }
}

#[test]
fn nobody_depends_on_a_deposed_object() {
    let base = state().with("aws_vpc.main deposed 1a2b3c4d", 0, &[]);
    let dependent = base.clone().with("aws_eip.ip", 0, &["aws_vpc.main"]);
    let gone = base.clone().without("aws_vpc.main deposed 1a2b3c4d");
    let both = dependent.clone().without("aws_vpc.main deposed 1a2b3c4d");
    assert_eq!(merged(&base, &dependent, &gone), both.parts());
}

#[test]
fn what_both_removed_is_nobody_s_dependency() {
    let base = state().with("aws_eip.ip", 0, &["aws_vpc.main"]);
    let gone = base
        .clone()
        .without("aws_vpc.main")
        .with("aws_eip.ip", 0, &[]);
    let second = gone.clone().with("aws_instance.web[0]", 5, &[]);
    assert_eq!(merged(&base, &gone, &second), second.parts());
}

#[test]
fn the_entry_of_a_resource_is_a_part_of_its_own() {
    let base = state();
    let [first, second] =
        [1, 2].map(|provider| base.clone().with_provider("aws_instance.web", provider));
    assert_eq!(
        refused(&base, &first, &second),
        [format!(
            "resource aws_instance.web: changed here; changed {THERE}"
        )]
    );
    let object = base.clone().with("aws_instance.web[0]", 1, &[]);
    let both = object.clone().with_provider("aws_instance.web", 1);
    assert_eq!(merged(&base, &first, &object), both.parts());
}

#[test]
fn another_instance_overlaps_only_where_the_whole_resource_was_removed() {
    let base = state().with("aws_instance.web[1]", 0, &[]);
    let added = base.clone().with("aws_instance.web[2]", 0, &[]);
    let fewer = base.clone().without("aws_instance.web[1]");
    let none = fewer.clone().without("aws_instance.web[0]");
    let both = added.clone().without("aws_instance.web[1]");
    assert_eq!(merged(&base, &added, &fewer), both.parts());
    assert_eq!(
        refused(&base, &added, &none),
        [format!(
            "resource aws_instance.web: removed here; aws_instance.web[2] was added {THERE}"
        )]
    );
    assert_eq!(
        refused(&base, &none, &added),
        [format!(
            "aws_instance.web[2]: added here; resource aws_instance.web was removed {THERE}"
        )]
    );
}

#[test]
fn an_entry_goes_with_its_last_object() {
    let base = state().with("aws_instance.web[1]", 0, &[]);
    let first = base.clone().without("aws_instance.web[0]");
    let second = base.clone().without("aws_instance.web[1]");
    let both = first.clone().without("aws_instance.web[1]");
    assert_eq!(merged(&base, &first, &second), both.parts());
    let changed = first.clone().with_provider("aws_instance.web", 1);
    assert_eq!(merged(&base, &changed, &second), both.parts());
    assert_eq!(merged(&base, &second, &changed), both.parts());
}

#[test]
fn the_last_object_that_something_depends_on_stays() {
    let base =
        state()
            .with("aws_instance.web[1]", 0, &[])
            .with("aws_eip.ip", 0, &["aws_instance.web"]);
    let first = base.clone().without("aws_instance.web[0]");
    let second = base.clone().without("aws_instance.web[1]");
    assert_eq!(
        refused(&base, &first, &second),
        [format!(
            "aws_instance.web[1]: removed here; aws_eip.ip depends on its resource, whose \
             aws_instance.web[0] was removed {THERE}"
        )]
    );
    let freed = first.clone().with("aws_eip.ip", 1, &[]);
    for (one, other) in [(&freed, &second), (&second, &freed)] {
        assert_eq!(
            addresses(&merged(&base, one, other)),
            ["aws_eip.ip", "aws_vpc.main"]
        );
    }
    let more = first.with("aws_instance.web[2]", 0, &[]);
    let left = ["aws_eip.ip", "aws_instance.web[2]", "aws_vpc.main"];
    assert_eq!(addresses(&merged(&base, &more, &second)), left);
}

#[test]
fn the_newer_terraform_version_stays() {
    let base = state().by("1.9.0");
    for (first, second) in [
        ("1.10.0", "1.11.4"),
        ("1.11.4", "1.10.0"),
        ("1.11.4", "1.11.4"),
    ] {
        let merged = merged(&base, &base.clone().by(first), &base.clone().by(second));
        assert_eq!(merged, base.clone().by("1.11.4").parts());
    }
    let alone = merged(&base, &base, &base.clone().by("1.8.0"));
    assert_eq!(alone, base.clone().by("1.8.0").parts());
}

fn with_member(state: &State, name: &str, text: &str) -> Parts {
    let mut parts = state.parts();
    parts.top.insert(
        1,
        TopMember {
            name: name.to_owned(),
            text: text.to_owned(),
        },
    );
    parts
}

#[test]
fn other_members_of_the_document_overlap() {
    let base = state();
    let mut store = Store::new(&base);
    store
        .commit(1, &with_member(&base, "future", "1"))
        .expect("nobody was before");
    let overlaps = store
        .commit(1, &with_member(&base, "future", "2"))
        .expect_err("both added it");
    assert_eq!(
        overlaps[0].to_string(),
        format!("future: added here; added {THERE}")
    );
    store
        .commit(1, &with_member(&base, "other", "2"))
        .expect("it is another");
    let names: Vec<_> = store
        .parts()
        .top
        .into_iter()
        .map(|member| member.name)
        .collect();
    assert_eq!(
        names,
        [
            "version",
            "other",
            "future",
            "terraform_version",
            "outputs",
            "resources",
            "check_results"
        ]
    );
}

#[test]
fn serial_and_lineage_are_no_parts() {
    let base = with_member(&state(), "serial", "1");
    let mut next = with_member(&state(), "serial", "2");
    next.top.push(TopMember {
        name: "lineage".to_owned(),
        text: "\"x\"".to_owned(),
    });
    assert!(Delta::between(&known(&base), &next).is_empty());
    let mut old = known(&base);
    old.push(Known {
        key: PartKey::Top("serial".to_owned()),
        fingerprint: fingerprint(&["1"]),
        position: None,
    });
    assert!(Delta::between(&old, &next).is_empty());
}

#[test]
fn positions_alone_do_not_overlap() {
    let base = state()
        .with("aws_instance.web[1]", 0, &[])
        .with("aws_instance.web[2]", 0, &[]);
    let mut turned = base.parts();
    turned.resources[0].instances.rotate_left(1);
    let delta = Delta::between(&known(&base.parts()), &turned);
    let moved: Vec<String> = delta
        .moves
        .iter()
        .map(|moved| moved.key.to_string())
        .collect();
    assert_eq!(
        (moved, delta.puts.len()),
        (vec!["aws_instance.web[0]".to_owned()], 0)
    );
    let mut store = Store::new(&base);
    let mut other = base.parts();
    other.resources[0].instances.swap(0, 1);
    store.commit(1, &turned).expect("nobody was before");
    store.commit(1, &other).expect("the order is nobody's");
    assert_eq!(store.parts().resources[0].instances.len(), 3);
}

#[test]
fn little_is_written_for_a_small_change() {
    let base = (0..200).fold(state(), |state, index| {
        state.with(&format!("aws_instance.web[{index}]"), 0, &[])
    });
    let now = base
        .clone()
        .without("aws_instance.web[7]")
        .with("aws_instance.web[300]", 1, &[])
        .with_output("a", 1);
    let delta = Delta::between(&known(&base.parts()), &now.parts());
    let puts: Vec<_> = delta
        .puts
        .iter()
        .map(|put| (put.key.to_string(), put.change()))
        .collect();
    assert_eq!(
        puts,
        [
            ("output a".to_owned(), Change::Added),
            ("aws_instance.web[300]".to_owned(), Change::Added)
        ]
    );
    assert_eq!((delta.removals.len(), delta.moves.len()), (1, 0));
}
