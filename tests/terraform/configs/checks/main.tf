# Conditions of every kind that end in every status. The apply fails: that is what is recorded.

variable "port" {
  type    = number
  default = 443

  validation {
    condition     = var.port > 0
    error_message = "A port is a positive number."
  }
}

variable "text" {
  type    = string
  default = "not a number"
}

resource "terraform_data" "source" {
  input = { port = var.port, text = var.text }
}

resource "terraform_data" "passing" {
  for_each = toset(["a", "b.c"])
  input    = each.key

  lifecycle {
    precondition {
      condition     = length(each.key) > 0
      error_message = "A key is not empty."
    }
    postcondition {
      condition     = self.output == each.key
      error_message = "The output is a copy of the input."
    }
  }
}

resource "terraform_data" "failing_postcondition" {
  count = 2
  input = count.index

  lifecycle {
    postcondition {
      condition     = self.output == 0
      error_message = "Output ${self.output} is not zero: \"quoted\", <b>bold</b>, ünï."
    }
  }
}

resource "terraform_data" "failing_precondition" {
  lifecycle {
    precondition {
      condition     = terraform_data.source.output.port == 80
      error_message = "The port is ${terraform_data.source.output.port}, not 80."
    }
  }
}

resource "terraform_data" "erring_precondition" {
  lifecycle {
    precondition {
      condition     = tonumber(terraform_data.source.output.text) > 0
      error_message = "Never shown: the condition itself is in error."
    }
  }
}

resource "terraform_data" "never_reached" {
  input = terraform_data.failing_precondition.id

  lifecycle {
    precondition {
      condition     = terraform_data.erring_precondition.id != ""
      error_message = "Never evaluated."
    }
  }
}

module "inner" {
  source = "./modules/inner"
  count  = 2
  port   = terraform_data.source.output.port
}

check "passes" {
  assert {
    condition     = var.port == 443
    error_message = "The port is not 443."
  }
}

check "fails" {
  assert {
    condition     = var.port == 80
    error_message = "The port is ${var.port}, not 80."
  }

  assert {
    condition     = var.port > 1000
    error_message = "The port is a privileged one."
  }
}

check "fails_late" {
  assert {
    condition     = terraform_data.source.output.port == 80
    error_message = "The port is not 80."
  }
}

check "errs" {
  assert {
    condition     = tonumber(terraform_data.source.output.text) > 0
    error_message = "Never shown: the condition itself is in error."
  }
}

check "reads_nothing" {
  data "terraform_remote_state" "absent" {
    backend = "local"
    config  = { path = "absent.tfstate" }
  }

  assert {
    condition     = data.terraform_remote_state.absent.outputs.port == 443
    error_message = "The other state has another port."
  }
}

check "waits" {
  assert {
    condition     = terraform_data.never_reached.id != ""
    error_message = "Never evaluated."
  }
}

output "passing" {
  value = var.port

  precondition {
    condition     = var.port == 443
    error_message = "The port is not 443."
  }
}

output "failing" {
  value = terraform_data.source.id

  precondition {
    condition     = terraform_data.source.output.port == 80
    error_message = "The port is not 80."
  }
}
