//! What states are called.

use crate::place::{APP, NET, Place};

fn names(place: &Place, sources: &[&str]) -> String {
    let flags = sources.iter().flat_map(|source| ["-s", *source]);
    let sql = "SELECT name, workspace, source FROM states ORDER BY name";
    place.sgq(&flags.chain(["-o", "csv", sql]).collect::<Vec<_>>())
}

#[test]
fn a_state_is_called_by_its_path_and_a_lone_file_by_its_folder() {
    let place = Place::with_two_states().file("app/blue.tfstate", NET);
    insta::assert_snapshot!(names(&place, &["."]), @"
    name,workspace,source
    app,default,HERE
    app/blue,default,HERE
    net,default,HERE
    [exit 0]
    ");
    insta::assert_snapshot!(names(&place, &["app/terraform.tfstate"]), @"
    name,workspace,source
    app,default,terraform.tfstate
    [exit 0]
    ");
    insta::assert_snapshot!(names(&place, &["app/blue.tfstate"]), @"
    name,workspace,source
    blue,default,blue.tfstate
    [exit 0]
    ");
}

#[test]
fn the_path_tells_the_workspace() {
    let place = Place::with_two_states().file("app/terraform.tfstate.d/dev/terraform.tfstate", APP);
    insta::assert_snapshot!(names(&place, &["app"]), @"
    name,workspace,source
    app,default,app
    terraform.tfstate.d/dev,dev,app
    [exit 0]
    ");
    insta::assert_snapshot!(names(&place, &["app/terraform.tfstate.d/dev/terraform.tfstate"]), @"
    name,workspace,source
    dev,dev,terraform.tfstate
    [exit 0]
    ");
}

#[test]
fn names_are_unique_across_sources() {
    let place = Place::new()
        .file("one/x/app/terraform.tfstate", APP)
        .file("two/x/app/terraform.tfstate", APP)
        .file("two/x/app.tfstate", APP)
        .file("one/terraform.tfstate", APP)
        .file("two/terraform.tfstate", APP);
    insta::assert_snapshot!(names(&place, &["one/x", "two/x"]), @"
    name,workspace,source
    one/x/app,default,one/x
    two/x/app.tfstate,default,two/x
    two/x/app/terraform.tfstate,default,two/x
    [exit 0]
    ");
    insta::assert_snapshot!(names(&place, &["one/terraform.tfstate", "two/terraform.tfstate"]), @"
    name,workspace,source
    one/terraform.tfstate,default,one/terraform.tfstate
    two/terraform.tfstate,default,two/terraform.tfstate
    [exit 0]
    ");
    let sql = "SELECT count(*) AS states, count(DISTINCT name) AS names, count(DISTINCT id) AS ids FROM states";
    insta::assert_snapshot!(place.sgq(&["-s", "one", "-s", "two", "-o", "csv", sql]), @"
    states,names,ids
    5,5,5
    [exit 0]
    ");
}
