# Reads the sensitive outputs of the state above; nothing in this state says that they were sensitive.

variable "fallback" {
  type      = string
  sensitive = true
  default   = "s3cr3t-fallback"
}

data "terraform_remote_state" "upstream" {
  backend = "local"
  config  = { path = "../terraform.tfstate" }

  defaults = {
    fallback = var.fallback
  }
}

resource "terraform_data" "copy" {
  input = data.terraform_remote_state.upstream.outputs.password
}

resource "terraform_data" "copy_nested" {
  input = { login = data.terraform_remote_state.upstream.outputs.login }
}

output "database_url" {
  value     = "postgres://app:${data.terraform_remote_state.upstream.outputs.password}@db.internal/app"
  sensitive = false
}

output "plain" {
  value = data.terraform_remote_state.upstream.outputs.plain
}
