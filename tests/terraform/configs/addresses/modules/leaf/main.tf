terraform {
  required_providers {
    terraform = { source = "terraform.io/builtin/terraform" }
  }
}

resource "terraform_data" "single" {}

resource "terraform_data" "counted" {
  count = 2
  input = terraform_data.single.id
}

resource "terraform_data" "keyed" {
  for_each = toset(["b.c", "[0]"])
  input    = data.terraform_remote_state.upstream.outputs.region
}

data "terraform_remote_state" "upstream" {
  backend = "local"
  config  = { path = "upstream/terraform.tfstate" }
}

output "id" {
  value = terraform_data.single.id
}
