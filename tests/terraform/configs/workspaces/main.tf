# One configuration, three workspaces, each with instances of its own.

locals {
  servers = { default = 1, dev = 2, prod-eu = 3 }
}

resource "terraform_data" "server" {
  count = local.servers[terraform.workspace]
  input = { workspace = terraform.workspace, index = count.index }
}

resource "terraform_data" "only_here" {
  for_each = toset([terraform.workspace])
}

output "workspace" {
  value = terraform.workspace
}

output "servers" {
  value = terraform_data.server[*].id
}
