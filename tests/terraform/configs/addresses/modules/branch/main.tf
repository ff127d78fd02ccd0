module "leaf" {
  source = "../leaf"
}

module "counted" {
  source = "../leaf"
  count  = 2
}

module "keyed" {
  source   = "../leaf"
  for_each = toset(["a", "%%{y}"])
}

resource "terraform_data" "summary" {
  input = [for m in module.keyed : m.id]
}

data "terraform_remote_state" "keyed" {
  for_each = toset(["x", "y z"])
  backend  = "local"
  config   = { path = "upstream/terraform.tfstate" }
}

output "ids" {
  value = concat([module.leaf.id], module.counted[*].id)
}
