output "string" {
  value = "plain"
}

output "empty_string" {
  value = ""
}

output "strings" {
  value = local.strings
}

output "number" {
  value = 1.5
}

output "thirty_digits" {
  value = local.numbers.thirty_digits
}

output "numbers" {
  value = local.numbers
}

output "bool" {
  value = true
}

output "list" {
  value = local.collections.list_of_objects
}

output "set" {
  value = local.collections.set_of_numbers
}

output "map" {
  value = local.collections.map_of_strings
}

output "tuple" {
  value = local.collections.tuple
}

output "object" {
  value = local.collections.object
}

output "empty_tuple" {
  value = []
}

output "empty_object" {
  value = {}
}

output "null_inside" {
  value = { a = null }
}

# A null output is left out of the state.
output "null" {
  value = null
}

output "deep" {
  value = local.deep_mixed
}

output "keys" {
  value = local.keys
}

output "wrapper_lookalike" {
  value = local.wrapper_lookalike
}

output "données-1_é" {
  value = "a name beyond ASCII"
}

output "hidden_string" {
  value     = "not for everyone"
  sensitive = true
}

output "hidden_number" {
  value     = 42
  sensitive = true
}

output "hidden_object" {
  value     = { user = "app", ports = [1, 2] }
  sensitive = true
}
