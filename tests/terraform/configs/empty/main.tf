# Applied, then destroyed.

resource "terraform_data" "gone" {
  count = 2
}

output "gone" {
  value = terraform_data.gone[*].id
}
