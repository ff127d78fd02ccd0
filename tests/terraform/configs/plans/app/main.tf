data "terraform_remote_state" "network" {
  backend = "local"
  config = {
    path = "../network/terraform.tfstate"
  }
}

resource "terraform_data" "server" {
  input = data.terraform_remote_state.network.outputs.subnet_id
}
