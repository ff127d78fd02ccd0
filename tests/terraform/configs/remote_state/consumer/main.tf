# Every way to name the local state of another configuration.

data "terraform_remote_state" "network" {
  backend = "local"
  config  = { path = "../producer/terraform.tfstate" }
}

data "terraform_remote_state" "network_prod" {
  backend   = "local"
  workspace = "prod-eu"
  config    = { workspace_dir = "../producer/terraform.tfstate.d" }
}

data "terraform_remote_state" "network_default" {
  backend   = "local"
  workspace = "default"
  config    = { path = "../producer/terraform.tfstate" }
}

data "terraform_remote_state" "with_defaults" {
  backend = "local"
  config  = { path = "../producer/terraform.tfstate" }

  defaults = {
    missing = "from defaults"
    cidr    = "overridden by the state"
    nested  = { list = [1, 2], empty = {} }
  }
}

data "terraform_remote_state" "each" {
  for_each  = toset(["default", "prod-eu"])
  backend   = "local"
  workspace = each.key

  config = {
    path          = "../producer/terraform.tfstate"
    workspace_dir = "../producer/terraform.tfstate.d"
  }
}

# The state says `_local` here, another name of the same backend.
data "terraform_remote_state" "underscored" {
  backend = "_local"
  config  = { path = "../producer/terraform.tfstate" }
}

module "reader" {
  source = "./modules/reader"
}

resource "terraform_data" "subnet" {
  input = {
    network = data.terraform_remote_state.network.outputs.network_id
    zone    = data.terraform_remote_state.network.outputs.zones[0]
  }
}

resource "terraform_data" "peering" {
  input = [for state in data.terraform_remote_state.each : state.outputs.cidr]
}

output "release" {
  value = data.terraform_remote_state.network.outputs.release
}

output "missing" {
  value = data.terraform_remote_state.with_defaults.outputs.missing
}
