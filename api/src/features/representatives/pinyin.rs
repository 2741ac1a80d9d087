//! How a name sounds, for sorting and searching: `zhangsan zs`.

use pinyin::ToPinyin;

/// Characters that sound differently as a surname.
const SURNAMES: &[(char, &str)] = &[
    ('单', "shan"),
    ('曾', "zeng"),
    ('解', "xie"),
    ('仇', "qiu"),
    ('区', "ou"),
    ('查', "zha"),
    ('盖', "ge"),
    ('朴', "piao"),
    ('任', "ren"),
    ('华', "hua"),
    ('缪', "miao"),
    ('覃', "qin"),
    ('翟', "zhai"),
    ('冼', "xian"),
    ('员', "yun"),
    ('召', "shao"),
    ('逄', "pang"),
    ('黑', "he"),
    ('繁', "po"),
    ('秘', "bi"),
    ('折', "she"),
    ('洗', "xian"),
    ('葛', "ge"),
    ('应', "ying"),
    ('那', "na"),
    ('哈', "ha"),
    ('句', "gou"),
    ('种', "chong"),
    ('谌', "chen"),
    ('郗', "xi"),
    ('郄', "qie"),
    ('费', "fei"),
    ('薄', "bo"),
    ('贾', "jia"),
    ('沈', "shen"),
    ('石', "shi"),
    ('乐', "yue"),
    ('乜', "nie"),
    ('佴', "nai"),
    ('纪', "ji"),
    ('宁', "ning"),
    ('柏', "bai"),
    ('燕', "yan"),
    ('尹', "yin"),
    ('俞', "yu"),
    ('隗', "wei"),
    ('过', "guo"),
    ('郇', "xun"),
    ('都', "du"),
    ('车', "che"),
    ('夏', "xia"),
    ('晟', "cheng"),
    ('幸', "xing"),
    ('宓', "mi"),
    ('祭', "zhai"),
];

/// Surnames of two characters of which one sounds differently.
const COMPOUND: &[(&str, [&str; 2])] = &[
    ("尉迟", ["yu", "chi"]),
    ("万俟", ["mo", "qi"]),
    ("长孙", ["zhang", "sun"]),
    ("单于", ["chan", "yu"]),
    ("澹台", ["tan", "tai"]),
    ("令狐", ["ling", "hu"]),
];

/// Characters that sound differently in names than in most words, wherever they stand.
const IN_NAMES: &[(char, &str)] = &[('卜', "bu")];

/// The full spelling, a space, and the initials; the name itself where nothing can be spelled.
///
/// The first part sorts, and a search for either part finds the name.
pub fn spell(name: &str) -> String {
    let mut syllables: Vec<String> = vec![];
    let mut rest = name;
    if let Some((surname, sounds)) = COMPOUND.iter().find(|(surname, _)| name.starts_with(surname)) {
        syllables.extend(sounds.iter().map(|s| (*s).to_owned()));
        rest = &name[surname.len()..];
    }
    let mut word = String::new();
    for c in rest.chars() {
        if c.is_ascii_alphanumeric() {
            word.push(c.to_ascii_lowercase());
            continue;
        }
        if !word.is_empty() {
            syllables.push(std::mem::take(&mut word));
        }
        let surname = SURNAMES
            .iter()
            .find(|(s, _)| *s == c && syllables.is_empty())
            .map(|(_, sound)| *sound);
        let sound = surname.or_else(|| IN_NAMES.iter().find(|(s, _)| *s == c).map(|(_, sound)| *sound));
        if let Some(sound) = sound.or_else(|| c.to_pinyin().map(|p| p.plain())) {
            syllables.push(sound.replace('ü', "v"));
        }
    }
    if !word.is_empty() {
        syllables.push(word);
    }
    if syllables.is_empty() {
        return name.to_lowercase();
    }
    let initials: String = syllables.iter().filter_map(|s| s.chars().next()).collect();
    format!("{} {initials}", syllables.concat())
}

#[cfg(test)]
mod tests {
    use super::spell;

    #[test]
    fn names_are_spelled_as_they_sound() {
        for (name, spelled) in [
            ("张三", "zhangsan zs"),
            ("单田芳", "shantianfang stf"),
            ("曾国藩", "zengguofan zgf"),
            ("解晓东", "xiexiaodong xxd"),
            ("仇英", "qiuying qy"),
            ("区伯", "oubo ob"),
            ("查良镛", "zhaliangyong zly"),
            ("盖叫天", "gejiaotian gjt"),
            ("吕布", "lvbu lb"),
            ("尉迟恭", "yuchigong ycg"),
            ("李单", "lidan ld"),
            ("阿卜杜·买买提", "abudumaimaiti abdmmt"),
            ("John Smith", "johnsmith js"),
            ("···", "···"),
        ] {
            assert_eq!(spell(name), spelled, "{name}");
        }
    }
}
