# Every shape of JSON that an attribute or an output can hold.

locals {
  empty_string = ""

  numbers = {
    zero                = 0
    minus_zero          = -0.0
    one                 = 1
    one_point_zero      = 1.0
    minus_one           = -1
    two_to_53_plus_one  = 9007199254740993
    i64_max             = 9223372036854775807
    i64_min_minus_one   = -9223372036854775809
    u64_max_plus_one    = 18446744073709551616
    thirty_digits       = 123456789012345678901234567890
    minus_thirty_digits = -123456789012345678901234567890
    tenth               = 0.1
    decimal             = 1234.5678
    long_decimal        = 3.14159265358979323846264338327950288419716939937510
    tiny                = 1e-7
    tinier              = 1.5e-30
    thousand            = 1e3
    huge                = 1e30
    beyond_double       = 1e400
    third               = 1 / 3
  }

  strings = {
    empty         = ""
    space         = " "
    html          = "<script>alert('a' & \"b\")</script>"
    unicode       = "ünï 日本語 עברית 👍🏽"
    escapes       = "quote \" backslash \\ slash / newline \n return \r tab \t"
    control       = "nul \u0000 bell \u0007 delete \u007f"
    separators    = "line \u2028 paragraph \u2029 zero \u200b width"
    template      = "$${not} %%{a} template"
    null_word     = "null"
    true_word     = "true"
    number_word   = "0123"
    json          = jsonencode({ a = [1, "two", null, { b = "<c>" }] })
    lines         = <<-EOT
      one
        two
      three
    EOT
    long          = join("", [for i in range(1000) : "0123456789"])
    redacted_word = "(sensitive)"
    csv           = "a,b;\"c\"\td|e"
  }

  keys = {
    ""          = "empty"
    " "         = "space"
    "a.b"       = "dot"
    "a b"       = "space inside"
    "0"         = "digit"
    "[0]"       = "brackets"
    "$ref"      = "dollar"
    "q\"uote"   = "quote"
    "b\\slash"  = "backslash"
    "new\nline" = "newline"
    "<tag>"     = "html"
    "ünï"       = "unicode"
    "👍"         = "emoji"
    "a"         = { "b" = "the same path as a.b when joined by dots" }
  }

  deep_objects = jsondecode("${join("", [for i in range(20) : "{\"n${i}\":"])}\"bottom\"${join("", [for i in range(20) : "}"])}")
  deep_lists   = jsondecode("${join("", [for i in range(20) : "["])}\"bottom\"${join("", [for i in range(20) : "]"])}")
  deep_mixed   = jsondecode("${join("", [for i in range(10) : "[{\"n${i}\":"])}null${join("", [for i in range(10) : "}]"])}")

  empties = {
    object = {}
    tuple  = []
    list   = tolist([])
    map    = tomap({})
    set    = toset([])
    nested = { a = [[], {}, [{}]] }
  }

  nulls = {
    plain     = null
    string    = tostring(null)
    number    = tonumber(null)
    in_tuple  = [null, 1, null]
    in_list   = tolist(["a", null])
    in_map    = tomap({ a = "1", b = null })
    in_object = { a = { b = null } }
  }

  collections = {
    list_of_strings = tolist(["b", "a", "b"])
    list_of_objects = tolist([{ name = "a", port = 80 }, { name = "b", port = 443 }])
    set_of_strings  = toset(["b", "a", "b"])
    set_of_numbers  = toset([10, 9, 1])
    set_of_objects  = toset([{ name = "b", on = true }, { name = "a", on = false }])
    map_of_strings  = tomap({ b = "2", a = "1" })
    map_of_lists    = tomap({ x = tolist([1, 2]), y = tolist([]) })
    tuple           = [1, "two", true, null, { three = 3 }, [4]]
    object          = { string = "s", number = 1, bool = true, null = null, tuple = [1, "a"], object = { x = {} } }
  }

  # Looks like the wrapper in which a state keeps dynamically typed values.
  wrapper_lookalike = {
    value = { value = "inner", type = "string" }
    type  = ["object", "string"]
  }
}

resource "terraform_data" "nothing" {}

resource "terraform_data" "empty_string" {
  input = local.empty_string
}

resource "terraform_data" "string" {
  input            = "plain"
  triggers_replace = "plain"
}

resource "terraform_data" "bool_true" {
  input            = true
  triggers_replace = false
}

resource "terraform_data" "bool_false" {
  input = false
}

resource "terraform_data" "number" {
  for_each         = local.numbers
  input            = each.value
  triggers_replace = [each.value]
}

resource "terraform_data" "numbers" {
  input = local.numbers
}

resource "terraform_data" "strings" {
  input = local.strings
}

resource "terraform_data" "keys" {
  input            = local.keys
  triggers_replace = local.keys
}

resource "terraform_data" "deep_objects" {
  input = local.deep_objects
}

resource "terraform_data" "deep_lists" {
  input = local.deep_lists
}

resource "terraform_data" "deep_mixed" {
  input = local.deep_mixed
}

resource "terraform_data" "empties" {
  input            = local.empties
  triggers_replace = []
}

resource "terraform_data" "empty_object" {
  input            = {}
  triggers_replace = tomap({})
}

resource "terraform_data" "nulls" {
  input = local.nulls
}

resource "terraform_data" "typed_null" {
  input            = tostring(null)
  triggers_replace = tolist(null)
}

resource "terraform_data" "collections" {
  input = local.collections
}

resource "terraform_data" "list" {
  input            = local.collections.list_of_objects
  triggers_replace = local.collections.map_of_lists
}

resource "terraform_data" "set" {
  input            = local.collections.set_of_objects
  triggers_replace = local.collections.set_of_strings
}

resource "terraform_data" "tuple" {
  input = local.collections.tuple
}

resource "terraform_data" "wrapper_lookalike" {
  input            = local.wrapper_lookalike
  triggers_replace = { value = 1, type = "number" }
}
