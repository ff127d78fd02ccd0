variable "port" {
  type = number

  validation {
    condition     = var.port < 65536
    error_message = "A port is below 65536."
  }
}

resource "terraform_data" "guarded" {
  for_each = toset(["x"])

  lifecycle {
    precondition {
      condition     = var.port == 443
      error_message = "The port is not 443."
    }
  }
}

check "inner" {
  assert {
    condition     = var.port == 80
    error_message = "The port is not 80 in a module."
  }
}
