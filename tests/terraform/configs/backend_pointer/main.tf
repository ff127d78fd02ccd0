# A local backend at a path of its own: `terraform init` leaves a pointer to it in `.terraform/terraform.tfstate`.

terraform {
  backend "local" {
    path = "state/network.tfstate"
  }
}

variable "release" {
  type    = number
  default = 1
}

resource "terraform_data" "network" {
  input = var.release
}

output "release" {
  value = var.release
}
