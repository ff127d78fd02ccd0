data "terraform_remote_state" "network" {
  backend = "local"
  config  = { path = "../producer/terraform.tfstate" }
}

resource "terraform_data" "firewall" {
  input = data.terraform_remote_state.network.outputs.cidr
}
