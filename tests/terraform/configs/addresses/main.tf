# Every spelling of an address: keys that need quoting, modules in modules, data sources, provider aliases,
# and names that look like the words of the address grammar itself.

terraform {
  required_providers {
    terraform = { source = "terraform.io/builtin/terraform" }
  }
}

provider "terraform" {
  alias = "other"
}

locals {
  # `$` followed by a template opener cannot be written as one literal without doubt about its escapes.
  dollar = "$"

  keys = [
    "plain",
    "",
    " ",
    " leading and trailing ",
    "sp ace",
    "0",
    "01",
    "-1",
    "[0]",
    "[\"a\"]",
    "x\"].terraform_data.y[\"z",
    "b.c",
    "a/b/c",
    "a,b",
    "it's",
    "q\"uote",
    "back\\slash",
    "trailing\\",
    "\\n is no newline",
    "new\nline",
    "carriage\rreturn",
    "tab\tbed",
    "$",
    "%",
    "{",
    "$${x}",
    "%%{y}",
    "${local.dollar}$${z}",
    "\\$${v}",
    "$ {w}",
    "<b>&amp;</b>",
    "ünï",
    "e\u0301 composes",
    "日本語",
    "עברית",
    "👍🏽",
    "👩\u200d👩\u200d👧",
    "nul\u0000",
    "bell\u0007",
    "delete\u007f",
    "no\u00a0break",
    "soft\u00adhyphen",
    "zero\u200bwidth",
    "line\u2028separator",
    "byte\ufefforder",
    "private\ue000use",
    "replacement\ufffd",
    "language\U000e0001tag",
    "ideographic\u3000space",
  ]
}

resource "terraform_data" "single" {}

resource "terraform_data" "aliased" {
  provider = terraform.other
}

resource "terraform_data" "counted" {
  count = 12
  input = count.index
}

resource "terraform_data" "keyed" {
  for_each = toset(local.keys)
  input    = each.key
}

resource "terraform_data" "data" {}

resource "terraform_data" "module" {}

resource "terraform_data" "données-1_é" {}

data "terraform_remote_state" "single" {
  backend = "local"
  config  = { path = "upstream/terraform.tfstate" }
}

data "terraform_remote_state" "counted" {
  count   = 2
  backend = "local"
  config  = { path = "upstream/terraform.tfstate" }
}

data "terraform_remote_state" "keyed" {
  for_each = toset(["b.c", "$${x}", "q\"uote"])
  backend  = "local"
  config   = { path = "upstream/terraform.tfstate" }
}

module "single" {
  source = "./modules/leaf"
}

module "counted" {
  source = "./modules/leaf"
  count  = 2
}

module "keyed" {
  source   = "./modules/leaf"
  for_each = toset(["y.z", "$${x}", "].module.b[\"", "new\nline", "", "zero\u200bwidth"])
}

module "nested" {
  source = "./modules/branch"
}

module "nested_counted" {
  source = "./modules/branch"
  count  = 2
}

module "nested_keyed" {
  source   = "./modules/branch"
  for_each = toset(["eu", "us \"east\"", "a.module.b"])
}

module "data" {
  source = "./modules/leaf"
}

module "module" {
  source = "./modules/leaf"
}

module "aliased" {
  source = "./modules/aliased"
}

module "passed_alias" {
  source    = "./modules/leaf"
  providers = { terraform = terraform.other }
}

resource "terraform_data" "after_modules" {
  input = [for m in module.nested_keyed : m.ids]
}
