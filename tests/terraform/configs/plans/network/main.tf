# A plan for this with another release replaces the subnet, which the app reads, changes the key, destroys the second
# node and moves the old name.

variable "release" {
  type    = string
  default = "1"
}

variable "nodes" {
  type    = number
  default = 2
}

variable "passphrase" {
  type      = string
  sensitive = true
  default   = "correct-Horse-Battery-9"
}

resource "terraform_data" "subnet" {
  input            = "10.0.${var.release}.0/24"
  triggers_replace = var.release
}

resource "terraform_data" "gateway" {
  input = terraform_data.subnet.id
}

resource "terraform_data" "key" {
  input = {
    passphrase = var.passphrase
    rotation   = var.release
    limits     = [123456789012345678901234567890, 0.5]
  }
}

resource "terraform_data" "node" {
  count = var.nodes
  input = "node ${count.index}"
}

resource "terraform_data" "zone" {
  for_each = toset(["a.b"])
  input    = each.key
}

output "subnet_id" {
  value = terraform_data.subnet.id
}

output "passphrase" {
  value     = var.passphrase
  sensitive = true
}

check "nodes" {
  assert {
    condition     = length(terraform_data.node) == 2
    error_message = "There are ${length(terraform_data.node)} nodes."
  }
}
