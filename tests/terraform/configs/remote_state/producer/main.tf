# What other states read. It is applied twice; `stale_consumer` has seen the first release only.

variable "release" {
  type    = number
  default = 1
}

resource "terraform_data" "network" {
  input = { cidr = "10.${terraform.workspace == "default" ? 0 : 1}.0.0/16" }
}

output "network_id" {
  value = terraform_data.network.id
}

output "cidr" {
  value = terraform_data.network.output.cidr
}

output "release" {
  value = var.release
}

output "zones" {
  value = tolist(["a", "b"])
}

output "tags" {
  value = { team = "network", release = tostring(var.release) }
}

output "admin_password" {
  value     = "s3cr3t-admin"
  sensitive = true
}
