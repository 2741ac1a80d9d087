//! Phone numbers: one spelling for storage and look-up, and a masked one for screens.

/// A phone number in international spelling (`+8613800000000`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phone(String);

impl Phone {
    /// Accepts mainland mobile numbers with or without +86, spaces and dashes, and other numbers with their country code.
    pub fn parse(text: &str) -> Option<Phone> {
        let mut digits = String::with_capacity(16);
        for c in text.trim().chars() {
            match c {
                '0'..='9' => digits.push(c),
                // Full-width digits come from Chinese input methods.
                '０'..='９' => digits.push(char::from(b'0' + (c as u32 - '０' as u32) as u8)),
                '+' | '＋' if digits.is_empty() => digits.push('+'),
                ' ' | '-' | '－' | '\u{a0}' => (),
                _ => return None,
            }
        }
        let number = match digits.strip_prefix('+').or_else(|| digits.strip_prefix("00")) {
            Some(rest) => rest.to_owned(),
            None if digits.len() == 13 && digits.starts_with("86") => digits,
            None => format!("86{digits}"),
        };
        let ok = match number.strip_prefix("86") {
            Some(local) => local.len() == 11 && local.starts_with('1') && (b'3'..=b'9').contains(&local.as_bytes()[1]),
            None => (8..=15).contains(&number.len()) && !number.starts_with('0'),
        };
        ok.then(|| Phone(format!("+{number}")))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The spelling people know: without +86 for mainland numbers.
    pub fn local(&self) -> &str {
        self.0.strip_prefix("+86").unwrap_or(&self.0)
    }

    /// `138****0000`.
    pub fn masked(&self) -> String {
        let local = self.local();
        format!("{}****{}", &local[..3], &local[local.len() - 4..])
    }
}

#[cfg(test)]
mod tests {
    use super::Phone;

    #[test]
    fn one_spelling_for_many() {
        for text in [
            "13800001234",
            "+86 138-0000-1234",
            "8613800001234",
            "008613800001234",
            "１３８００００１２３４",
        ] {
            assert_eq!(Phone::parse(text).unwrap().as_str(), "+8613800001234", "{text}");
        }
        assert_eq!(Phone::parse("+852 9123 4567").unwrap().as_str(), "+85291234567");
        for text in [
            "",
            "1380000123",
            "12800001234",
            "138000012345",
            "abc",
            "+",
            "+86",
            "13800001234;drop",
        ] {
            assert!(Phone::parse(text).is_none(), "{text}");
        }
        assert_eq!(Phone::parse("13800001234").unwrap().masked(), "138****1234");
    }
}
