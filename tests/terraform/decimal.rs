//! Exact values of JSON numbers, however they are spelt.

/// A number: its significant digits, without a zero at either end, times ten to the power of the exponent. Zero has no
/// digits and no sign.
#[derive(Debug, PartialEq, Eq)]
pub struct Decimal {
    negative: bool,
    digits: String,
    exponent: i64,
}

impl Decimal {
    /// Reads a number as JSON spells it.
    pub fn of(text: &str) -> Self {
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(unsigned) => (true, unsigned),
            None => (false, text),
        };
        let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
        let exponent: i64 = exponent.parse().expect("an exponent of JSON is an integer");
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all_digits = format!("{whole}{fraction}");
        let without_end = all_digits.trim_end_matches('0');
        let digits = without_end.trim_start_matches('0').to_owned();
        if digits.is_empty() {
            return Self {
                negative: false,
                digits,
                exponent: 0,
            };
        }
        let dropped = all_digits.len() - without_end.len();
        let exponent = exponent + dropped as i64 - fraction.len() as i64;
        Self {
            negative,
            digits,
            exponent,
        }
    }
}

#[test]
fn other_spellings_of_a_number_are_the_same_value() {
    for (one, other) in [
        ("1", "1.0"),
        ("1e3", "1000"),
        ("1E+3", "1000.00"),
        ("1e-7", "0.0000001"),
        ("-0", "0"),
        ("0.0e5", "0"),
        ("-12.50", "-1.25e1"),
        ("100e-2", "1"),
    ] {
        assert_eq!(Decimal::of(one), Decimal::of(other), "{one} and {other}");
    }
}

#[test]
fn numbers_beyond_a_double_stay_apart() {
    for (one, other) in [
        ("9007199254740993", "9007199254740992"),
        (
            "123456789012345678901234567890",
            "123456789012345678901234567891",
        ),
        ("1e400", "1e401"),
        ("0.1", "0.10000000000000000555"),
        ("1", "-1"),
        ("10", "1"),
        ("0.01", "0.1"),
    ] {
        assert_ne!(Decimal::of(one), Decimal::of(other), "{one} and {other}");
    }
}
