# The state that the data sources of `addresses` read.

output "region" {
  value = "eu-west-1"
}
