#!/usr/bin/env bash
# Makes the fixtures: real states, written by the `terraform` on PATH from the configurations in configs/.
#
# usage: make-fixtures.sh [OUT]      (OUT: the folder `fixtures` beside this script)
#
# Each folder of OUT that holds a `state-list.txt` is one case: beside it lie the state as Terraform wrote it and
# `show.json`. Ids, lineages and timestamps differ from run to run; files, addresses and values do not. Only the
# provider that is built into Terraform is used, so nothing is downloaded.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
out=${1:-$here/fixtures}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Nothing of the caller's Terraform settings may reach a state.
unset "${!TF_@}"
export TF_CLI_CONFIG_FILE=/dev/null TF_IN_AUTOMATION=1 CHECKPOINT_DISABLE=1

# start CONFIG [DIR]: a fresh copy of a configuration, initialised; DIR (default CONFIG) becomes the current directory.
start() {
  local dir=$work/${2:-$1}
  mkdir -p "$dir"
  cp -R "$here/configs/$1/." "$dir"
  cd "$dir"
  quietly terraform init -input=false
}

apply() {
  quietly terraform apply -input=false -auto-approve "$@"
}

# apply_failing ...: an apply that must fail, because what it leaves behind is the fixture.
apply_failing() {
  if terraform apply -input=false -auto-approve -no-color "$@" >"$work/log" 2>&1; then
    echo "make-fixtures: terraform apply was to fail in ${PWD#"$work"/}" >&2
    exit 1
  fi
}

# quietly COMMAND...: runs it; its output is shown only when it fails.
quietly() {
  if ! "$@" >"$work/log" 2>&1; then
    cat "$work/log" >&2
    echo "make-fixtures: failed in ${PWD#"$work"/}: $*" >&2
    exit 1
  fi
}

# keep [STATE]: puts a state (default terraform.tfstate) of the current directory into OUT, with what Terraform says
# of it. The workspace that holds the state must be the selected one, because `show` reads that.
keep() {
  local state=${1:-terraform.tfstate}
  local case_dir
  case_dir=$out/${PWD#"$work"/}/$(dirname "$state")
  mkdir -p "$case_dir"
  cp "$state" "$case_dir/"
  terraform state list -state="$state" >"$case_dir/state-list.txt"
  terraform show -json >"$case_dir/show.json"
}

# keep_file PATH: puts another file of the current directory into OUT.
keep_file() {
  local target=$out/${PWD#"$work"/}/$1
  mkdir -p "$(dirname "$target")"
  cp "$1" "$target"
}

addresses() {
  start addresses
  start addresses/upstream
  apply
  keep
  cd "$work/addresses"
  apply
  keep
}

values() {
  start values
  apply
  keep
}

sensitive() {
  start sensitive
  apply
  keep
  start sensitive/consumer
  apply
  keep
}

workspaces() {
  local workspace
  start workspaces
  apply
  keep
  for workspace in dev prod-eu; do
    quietly terraform workspace new "$workspace"
    apply
    keep "terraform.tfstate.d/$workspace/terraform.tfstate"
  done
  keep_file .terraform/environment
}

remote_state() {
  start remote_state/producer
  apply
  quietly terraform workspace new prod-eu
  apply
  keep terraform.tfstate.d/prod-eu/terraform.tfstate
  quietly terraform workspace select default

  start remote_state/consumer remote_state/stale_consumer
  apply
  keep

  cd "$work/remote_state/producer"
  apply -var release=2
  keep

  start remote_state/consumer
  apply
  keep
}

# An apply limited to one resource leaves the other checks `unknown`, with `"objects": null`.
checks() {
  start checks
  apply_failing
  keep
  start checks checks/targeted
  apply_failing -target=terraform_data.source
  keep
}

tainted_deposed() {
  start tainted_deposed
  apply
  apply_failing -var release=2 -var exit_code=1
  apply_failing -var release=3 -var exit_code=1
  keep
}

empty() {
  start empty
  apply
  quietly terraform destroy -input=false -auto-approve
  keep
}

backend_pointer() {
  start backend_pointer
  apply
  apply -var release=2
  keep state/network.tfstate
  keep_file state/network.tfstate.backup
  keep_file .terraform/terraform.tfstate
}

# A plan that replaces what another state reads, as a file and as JSON. The file tells where it was made nowhere.
plans() {
  start plans/network
  apply
  start plans/app
  apply
  keep
  cd "$work/plans/network"
  quietly terraform plan -input=false -var release=2 -var nodes=1 -out tfplan
  terraform show -json tfplan >plan.json
  keep
  keep_file tfplan
  keep_file plan.json
}

# Whoever reads a fixture must not learn, nor depend on, where it was made.
refuse_local_paths() {
  local path
  for path in "$work" "$here" "$out"; do
    if grep -rlF -- "$path" "$out"; then
      echo "make-fixtures: the files above hold the path $path" >&2
      exit 1
    fi
  done
}

mkdir -p "$out"
out=$(cd "$out" && pwd)
for fixture in addresses values sensitive workspaces remote_state checks tainted_deposed empty backend_pointer \
  plans; do
  rm -rf "${out:?}/$fixture"
  "$fixture"
done
refuse_local_paths
