//! Words of Chinese texts: cut by a dictionary, without those that every text has.

use jieba_rs::Jieba;
use std::collections::HashMap;
use std::sync::OnceLock;

/// The dictionary, read when the first text is cut.
fn dictionary() -> &'static Jieba {
    static DICTIONARY: OnceLock<Jieba> = OnceLock::new();
    DICTIONARY.get_or_init(Jieba::new)
}

/// Words that say nothing about what a proposal is about.
const COMMON: &[&str] = &[
    "关于",
    "建议",
    "意见",
    "批评",
    "议案",
    "问题",
    "进行",
    "加强",
    "进一步",
    "我们",
    "目前",
    "存在",
    "以及",
    "或者",
    "因此",
    "由于",
    "通过",
    "相关",
    "有关",
    "部门",
    "工作",
    "情况",
    "应当",
    "应该",
    "可以",
    "没有",
    "一个",
    "一些",
    "这个",
    "这些",
    "那些",
    "对于",
    "为了",
    "但是",
    "而且",
    "同时",
    "其中",
    "等等",
    "希望",
    "the",
    "and",
    "of",
    "to",
];

/// The words of a text in order, long ones also with the words they are made of.
pub fn cut(text: &str) -> Vec<String> {
    let text = crate::sheets::half_width(text).to_lowercase();
    let cut = dictionary().cut_for_search(&text, true);
    cut.into_iter()
        .map(|token| token.word)
        .filter(|word| says_something(word))
        .map(str::to_owned)
        .collect()
}

/// One Chinese character is too common to tell proposals apart; a number or a Latin letter may be a name.
fn says_something(word: &str) -> bool {
    let mut chars = word.chars();
    let Some(first) = chars.next() else { return false };
    let long_enough = chars.next().is_some() || first.is_ascii_alphanumeric();
    long_enough && word.chars().all(char::is_alphanumeric) && !COMMON.contains(&word)
}

/// How often each word stands in a text; the title counts three times.
pub fn counted(title: &str, body: &str) -> HashMap<String, u32> {
    let mut counts = HashMap::new();
    for word in cut(title) {
        *counts.entry(word).or_default() += 3;
    }
    for word in cut(body) {
        *counts.entry(word).or_default() += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_is_cut_into_words() {
        let words = cut("关于增设老旧小区停车位的建议");
        assert!(
            words.contains(&"停车位".to_owned()) && words.contains(&"小区".to_owned()),
            "{words:?}"
        );
        assert!(
            !words.contains(&"关于".to_owned()) && !words.contains(&"的".to_owned()),
            "{words:?}"
        );
        assert_eq!(cut("，。！ \n"), Vec::<String>::new());
        assert!(
            cut("Ｋ１５路公交").contains(&"k15".to_owned()),
            "{:?}",
            cut("Ｋ１５路公交")
        );
    }

    #[test]
    fn titles_count_more() {
        let counts = counted("停车", "停车难，停车贵");
        assert!(counts["停车"] >= 4, "{counts:?}");
    }
}
