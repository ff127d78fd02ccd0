# Secrets in every place where a state keeps them in clear. Each one holds the text `s3cr3t-`.

variable "password" {
  type      = string
  sensitive = true
  default   = "s3cr3t-password"
}

variable "token" {
  type      = string
  sensitive = true
  default   = "s3cr3t-token"
}

variable "keys" {
  type      = map(string)
  sensitive = true
  default = {
    signing = "s3cr3t-signing-key"
    sealing = "s3cr3t-sealing-key"
  }
}

resource "terraform_data" "whole" {
  input = var.password
}

resource "terraform_data" "nested" {
  input = {
    user = "app"
    login = {
      password = var.password
      attempts = 3
    }
  }
}

resource "terraform_data" "in_list" {
  input = ["first", var.token, "third"]
}

resource "terraform_data" "in_map" {
  input = tomap({
    plain     = "visible"
    "a.b [0]" = var.token
  })
}

resource "terraform_data" "in_list_of_objects" {
  input = [{ name = "a", secret = "none" }, { name = "b", secret = var.token }]
}

resource "terraform_data" "whole_map" {
  input = var.keys
}

resource "terraform_data" "interpolated" {
  input = "postgres://app:${var.password}@db.internal/app"
}

resource "terraform_data" "encoded" {
  input = jsonencode({ password = var.password, note = "line\nbreak" })
}

# The secret is a key of the object, so the type beside the value names it too.
resource "terraform_data" "keyed_by_secret" {
  input = { (var.token) = "granted" }
}

resource "terraform_data" "trigger" {
  triggers_replace = var.token
}

resource "terraform_data" "trigger_nested" {
  triggers_replace = { version = 1, token = var.token }
}

resource "terraform_data" "each" {
  for_each = toset(["a", "b.c"])
  input    = { name = each.key, password = var.password }
}

module "inner" {
  source   = "./modules/inner"
  password = var.password
}

# `output` of terraform_data is a copy of `input` that carries no mark, and so are the copies of the copy.
resource "terraform_data" "copy" {
  input = terraform_data.whole.output
}

resource "terraform_data" "copy_of_copy" {
  input = nonsensitive(terraform_data.copy.output)
}

resource "terraform_data" "declared" {
  input = nonsensitive(var.password)
}

resource "terraform_data" "copy_inside_text" {
  input = "host=db.internal password=${terraform_data.whole.output}"
}

output "password" {
  value     = var.password
  sensitive = true
}

output "login" {
  value     = { user = "app", password = var.password, tokens = [var.token] }
  sensitive = true
}

output "copied" {
  value = terraform_data.whole.output
}

output "plain" {
  value = "visible"
}
