# `steady` and `keyed` are made, then replaced twice by objects whose provisioner fails. Under one address that leaves
# the newest object, current and tainted; the one before it, deposed and tainted; and the first one, deposed and sound.
# `broken` fails at once: tainted, with nothing deposed.

variable "release" {
  type    = number
  default = 1
}

variable "exit_code" {
  type    = number
  default = 0
}

resource "terraform_data" "steady" {
  input            = { release = var.release }
  triggers_replace = var.release

  provisioner "local-exec" {
    command = "exit ${var.exit_code}"
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "terraform_data" "keyed" {
  for_each         = toset(["b.c", "$${x}"])
  input            = each.key
  triggers_replace = var.release

  provisioner "local-exec" {
    command = "exit ${var.exit_code}"
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "terraform_data" "broken" {
  count = var.exit_code == 0 ? 0 : 1

  provisioner "local-exec" {
    command = "exit 1"
  }
}

resource "terraform_data" "healthy" {
  input = "untouched"
}
