# A module that configures its own provider: the state then holds `module.aliased.provider["..."].inner`.

terraform {
  required_providers {
    terraform = { source = "terraform.io/builtin/terraform" }
  }
}

provider "terraform" {
  alias = "inner"
}

resource "terraform_data" "single" {
  provider = terraform.inner
}
