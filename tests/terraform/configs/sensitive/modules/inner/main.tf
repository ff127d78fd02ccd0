variable "password" {
  type      = string
  sensitive = true
}

resource "terraform_data" "nested" {
  input = [{ password = var.password }]
}
